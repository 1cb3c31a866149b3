"""A word that is likely about somebody with an open case is asked about once; the answer is remembered."""

import asyncio
from typing import Any

import pytest

from console.cli.tasks.listed import listed
from console.worklist import TaskView
from events.intake.resolve import NotSettledError, Resolver, Settlement
from events.intake.writes import Taken
from events.readers import InboundRecord
from handoff.fact import Person
from handoff.store import tables
from handoff.store.queries import reads
from tests.events.desk import PROFILE, Desk, at_home, notice, person, record

ELSEWHERE = {"registration_number": None, "patient_number": "S-1"}  # as another hospital knows her
LATER = "2026-05-04T10:30:00+09:00"


def word(kind: str, reference: str = "S-9", who: dict[str, Any] | None = None, **discharge: Any) -> InboundRecord:
    about = person(**{**ELSEWHERE, **(who or {})})
    return record(kind, {"person": about, "discharge": {"reference": reference, **discharge}}, "seoul-hospital")


def admitted(reference: str = "S-9", **who: Any) -> InboundRecord:
    return word("admission.occurred", reference, who, admitted_at=LATER)


def died(reference: str = "S-9", **who: Any) -> InboundRecord:
    return word("person.died", reference, who, died_at=LATER)


async def settle(desk: Desk, task_id: str, verdict: Any, case_id: str = "") -> Taken:
    settlement = Settlement(task_id, "kim", verdict, case_id)
    return await Resolver(desk.engine, desk.vault, PROFILE).resolve(settlement, desk.now)


async def entered(desk: Desk, case_id: str) -> list[str]:
    return [kind for kind, _ in await desk.told(case_id)][1:]


async def test_a_feed_that_repeats_a_word_makes_one_task_and_the_case_gets_all_of_them(desk: Desk) -> None:
    case_id = await desk.opened()
    corrections = [word("discharge.corrected", admitted_at=f"2026-05-04T10:3{minute}:00+09:00") for minute in range(9)]
    assert await desk.outcomes(admitted(), *corrections[:5]) == ["held", *["early"] * 5]
    assert await desk.outcomes(*corrections[5:]) == ["early"] * 4
    [task] = await desk.rows(tables.tasks)
    desk.passes(days=30)
    assert await desk.inbox.forget_early(desk.now) == 0
    await settle(desk, task.task_id, "same", case_id)
    assert await entered(desk, case_id) == ["admission.occurred", *["discharge.corrected"] * 9]
    assert await desk.rows(tables.fact_index) == []


@pytest.mark.parametrize("next_word", [admitted("S-9", name=None, birth_date=None, phone=None), admitted("S-10")])
async def test_after_the_answer_the_next_word_finds_its_case_by_reference_or_number(
    desk: Desk, next_word: InboundRecord
) -> None:
    case_id = await desk.opened()
    [held] = await desk.take(admitted())
    await settle(desk, held.task_id, "same", case_id)
    [taken] = await desk.take(next_word)
    assert (taken.outcome, taken.case_id) == ("entered", case_id)


async def test_after_the_answer_no_the_next_word_of_the_stay_is_not_asked_about(desk: Desk) -> None:
    await desk.opened()
    [held] = await desk.take(admitted())
    assert (await settle(desk, held.task_id, "drop")).outcome == "dropped"
    again = [word("discharge.corrected", discharged_at=LATER), word("admission.cancelled"), admitted("S-10")]
    assert await desk.outcomes(*again) == ["early", "early", "early"]
    assert await desk.outcomes(word("discharge.corrected")) == ["ignored"]


async def test_a_death_is_asked_about_though_the_same_stay_was_told_apart(desk: Desk) -> None:
    await desk.opened()
    [held] = await desk.take(admitted())
    await settle(desk, held.task_id, "drop")
    [asked] = await desk.take(died())
    assert asked.outcome == "held"
    await settle(desk, asked.task_id, "drop")
    assert await desk.outcomes(died("S-9", sex="F")) == ["early"]


async def test_a_word_that_fits_in_more_is_asked_about_again(desk: Desk) -> None:
    await desk.opened()
    [held] = await desk.take(admitted(phone=None, address=None))
    await settle(desk, held.task_id, "drop")
    assert await desk.outcomes(admitted(phone=None, address=None), admitted()) == ["early", "held"]


