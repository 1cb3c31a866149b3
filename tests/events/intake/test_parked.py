"""Parked records in bulk: listed by page without their bytes, counted, dropped by filter, ended in time."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from handoff.store import tables
from handoff.store.intake import parked
from handoff.store.intake.parked import Filter, Parked
from tests.events.desk import NOW, Desk

HOUR = timedelta(hours=1)


def record(number: int, sender: str = "north", code: str = "unreadable") -> Parked:
    return Parked(
        topic=f"handoff.from.{sender}",
        partition=0,
        offset=number,
        sender=sender,
        code=code,
        reason="why",
        place="record",
        value=b"x" * 10,
        headers=(),
        parked_at=NOW + number * HOUR,
        size=10 if code != "too-large" else 5_000_000,
    )


@pytest.fixture
async def full(desk: Desk) -> Desk:
    """Twenty of the north's, five that are too large, three of the south's, two that are ours to mend."""
    records = [record(each) for each in range(20)]
    records += [record(each, code="too-large") for each in range(20, 25)]
    records += [record(each, "south") for each in range(3)] + [record(each, "south", parked.OURS) for each in (3, 4)]
    async with desk.engine.begin() as conn:
        await parked.add(conn, desk.vault, records)
    return desk


async def test_a_list_comes_by_page_and_reads_no_bytes(full: Desk) -> None:
    asked: list[str] = []
    listener = lambda *statement: asked.append(statement[2])  # noqa: E731
    event.listen(full.engine.sync_engine, "before_cursor_execute", listener)
    async with full.engine.connect() as conn:
        first = await parked.listed(conn, Filter("north"), 10)
        second = await parked.listed(conn, Filter("north"), 100, first[-1].parked_id)
        assert await parked.how_many(conn, Filter("north"), first[-1].parked_id) == 15
    assert [each.offset for each in (*first, *second)] == list(range(25))
    assert second[-1].size == 5_000_000
    assert not [each for each in asked if "sealed" in each]


async def test_what_is_parked_is_counted_by_institution_and_code(full: Desk) -> None:
    async with full.engine.connect() as conn:
        found = {(each.sender, each.code): (each.count, each.size) for each in await parked.counted(conn)}
    assert found == {
        ("north", "unreadable"): (20, 200),
        ("north", "too-large"): (5, 25_000_000),
        ("south", "unreadable"): (3, 30),
        ("south", "ours"): (2, 20),
    }


async def test_what_a_filter_names_is_dropped_at_once_and_nothing_else(full: Desk) -> None:
    assert await full.inbox.drop_all(Filter("north", "unreadable", NOW + 5 * HOUR), "kim", NOW) == 5
    assert await full.inbox.drop_all(Filter("south"), "kim", NOW) == 5
    rows = await full.rows(tables.parked)
    dropped = [row for row in rows if row.state == "dropped"]
    assert len(dropped) == 10
    assert {(row.raw_sealed, row.headers_sealed) for row in dropped} == {(None, None)}
    assert len([row for row in rows if row.raw_sealed]) == 20


async def test_parked_records_end_but_not_what_is_ours_to_mend(full: Desk) -> None:
    assert await full.inbox.end_parked(NOW + 22 * HOUR, NOW) == 25
    assert await full.inbox.end_parked(NOW + 22 * HOUR, NOW) == 0
    states = [(row.code, row.state, row.raw_sealed is None) for row in await full.rows(tables.parked)]
    assert states.count(("unreadable", "expired", True)) == 23
    assert states.count(("too-large", "expired", True)) == 2
    assert states.count(("ours", "parked", False)) == 2
