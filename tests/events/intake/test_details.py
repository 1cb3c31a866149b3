"""New details of a person from institutions: what becomes of each, who may tell them, and what the case learns of."""

from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import text

from events.readers import InboundRecord
from handoff.rules.versions import standing
from handoff.store import persons, tables
from handoff.store.persons import OpenedPerson
from handoff.vocabulary.details import Detail
from tests.events.desk import BOKSUN, Desk, notice, person, record
from tests.events.intake.test_inbox_facts import booked

NEW, OTHER = "010-1111-2222", "010-3333-4444"
SEOUL = "서울특별시 중구 세종대로 1"
PROVIDER = "gm-daily-life-01"


def corrected(hour: int, sender: str = "gm-hospital", **more: Any) -> InboundRecord:
    """New details of Bok-sun, told at this hour by whom knows her by her number, or answers something of ours."""
    about = {"subject": more.pop("subject")} if "subject" in more else {}
    number = {} if about else {"registration_number": BOKSUN["registration_number"]}
    kind, told_by = more.pop("kind", "person.corrected"), more.pop("told_by", "")
    data = {"person": {**number, **more}, "told_by": told_by}
    return record(kind, data, sender, time=f"2026-05-04T{hour:02}:30:00+09:00", id=f"p-{sender}-{hour}", **about)


async def known(desk: Desk) -> OpenedPerson:
    [row] = await desk.rows(tables.persons)
    async with desk.engine.connect() as conn:
        return await persons.opened(conn, desk.vault, row.person_id)


async def sources(desk: Desk, detail: Detail) -> list[str]:
    """Who says what counts, then who contradicts it."""
    stands = standing(detail, (await known(desk)).versions[detail])
    assert stands is not None
    return [version.origin.source for version in (stands.counts, *stands.against)]


async def test_the_case_learns_which_details_a_hospital_has_corrected_and_not_their_values(desk: Desk) -> None:
    case_id = await desk.opened(time="2026-05-04T09:00:00+09:00")
    contact = {"name": "박지민", "relation": "daughter", "phone": OTHER}
    word = corrected(10, phone=NEW, contact=contact, language="vi", carer={"name": "박철수"})
    assert await desk.outcomes(word) == ["entered"]
    told = (await known(desk)).told
    assert (told.phone, told.contact_name, told.contact_phone, told.language) == (NEW, "박지민", OTHER, "vi")
    assert (await desk.told(case_id))[1:] == [("person.corrected", "phone,contact,language,carer")]
    assert NEW not in str([fact.body for fact in await desk.rows(tables.facts)])


async def test_a_changed_record_tells_the_case_its_new_phone_and_the_same_record_again_tells_nothing(
    desk: Desk,
) -> None:
    case_id = await desk.opened(time="2026-05-04T09:00:00+09:00")
    about = {"person": person(phone=NEW), "discharge": {"reference": "V-1"}}
    for hour in (10, 10):
        await desk.take(record("discharge.corrected", about, time=f"2026-05-04T{hour}:30:00+09:00", id=f"c-{hour}"))
    assert (await desk.told(case_id))[1:] == [("discharge.corrected", ""), ("person.corrected", "phone")]


async def test_a_name_with_a_slip_is_mended_by_a_record_with_the_same_number_and_another_name_is_held(
    desk: Desk,
) -> None:
    await desk.opened(time="2026-05-04T09:00:00+09:00")

    def changed(hour: int, name: str) -> InboundRecord:
        about = {"person": person(name=name), "discharge": {"reference": "V-1"}}
        return record("discharge.corrected", about, time=f"2026-05-04T{hour}:30:00+09:00", id=f"c-{hour}")

    assert await desk.outcomes(changed(10, "김복선"), changed(11, "박영희")) == ["entered", "held"]
    assert (await known(desk)).told.name == "김복선"
    again = notice("seoul-hospital", who=person(name="김복선", registration_number=None), discharge={"reference": "W"})
    assert await desk.outcomes(again) == ["joined"]  # found by the new name, and by the old one
    old = notice("nhis-gwangmyeong", who=person(registration_number=None), discharge={"reference": "X"})
    assert (await desk.outcomes(old))[0] in ("joined", "held")


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_who_counts_and_who_contradicts_does_not_depend_on_the_order_of_words(
    order: tuple[int, ...], desk: Desk
) -> None:
    await desk.opened(time="2026-05-04T08:00:00+09:00")
    words = [
        corrected(9, phone=NEW),
        corrected(10, "nhis-gwangmyeong", phone=OTHER),
        corrected(11, "family", phone="010-5555-6666", told_by="relative"),
    ]
    for number in order:
        await desk.take(words[number])
    assert await sources(desk, Detail.PHONE) == ["gm-hospital", "nhis-gwangmyeong", "family"]
    assert (await known(desk)).told.phone == NEW


