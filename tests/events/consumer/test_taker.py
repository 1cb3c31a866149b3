"""Whose fault is it? The store's: everything waits. A lock's: one partition waits. A record's alone: ours to mend."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import create_async_engine

from events.consumer.taker import Taker
from events.intake.inbox import Inbox
from events.intake.ledger import Ledger
from events.intake.writes import Taken
from events.readers import InboundRecord
from handoff.store import tables
from handoff.store.engine import SessionSettings, connect
from handoff.store.intake import offsets
from handoff.store.intake.offsets import Move, NotOwnerError, PartitionHold
from tests.events.consumer.stumbling import stumbling
from tests.events.desk import NOW, Desk, notice
from tests.events.hospitals import Town, until


@asynccontextmanager
async def changed(desk: Desk, there: str, back: str) -> AsyncIterator[None]:
    """The database is another for a while."""
    for statement in (there, back):
        async with desk.engine.begin() as conn:
            await conn.execute(text(statement))
        if statement == there:
            yield


async def test_a_failure_that_passes_parks_nothing_and_keeps_the_order(desk: Desk, town: Town) -> None:
    inbox = stumbling(town)
    inbox.times = 3  # the batch, then the record alone: twice
    await town.say(*town.notices(7))
    async with town.intake(inbox) as intake:
        await until(lambda: intake.moved(7))
    assert await desk.rows(tables.parked) == []
    facts = [row.offset for row in await town.rows(tables.facts, sender=town.hospitals[0])]
    assert facts == sorted(facts)
    assert len(facts) == 3


@dataclass
class Refusal:
    there: str
    back: str


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal("ALTER TABLE facts RENAME TO elsewhere", "ALTER TABLE elsewhere RENAME TO facts"),
        Refusal("ALTER TABLE outbox RENAME TO elsewhere", "ALTER TABLE elsewhere RENAME TO outbox"),
        Refusal("ALTER TABLE facts ADD CHECK (false) NOT VALID", "ALTER TABLE facts DROP CONSTRAINT facts_check"),
    ],
    ids=["facts", "outbox", "check"],
)
async def test_while_the_store_refuses_nothing_moves_and_nothing_is_lost(
    desk: Desk, town: Town, refusal: Refusal
) -> None:
    await town.say(*town.notices(3))
    async with town.intake() as intake:
        await until(lambda: intake.moved(3))
        async with changed(desk, refusal.there, refusal.back):
            await town.say(*town.notices(9)[3:])
            await until(lambda: held(intake))
            assert not await intake.moved(4)
        await until(lambda: intake.moved(9))
    assert await desk.rows(tables.parked) == []
    assert len(await desk.rows(tables.cases)) == 9


INTAKES_OWN = (
    *("cases", "case_references", "checks", "fact_index", "facts", "offsets_due", "outbox", "parked", "person_index"),
    *("persons", "plan_lines", "referrals", "tasks", "timeline", "visits"),
)


async def test_the_probe_fails_when_a_table_of_intake_is_missing(desk: Desk, town: Town) -> None:
    ledger = Ledger(town.inbox)
    for each in INTAKES_OWN:
        async with changed(desk, f"ALTER TABLE {each} RENAME TO other", f"ALTER TABLE other RENAME TO {each}"):
            with pytest.raises(ProgrammingError):
                await ledger.probe(NOW)
    await ledger.probe(NOW)
    assert await desk.rows(tables.cases) == []


async def test_the_probe_fails_when_intake_lacks_a_right(desk: Desk, town: Town) -> None:
    role = f'"{town.name}"'
    updates = [f"UPDATE ON {each}" for each in ("cases", "persons", "facts", "tasks", "offsets_due")]
    async with desk.engine.begin() as conn:
        await conn.execute(text(f"CREATE ROLE {role}"))
        await conn.execute(text(f"GRANT {role} TO CURRENT_USER"))
        await conn.execute(text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"))
        await conn.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"))
    engine = create_async_engine(desk.url, connect_args={"server_settings": {"role": town.name}})
    ledger = Ledger(Inbox(engine, desk.vault, town.profile))
    await ledger.probe(NOW)
    for each in [*updates, "SELECT ON visits", "INSERT ON fact_index", "DELETE ON fact_index", "INSERT ON parked"]:
        async with changed(desk, f"REVOKE {each} FROM {role}", f"GRANT {each} TO {role}"):
            with pytest.raises(ProgrammingError):
                await ledger.probe(NOW)
    await ledger.probe(NOW)
    await engine.dispose()
    async with desk.engine.begin() as conn:
        await conn.execute(text(f"DROP OWNED BY {role}"))
        await conn.execute(text(f"DROP ROLE {role}"))


async def held(intake: Any) -> bool:
    return intake.subscriber.held_for() > 0


async def test_one_locked_case_holds_its_own_hospital_and_no_other(desk: Desk, town: Town) -> None:
    first, second, _ = town.hospitals
    inbox = Inbox(connect(desk.url, session=SessionSettings(lock_within=0.3)), desk.vault, town.profile)
    await town.say(*town.notices(3))
    again = notice(
        first, who=dict(_told(town.notices(1)[0])["person"]), discharge={"reference": f"{town.name}-0", "ward": "7"}
    )
    async with town.intake(inbox) as intake, desk.engine.connect() as blocking:
        await until(lambda: intake.moved(3))
        [case] = [each.case_id for each in await town.rows(tables.facts, sender=first)]
        await blocking.execute(text("SELECT * FROM cases WHERE case_id = :case FOR UPDATE"), {"case": case})
        await town.say(again, *town.notices(12)[3:])
        await until(lambda: intake.moved(3 + 6))  # two hospitals' notices; the first one's wait behind the lock
        await until(lambda: is_held(desk, first))
        assert intake.subscriber.ready()
        assert len(await town.rows(tables.facts, sender=first)) == 1
        assert len(await town.rows(tables.facts, sender=second)) == 4
        await blocking.rollback()
        await until(lambda: intake.moved(13))
    assert [row.offset for row in await town.rows(tables.facts, sender=first)] == [0, 1, 2, 3, 4]
    assert await desk.rows(tables.parked) == []
    assert not await is_held(desk, first)
    await inbox.engine.dispose()


async def is_held(desk: Desk, hospital: str) -> bool:
    rows = [row for row in await desk.rows(tables.offsets_due) if row.topic == f"handoff.from.{hospital}"]
    return [(row.held_offset, row.held_why) for row in rows] == [(1, "locked")]


def _told(arrival: InboundRecord) -> dict[str, Any]:
    import json  # noqa: PLC0415 - only here

    return dict(json.loads(arrival.value or b"{}"))


async def test_a_second_owner_finds_that_it_has_come_too_late(desk: Desk) -> None:
    async with desk.engine.begin() as conn:
        assert await offsets.due(conn, "handoff.from.a", "t1", 0) == 0
        await offsets.advance(conn, [Move("t1", 0, 0, 5)], NOW)
    with pytest.raises(NotOwnerError) as lost:
        async with desk.engine.begin() as conn:
            await offsets.advance(conn, [Move("t1", 0, 3, 6), Move("t2", 0, 0, 1)], NOW)
    assert lost.value.lanes == {("t1", 0), ("t2", 0)}
    async with desk.engine.begin() as conn:
        assert await offsets.due(conn, "handoff.from.a", "t1", 0) == 5


async def test_a_partition_that_was_mended_is_no_longer_held(desk: Desk, town: Town) -> None:
    ledger = Ledger(town.inbox)
    await ledger.due("handoff.from.a", "t1", 0, NOW)
    await ledger.hold(PartitionHold(("t1", 0), 3, "TopicAuthorizationFailedError"), NOW)
    assert [row.held_offset for row in await desk.rows(tables.offsets_due)] == [3]
    await ledger.release(("t1", 0))
    [row] = await desk.rows(tables.offsets_due)
    assert (row.held_offset, row.held_since, row.held_why) == (None, None, "")


class Broken(Inbox):
    """An inbox that fails of everything but parking, and counts that."""

    parked = 0

    async def take(self, *_: Any) -> list[Taken]:
        raise ZeroDivisionError

    async def keep_to_mend(self, *_: Any) -> None:
        self.parked += 1


async def test_failures_of_one_record_are_not_counted_against_another(desk: Desk, town: Town) -> None:
    inbox = Broken(desk.engine, desk.vault, town.profile)
    taker = Taker(inbox, Ledger(inbox), lambda: NOW)
    [notice] = town.notices(1)
    before, after = (replace(notice, topic="handoff.from.a", offset=offset, topic_id="t") for offset in (48, 3))
    for _ in range(2):
        await taker.take([before])
    await taker.take([after])  # its topic was made anew meanwhile
    assert inbox.parked == 0
    for _ in range(2):
        await taker.take([after])
    assert inbox.parked == 1


async def test_a_clock_a_day_ahead_and_back_stops_nobody(desk: Desk, town: Town) -> None:
    async with town.intake() as intake:
        for number, days in enumerate((0, 1, -1, 0)):
            intake.subscriber.taker.clock = lambda ahead=days: NOW.replace(day=NOW.day + ahead)
            await town.say(*town.notices(3 * number + 3)[3 * number :])
            await until(lambda count=3 * number + 3: intake.moved(count))
            assert intake.subscriber.ready()
    # What was written a day after our clock is held until a person has looked at it.
    assert {fact.state for fact in await desk.rows(tables.facts)} == {"numbered", "held"}
    assert await desk.rows(tables.parked) == []