async def test_what_was_told_apart_is_forgotten_with_the_case(desk: Desk) -> None:
    case_id = await desk.opened()
    [held] = await desk.take(admitted())
    await settle(desk, held.task_id, "drop")
    assert len(await desk.rows(tables.told_apart)) == 2  # reference and patient number
    await desk.inbox.forget_early(desk.now)
    assert len(await desk.rows(tables.told_apart)) == 2
    await desk.close(case_id)
    await desk.inbox.forget_early(desk.now)
    assert await desk.rows(tables.told_apart) == []


async def test_a_death_never_waits_for_the_answer_about_another_word(desk: Desk) -> None:
    case_id = await desk.opened()
    assert await desk.outcomes(admitted(), died(), died("S-9", sex="F")) == ["held", "held", "early"]
    async with desk.engine.connect() as conn:
        death, admission = await reads.open_tasks(conn, desk.now)
    assert (death.about["kind"], admission.about["kind"]) == ("person.died", "admission.occurred")
    await settle(desk, death.task, "same", case_id)
    assert await entered(desk, case_id) == ["person.died", "person.died", "person.corrected"]  # sex was not known


async def test_an_urgent_task_comes_before_what_is_overdue(desk: Desk) -> None:
    await desk.opened()
    await desk.take(admitted())
    desk.passes(days=20)
    await desk.take(died("S-11"))
    async with desk.engine.connect() as conn:
        first, second = await reads.open_tasks(conn, desk.now)
    assert (first.about.get("urgent"), second.overdue(desk.now)) == (True, True)


async def test_the_list_of_tasks_says_that_a_death_is_urgent_and_what_answers_it(desk: Desk) -> None:
    case_id = await desk.opened()
    await desk.take(died())
    async with desk.engine.connect() as conn:
        [task] = await reads.open_tasks(conn, desk.now)
    do, *others = task.commands(desk.now)
    shown = "\n".join(str(line) for line in listed([TaskView(task, overdue=True, do=do, others=others)]).shown)
    assert "Urgent: visits and calls to the household go on until this is settled." in shown
    assert f"settle {task.task} --same {case_id}" in do
    assert f"fits {case_id}: ask the sender" in shown
    assert "김복순" not in shown


async def test_a_death_that_comes_while_its_notice_is_taken_is_asked_about(desk: Desk) -> None:
    for number in range(5):
        same = {"name": f"김복{'가나다라마'[number]}", "phone": f"010-7000-100{number}", **at_home(number)}
        opening = notice(who=person(**same, registration_number=None), discharge={"reference": f"V-{number}"})
        death = died(f"S-{number}", **same, patient_number=f"S-{number}")
        await asyncio.gather(desk.take(opening), desk.take(death))
    states = [fact.state for fact in await desk.rows(tables.facts) if fact.kind == "person.died"]
    assert states == ["held"] * 5


async def test_of_two_open_cases_that_a_word_fits_both_are_named(desk: Desk) -> None:
    one = await desk.opened()
    [other] = await desk.take(
        notice(
            who=person(registration_number="480302-2765432", phone="010-7777-7777", address="경기도 광명시 오리로 1"),
            discharge={"reference": "V-2"},
        )
    )
    assert other.outcome == "opened"
    await desk.take(admitted(phone=None, address=None))
    [task] = await desk.rows(tables.tasks)
    assert task.about["cases"] == sorted([one, other.case_id])


async def test_a_person_without_an_open_case_is_not_asked_about(desk: Desk) -> None:
    await desk.close(await desk.opened())
    assert await desk.outcomes(died(), admitted(), word("discharge.corrected")) == ["early", "early", "ignored"]
    assert await desk.rows(tables.tasks) == []


async def test_a_number_of_another_record_with_a_closed_case_hides_no_open_case(desk: Desk) -> None:
    case_id = await desk.opened(who=person(registration_number=None))
    namesake = person(
        registration_number=None, patient_number="S-1", phone="010-1-1234567", address="경기도 광명시 오리로 1"
    )
    held = (await desk.take(notice("seoul-hospital", who=namesake)))[0]
    opened = await settle(desk, held.task_id, "new")
    assert await desk.outcomes(died("S-19", phone=None, address=None)) == ["entered"]  # her own case is open
    await desk.close(opened.case_id)
    assert await desk.outcomes(admitted("S-20", phone=None, address=None)) == ["early"]  # a person has told them apart
    [asked] = await desk.take(died("S-21"))
    assert asked.outcome == "held"
    [task] = [task for task in await desk.rows(tables.tasks) if task.task_id == asked.task_id]
    assert (task.about["cases"], task.about["urgent"]) == ([case_id], True)