async def test_a_move_across_the_city_border_is_a_task_whoever_tells_it(desk: Desk) -> None:
    await desk.opened(time="2026-05-04T08:00:00+09:00")
    moved = corrected(9, "family", kind="person.moved", address=SEOUL, told_by="relative")
    assert await desk.outcomes(moved, moved) == ["entered", "resent"]
    [task] = await desk.rows(tables.tasks)
    assert (task.kind, task.about["sender"], task.about["municipality"]) == ("moved-away", "family", "11140")
    assert (await known(desk)).told.address == BOKSUN["address"]  # the hospital's word counts until it is settled


async def test_a_provider_tells_what_it_learns_at_the_door_once_it_has_accepted_and_nothing_else(desk: Desk) -> None:
    case_id = await booked(desk)
    offer = f"{case_id}.2.O1"
    async with desk.engine.begin() as conn:
        await conn.execute(text("UPDATE referrals SET state = 'requested'"))
    [early] = await desk.take(corrected(9, PROVIDER, subject=offer, phone=NEW))
    assert (early.outcome, early.code) == ("rejected", "subject-not-yours")
    async with desk.engine.begin() as conn:
        await conn.execute(text("UPDATE referrals SET state = 'accepted'"))
    other, named, unasked = await desk.take(
        corrected(10, PROVIDER, subject=offer, phone=OTHER, language="vi"),
        corrected(11, PROVIDER, subject=offer, name="김복선"),
        corrected(12, PROVIDER, phone=NEW),
    )
    assert (other.outcome, named.code, unasked.code) == ("entered", "not-your-event", "subject-not-yours")
    told = (await known(desk)).told
    assert (told.name, told.language, told.phone) == (BOKSUN["name"], "vi", BOKSUN["phone"])
    assert (await sources(desk, Detail.PHONE))[1:] == [PROVIDER]


async def test_new_details_of_somebody_without_a_case_are_not_kept(desk: Desk) -> None:
    assert await desk.outcomes(corrected(9, phone=NEW), corrected(10, kind="person.moved", address=SEOUL)) == [
        "ignored",
        "ignored",
    ]
    for table in (tables.persons, tables.facts, tables.parked):
        assert await desk.rows(table) == []


async def test_a_later_stay_begins_with_its_own_notice_even_if_a_relative_sends_it(desk: Desk) -> None:
    case_id = await desk.opened(time="2026-05-04T09:00:00+09:00", who=person(sex="F"))
    await desk.take(corrected(10, phone=NEW, contact={"name": "박지민", "phone": OTHER}))
    await desk.close(case_id)
    desk.passes(days=60)
    who = person(phone="010-7777-8888", birth_date=None)
    told = {"person": who, "discharge": {"reference": "V-2", "discharged_at": "2026-07-03T10:20:00+09:00"}}
    later = record("application.received", told, "family", time="2026-07-03T10:30:00+09:00")
    assert await desk.outcomes(later) == ["opened"]
    now = (await known(desk)).told
    assert now.phone == "010-7777-8888"
    assert (now.contact_name, str(now.birth_date), now.sex) == ("박지민", BOKSUN["birth_date"], "F")  # from before
    assert await sources(desk, Detail.PHONE) == ["family"]
