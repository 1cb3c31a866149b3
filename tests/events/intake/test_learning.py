"""The latest word on phone and address counts, of those that come with the case's notice or after it."""

from itertools import permutations
from typing import Any

import pytest

from events.readers import InboundRecord
from handoff.fact import Person
from handoff.store import persons, tables
from tests.events.desk import Desk, notice, person, record
from tests.events.sequences import sequence

SEOUL = "서울특별시 중구 세종대로 1"
HAAN = "경기도 광명시 하안로 99"


def correction(hour: int, **who: Any) -> InboundRecord:
    """A correction of Bok-sun's discharge, written at this hour."""
    about = {"person": person(**who), "discharge": {"reference": "V-1"}}
    return record("discharge.corrected", about, time=f"2026-05-04T{hour:02}:30:00+09:00", id=f"c-{hour}")


async def known(desk: Desk) -> Person:
    """What is known of the only person."""
    [row] = await desk.rows(tables.persons)
    async with desk.engine.connect() as conn:
        return await persons.read(conn, desk.vault, row.person_id)


async def moved(desk: Desk) -> list[dict[str, Any]]:
    """What the tasks about a new address say."""
    return [task.about for task in await desk.rows(tables.tasks) if task.kind == "moved-away"]


@pytest.mark.parametrize("messages", list(permutations(sequence("x02"))))
async def test_a_new_phone_is_known_and_a_new_address_elsewhere_is_a_task(
    messages: tuple[InboundRecord, ...], desk: Desk
) -> None:
    for message in messages:
        await desk.take(message)
    told = await known(desk)
    if messages[0].value and b"ADT^A08" in messages[0].value:  # it came before its case
        assert (told.phone, told.address.split()[0], await desk.rows(tables.tasks)) == ("010-0747-0002", "경기도", [])
        return
    assert told.phone == "010-9999-0001"
    assert (told.address.split()[0], len(await moved(desk))) == ("서울특별시", 1)
    [task] = await desk.rows(tables.tasks)
    assert (task.kind, task.owner, task.case_id is None) == ("moved-away", "coordinator", False)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_the_word_that_was_written_last_counts(order: tuple[int, ...], *, together: bool, desk: Desk) -> None:
    """The words stand in the order in which they were written. What comes before the notice is not learned."""
    words = [
        notice(time="2026-05-04T09:00:00+09:00", id="n-1"),
        correction(10, phone="010-1111-1111", address=SEOUL),
        correction(11, phone="010-2222-2222", address=HAAN),
    ]
    learned = [(person()["phone"], person()["address"]), ("010-1111-1111", SEOUL), ("010-2222-2222", HAAN)]
    batches = [[words[number] for number in order]] if together else [[words[number]] for number in order]
    for batch in batches:
        await desk.take(*batch)
    told = await known(desk)
    assert (told.phone, told.address) == learned[max(order[order.index(0) :])]


async def test_a_word_written_before_the_notice_changes_nothing(desk: Desk) -> None:
    await desk.opened(time="2026-05-04T11:00:00+09:00")
    await desk.take(correction(10, phone="010-1111-1111", address=SEOUL))
    told = await known(desk)
    assert (told.phone, told.address, await moved(desk)) == (*(person()[name] for name in ("phone", "address")), [])


async def test_the_same_word_again_is_the_latest_word_too(desk: Desk) -> None:
    await desk.opened(time="2026-05-04T09:00:00+09:00")
    await desk.take(correction(11))
    await desk.take(correction(10, phone="010-1111-1111"))
    assert (await known(desk)).phone == person()["phone"]


async def test_what_a_word_leaves_out_stays(desk: Desk) -> None:
    await desk.opened(time="2026-05-04T09:00:00+09:00")
    await desk.take(correction(10, phone=None, address=None))
    assert (await known(desk)).phone == person()["phone"]


async def test_a_relative_fills_gaps_and_overwrites_no_hospitals_word(desk: Desk) -> None:
    await desk.opened(time="2026-05-04T09:00:00+09:00")
    about = {"person": person(phone="010-3333-3333"), "discharge": {"reference": "V-9"}}
    late = record("application.received", about, "family", time="2026-05-04T10:30:00+09:00")
    assert await desk.outcomes(late) == ["joined"]
    assert (await known(desk)).phone == person()["phone"]


async def test_a_move_within_the_municipality_is_no_task(desk: Desk) -> None:
    await desk.opened(time="2026-05-04T09:00:00+09:00")
    await desk.take(correction(10, address=HAAN))
    assert ((await known(desk)).address, await moved(desk)) == (HAAN, [])


async def test_an_address_in_no_municipality_that_we_find_is_a_task_too(desk: Desk) -> None:
    await desk.opened(time="2026-05-04T09:00:00+09:00")
    await desk.take(correction(10, address="세종대로 1"))
    assert await moved(desk) == [{"kind": "discharge.corrected", "sender": "gm-hospital", "municipality": ""}]


async def test_the_next_stay_begins_with_what_its_own_notice_says(desk: Desk) -> None:
    await desk.close(await desk.opened(time="2026-05-04T09:00:00+09:00"))
    later = notice(
        time="2026-05-04T10:30:00+09:00",
        who=person(phone="010-4444-4444", address=HAAN),
        discharge={"reference": "V-2", "discharged_at": "2026-05-04T10:20:00+09:00"},
    )
    assert await desk.outcomes(later) == ["opened"]
    told = await known(desk)
    assert (told.phone, told.address) == ("010-4444-4444", HAAN)


async def test_a_person_is_found_by_the_new_phone(desk: Desk) -> None:
    without = {"registration_number": None}
    case_id = await desk.opened(who=person(**without), time="2026-05-04T09:00:00+09:00")
    await desk.take(correction(10, phone="010-5555-5555", **without))
    again = notice("seoul-hospital", who=person(phone="010-5555-5555", **without), discharge={"reference": "W-1"})
    [taken] = await desk.take(again)
    assert (taken.outcome, taken.case_id) == ("joined", case_id)
