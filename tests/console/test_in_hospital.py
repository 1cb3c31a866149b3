"""An admission that is told late: what was planned during the stay is not recorded as delivered."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from events.intake.resolve import NotSettledError, Resolver, Settlement
from handoff.rules.weeks import week_of
from handoff.store import tables
from tests.console.office import Office, shown
from tests.console.test_occurrences import refused, typed
from tests.workflows.story import accepted
from tests.workflows.town import HELP, MEALS, Town

BY = "gm-meals-01"


async def admitted_after_the_first(town: Town, office: Office, line: dict[str, Any]) -> tuple[list[Any], datetime]:
    """The visits, and when the person was admitted: two hours after the first; it is typed nine days later."""
    await accepted(town, line)
    admitted_at = (await town.visit()).planned_at + timedelta(hours=2)
    await town.until(admitted_at + timedelta(days=9))
    town.speak()
    await office.answers(f"admit {town.case_id} --at {typed(admitted_at)} --why told-late --as kim")
    return await town.visits(), admitted_at


async def comes_home(town: Town, days: float) -> None:
    await town.passes(days=days)
    town.speak()
    await town.hospital_tells(at=-1, discharge={"reference": f"V-{town.number}-2"})
    assert (await town.record()).admitted_at is None


@pytest.mark.parametrize("home", [False, True])
async def test_a_week_is_confirmed_without_the_visits_during_a_stay(town: Town, office: Office, *, home: bool) -> None:
    visits, _ = await admitted_after_the_first(town, office, {**MEALS, "prefers": BY})
    if home:
        await comes_home(town, 1)
    first, *others = visits
    week = week_of(first.planned_at, town.profile)
    away = [visit.visit_id for visit in others if visit.planned_at < week.ends]
    command = f"confirm {BY} --week {week.name}"
    listed = await office.answers(f"{command} --json")
    assert first.visit_id in [visit["visit"] for visit in listed["visits"]]
    assert set(away) <= set(listed["in_hospital"])
    assert not away or "the person was in hospital then" in await shown(office, command)
    await office.answers(f"{command} --as kim{f' --missed {away[0]}' if away else ''}")
    await town.tell()
    states = {visit.visit_id: visit.state for visit in await town.visits()}
    assert [name for name, state in states.items() if state == "completed"] == [first.visit_id]
    assert [name for name, state in states.items() if state == "missed"] == away[:1]
    assert (await town.record()).support_began_at == first.planned_at


@pytest.mark.parametrize("home", [False, True])
async def test_a_visit_during_a_stay_is_refused_to_people_and_held_from_institutions(
    town: Town, office: Office, *, home: bool
) -> None:
    visits, admitted_at = await admitted_after_the_first(town, office, {**HELP, "per": "day"})
    first, second, third, *_ = visits
    if home:
        await comes_home(town, 1)
    done = f"visit {second.visit_id} --completed --at {typed(second.planned_at)} --why told-late --as kim"
    told = await refused(office, done)
    assert f"was in hospital then: {second.planned_at:%Y}" in told
    assert f"handoff admit {town.case_id} --at TIME" in told
    await office.answers(f"visit {first.visit_id} --completed --at {typed(first.planned_at)} --why told-late --as kim")

    data = {"occurred_at": third.planned_at.isoformat()}
    assert await town.arrive(town.word("visit.completed", third.provider, third.visit_id, data)) == ["held"]
    [held] = [row for row in await town.desk.rows(tables.tasks) if town.case_id in row.about.get("cases", ())]
    assert [one["code"] for one in held.about["settle"]] == ["moment-in-hospital"]
    resolver = Resolver(town.desk.engine, town.desk.vault, town.profile)
    with pytest.raises(NotSettledError, match="in hospital"):
        await resolver.resolve(Settlement(held.task_id, "kim", "same", town.case_id), town.now)
    assert [visit.visit_id for visit in await town.visits() if visit.state == "completed"] == [first.visit_id]

    if not home:
        later = second.planned_at + timedelta(hours=1)
        assert later > admitted_at
        await office.answers(f"admit {town.case_id} --at {typed(later)} --why typing-error --as kim")
        await office.answers(done)
        assert (await town.visits())[1].state == "completed"
    assert (await office.answers(f"prove {town.case_id} --json"))["proved"]


async def test_an_admission_that_was_a_mistake_doubts_no_visit(town: Town, office: Office) -> None:
    await accepted(town, HELP | {"per": "day"})
    visit = await town.visit()
    await town.until(visit.planned_at - timedelta(hours=1))
    await town.hospital_tells("admission.occurred")
    await town.until(visit.planned_at + timedelta(hours=1))
    await town.hospital_tells("admission.cancelled")
    assert (await town.record()).admitted_at is None
    again = await town.visit()
    await town.until(again.planned_at + timedelta(minutes=5))
    town.speak()
    await office.answers(f"visit {again.visit_id} --completed --as kim")
