"""A person settles a notice on the list "door not checked": a case, or not eligible."""

import pytest

from events.intake.resolve import NotSettledError, Resolver, Settlement
from handoff.fact import Person
from handoff.store import tables
from tests.events.desk import NOW, PROFILE, Desk, person
from tests.events.intake.doors import STAY, YOUNG, at_door, let_in, listed, turn_away


async def test_a_severe_disability_that_was_found_opens_the_case(desk: Desk) -> None:
    number = await at_door(desk, **STAY)
    assert await let_in(desk, number) == ["opened"]
    [case] = await desk.rows(tables.cases)
    [row] = await desk.rows(tables.facts)
    assert (row.state, row.case_id, row.number) == ("numbered", case.case_id, 1)
    assert row.body["door"] == {
        "verdict": "let-in",
        "found": "severe-disability",
        "asked": ["severe-disability", "family-care-gap", "no-institutional-support", "insufficient-infrastructure"],
        "who": "kim",
        "at": NOW.isoformat(),
    }
    [entry] = await desk.rows(tables.timeline)
    assert (entry.what, entry.who, entry.why) == ("case_opened", "kim", "disability-registered")
    [_, (kind, data)] = await desk.letters("gm-hospital")
    assert (kind, data["status"], data["case_id"], data["settled"]) == (
        "notice.acknowledged",
        "opened",
        case.case_id,
        True,
    )
    assert await desk.rows(tables.fact_index) == []
    assert await desk.told(case.case_id) == [("discharge.notified", "actual")]


async def test_an_agreed_group_opens_the_case_too(desk: Desk) -> None:
    assert await let_in(desk, await at_door(desk), door="family-care-gap") == ["opened"]
    [entry] = await desk.rows(tables.timeline)
    assert entry.why == "group-family-care-gap"


async def test_a_case_needs_a_door_that_is_open(desk: Desk) -> None:
    number = await at_door(desk)
    with pytest.raises(NotSettledError, match="--severe-disability"):
        await let_in(desk, number, door="")
    assert await listed(desk) == [number]


async def test_a_person_who_has_reached_the_age_on_the_list_needs_no_other_door(desk: Desk) -> None:
    number = await at_door(desk, who={"birth_date": "1961-05-06"})
    desk.passes(days=3)
    assert await let_in(desk, number, door="") == ["opened"]


async def test_what_else_is_unclear_is_then_held_with_one_task_and_no_second_letter(desk: Desk) -> None:
    number = await at_door(desk, who={"phone": None})
    assert await let_in(desk, number) == ["held"]
    [task] = await desk.rows(tables.tasks)
    assert [point["code"] for point in task.about["settle"]] == ["contact-missing"]
    assert len(await desk.letters("gm-hospital")) == 1
    settlement = Settlement(task.task_id, "lee", "", supplement=Person(phone="01023456789"))
    assert (await Resolver(desk.engine, desk.vault, PROFILE).resolve(settlement, NOW)).outcome == "opened"
    [entry] = await desk.rows(tables.timeline)
    assert (entry.who, entry.why) == ("lee", "disability-registered")


async def test_not_eligible_is_recorded_and_the_sender_told(desk: Desk) -> None:
    one, other = await at_door(desk), await at_door(desk, who={"name": "이순자", "registration_number": None})
    assert await turn_away(desk, one, other) == ["not-eligible", "not-eligible"]
    rows = await desk.rows(tables.facts)
    assert {(row.state, row.content_sealed, row.raw_sealed, row.reference_digest) for row in rows} == {
        ("dropped", None, None, None)
    }
    assert [(row.body["door"]["verdict"], row.body["door"]["who"]) for row in rows] == [("not-eligible", "kim")] * 2
    assert await desk.rows(tables.fact_index) == []
    letters = await desk.letters("gm-hospital")
    rejected = [data for kind, data in letters if kind == "notice.rejected"]
    assert [(data["code"], data["settled"], data["place"]) for data in rejected] == [
        ("not-eligible", True, "/person/birth_date")
    ] * 2
    assert await desk.rows(tables.cases) == []


async def test_a_decision_about_several_is_carried_out_whole_or_not_at_all(desk: Desk) -> None:
    number = await at_door(desk)
    with pytest.raises(NotSettledError, match="no notice 999 stands at the door"):
        await turn_away(desk, number, 999)
    assert await listed(desk) == [number]
    assert await turn_away(desk, number) == ["not-eligible"]
    with pytest.raises(NotSettledError, match="doors list"):
        await let_in(desk, number)


async def test_notices_of_one_person_settled_together_make_one_case(desk: Desk) -> None:
    one = await at_door(desk)
    other = await at_door(desk, sender="gm-long-term-care", discharge={"reference": "W-1"})
    assert await let_in(desk, one, other) == ["opened", "joined"]
    assert len(await desk.rows(tables.cases)) == 1


async def test_a_notice_leaves_the_list_when_its_person_gets_a_case_by_another(desk: Desk) -> None:
    number = await at_door(desk)
    await desk.opened(who=person(**YOUNG, severe_disability=True), discharge={"reference": "V-2"})
    assert await listed(desk) == []
    with pytest.raises(NotSettledError, match="no notice"):
        await turn_away(desk, number)