async def test_a_restriction_reaches_the_case_and_the_rest_is_asked_about(desk: Desk) -> None:
    case_id = await desk.opened()
    await desk.take(admitted(protected=True))
    assert await entered(desk, case_id) == ["disclosure.restricted"]
    [task] = await desk.rows(tables.tasks)
    assert [point["code"] for point in task.about["settle"]] == ["is-it-this-person"]


async def test_what_is_likely_about_a_notice_that_waits_stays_as_long_and_is_asked_about_then(desk: Desk) -> None:
    [held] = await desk.take(notice(who=person(phone=None)))
    assert await desk.outcomes(admitted()) == ["early"]
    desk.passes(days=30)
    assert await desk.inbox.forget_early(desk.now) == 0
    with pytest.raises(NotSettledError):
        await settle(desk, held.task_id, "")
    settlement = Settlement(held.task_id, "kim", "new", supplement=Person(phone="010-1111-1111"))
    opened = await Resolver(desk.engine, desk.vault, PROFILE).resolve(settlement, desk.now)
    asked = [task for task in await desk.rows(tables.tasks) if task.closed_at is None]
    assert [task.about["cases"] for task in asked] == [[opened.case_id]]


async def test_a_change_of_phone_makes_the_person_found_by_it(desk: Desk) -> None:
    case_id = await desk.opened()
    moved = person(phone="010-9999-8888", birth_date=None)
    await desk.take(record("discharge.corrected", {"person": moved, "discharge": {"reference": "V-1"}}))
    await desk.take(died("S-9", birth_date=None, phone="010-9999-8888", address=None))
    [task] = await desk.rows(tables.tasks)
    assert task.about["cases"] == [case_id]


LEARNED = {"phone": "010-9999-8888", "address": "경기도 광명시 오리로 7", "name": "김복슬"}


@pytest.mark.parametrize("detail", LEARNED)
@pytest.mark.parametrize("kind", ["discharge.corrected", "person.corrected", "discharge.notified"])
async def test_a_death_that_waits_is_asked_about_once_the_case_learns_what_it_fits(
    kind: str, detail: str, desk: Desk
) -> None:
    case_id = await desk.opened()
    new = {detail: LEARNED[detail]}
    waiting = died("S-9", **{"address": None, "phone": None, "birth_date": None, **new})
    if detail == "name":
        waiting = died("S-9", phone=None, address=None, **new)
    assert await desk.outcomes(waiting) == ["early"]
    told = {"person": person(**new), "discharge": {"reference": "V-1"}}
    if kind == "person.corrected":
        told = {"person": person(**new, patient_number=None)}
    word_ = notice(who=person(**new)) if kind == "discharge.notified" else record(kind, told)
    [taken] = await desk.take(word_)
    if taken.outcome == "held":  # a notice with the number and another name
        await settle(desk, taken.task_id, "same", case_id)
    asked = [task for task in await desk.rows(tables.tasks) if task.about and task.about.get("urgent")]
    assert [task.about["cases"] for task in asked] == [[case_id]]


async def test_a_new_address_finds_the_person(desk: Desk) -> None:
    case_id = await desk.opened()
    moved = person(address=LEARNED["address"], name=None, birth_date=None, phone=None, registration_number=None)
    await desk.take(record("discharge.corrected", {"person": moved, "discharge": {"reference": "V-1"}}))
    await desk.take(died("S-9", birth_date=None, phone=None, address=LEARNED["address"]))
    [task] = await desk.rows(tables.tasks)
    assert task.about["cases"] == [case_id]


async def test_a_word_is_not_given_to_a_case_of_another_name_that_its_task_does_not_name(desk: Desk) -> None:
    case_id = await desk.opened()
    about = person(
        name="박영희", birth_date="1950-01-01", registration_number=None, phone="010-1111-2222", **at_home(7)
    )
    [other] = await desk.take(notice(who=about, discharge={"reference": "V-2"}))
    [held] = await desk.take(died())
    with pytest.raises(NotSettledError, match=f"the task names {case_id}"):
        await settle(desk, held.task_id, "same", other.case_id)
    assert await entered(desk, other.case_id) == []
    await settle(desk, held.task_id, "same", case_id)
    assert await entered(desk, case_id) == ["person.died"]
