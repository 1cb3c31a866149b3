"""Moments, weekdays and ends that a person enters: what is done, and what is refused with the reason."""

from datetime import timedelta

import pytest

from console.moments import stamp
from handoff.timezone import KST
from tests.console.office import Office
from tests.console.test_lists import shown
from tests.workflows.story import accepted, approved, served
from tests.workflows.town import HELP, Town

TWICE = {**HELP, "quantity": 2}


async def test_one_visit_moves_and_the_series_stays(town: Town, office: Office) -> None:
    await served(town, HELP)
    visit = await town.visit()
    moment = visit.planned_at + timedelta(days=1)
    await office.answers(f"visit {visit.visit_id} --move {moment.isoformat()} --as kim")
    [line] = (await office.answers(f"show {town.case_id} --json"))["lines"]
    assert line["next_visit_at"] == stamp(moment)
    assert line["dates"][0]["planned_at"] == (visit.planned_at + timedelta(days=7)).astimezone(KST).isoformat()


@pytest.mark.parametrize("command", ["visit {line} --move {moment}", "answer {offer} --accept --first-visit {moment}"])
async def test_a_moment_that_has_passed_or_is_before_the_discharge_is_refused_by_name(
    town: Town, office: Office, command: str
) -> None:
    await approved(town, HELP)
    offer, _ = await town.offer()
    moment = (town.now - timedelta(hours=5)).astimezone(KST)
    ran = await office.runs(
        command.format(line=f"{town.case_id}.1", offer=offer, moment=moment.isoformat()) + " --as kim"
    )
    assert ran.code == 3
    assert f"{moment:%Y-%m-%d %H:%M} has passed" in str(ran.error)


async def test_weekdays_number_and_end_of_a_line_are_changed_from_a_day_on(town: Town, office: Office) -> None:
    await accepted(town, TWICE)
    line, day = f"{town.case_id}.1", (town.now + timedelta(days=8)).astimezone(KST).date()
    for change, milestone in (
        ("--weekdays tue,fri", "rhythm_changed"),
        ("--per-week 1", "offer_partly_accepted"),
        ("--end goal-reached", "service_end_set"),
    ):
        done = await office.answers(f"line {line} {change} --from {day} --as kim")
        assert milestone in done["milestones"], change


@pytest.mark.parametrize(
    ("change", "says", "quantity", "weekdays"),
    [
        ("--weekdays tue,fri", "; from {day}: tue, fri: ", 2, ["tue", "fri"]),
        ("--per-week 1", "; from {day}: 1 per week", 1, []),
    ],
)
async def test_a_change_of_a_line_is_shown_before_it_begins(
    town: Town, office: Office, change: str, says: str, quantity: int, weekdays: list[str]
) -> None:
    await accepted(town, TWICE)
    day = (town.now + timedelta(days=8)).astimezone(KST).date()
    await office.answers(f"line {town.case_id}.1 {change} --from {day} --as kim")
    assert says.format(day=day) in await shown(office, f"show {town.case_id}")
    lines = (await office.answers(f"show {town.case_id} --json"))["lines"]
    [coming] = next(line for line in lines if line["line"] == f"{town.case_id}.1")["changes"]
    assert coming["begins_at"].startswith(str(day))
    assert (coming["quantity"], coming["weekdays"]) == (quantity, weekdays)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("--weekdays mon", "has 2 a week"),
        ("--weekdays mon,mon", "has 2 a week"),
        ("--weekdays mon,someday", "is not a weekday"),
        ("--per-week 2", "More needs a new version of the plan"),
        ("--per-week 1 --from 2020-01-01", "is over"),
        ("--per-week 1 --end other", "exactly one"),
    ],
)
async def test_what_a_line_cannot_have_is_refused_with_the_reason(
    town: Town, office: Office, change: str, says: str
) -> None:
    await accepted(town, TWICE)
    ran = await office.runs(f"line {town.case_id}.1 {change} --as kim")
    assert ran.code in (2, 3)
    assert says in str(ran.error)


async def test_a_line_without_a_provider_is_not_changed(town: Town, office: Office) -> None:
    await approved(town, TWICE)
    ran = await office.runs(f"line {town.case_id}.1 --weekdays mon,thu --as kim")
    assert "no provider has accepted it" in str(ran.error)
