"""One case, as a person reads it in a terminal."""

import re
from datetime import datetime, timedelta

import pytest

from console.case_view import MilestoneView
from console.cli.cases.show import occurred as as_shown
from console.moments import local
from handoff.timezone import KST
from tests.console.office import Office, shown
from tests.workflows.story import accepted, accepts, approved, planned, served
from tests.workflows.town import CONFERENCE, HELP, MEALS, PROTECTION, SAFETY, Town

NEXT = {"action", "owner", "due_at"}


async def test_ids_and_commands_stay_whole_on_a_narrow_screen(town: Town, office: Office) -> None:
    provider = await served(town)
    late = await town.visit()
    await town.passes(days=4)
    told = f"visit {late.visit_id} --completed --at {late.planned_at.isoformat()} --why told-late --as kim"
    await office.answers(told)  # the column of what occurred at another moment is not empty
    words = await shown(office, f"show {town.case_id}", width=80)
    visit = await town.visit()
    for whole in (
        f"{town.case_id}.1  meal-delivery",
        provider,
        visit.visit_id,
        f"{town.case_id}.1.O1",
        f"({town.case_id}.1.V2)",
        f"  {local(late.planned_at)[5:]}  ",
    ):
        assert whole in words, whole
    case = await office.answers(f"show {town.case_id}")
    assert f"    {case['next']['action'].partition(': ')[2]}\n" in words


async def test_nobody_misses_a_report_of_a_visit_that_lies_ahead(town: Town, office: Office) -> None:
    await approved(town, SAFETY)
    await accepts(town)
    visit = await town.visit()
    [wait] = [each for each in (await office.answers(f"show {town.case_id}"))["waits"] if visit.visit_id in each["for"]]
    assert (wait["for"], wait["why"]) == (
        f"the visit ({visit.visit_id})",
        "it is planned for later",
    )
    assert datetime.fromisoformat(wait["since"]) <= town.now


async def test_nothing_is_waited_for_since_a_moment_to_come(town: Town, office: Office) -> None:
    await town.hospital_tells("discharge.expected", at=24)
    waits = (await office.answers(f"show {town.case_id}"))["waits"]
    [wait] = [each for each in waits if each["for"] == "the actual discharge"]
    assert wait["why"] == "only an expected date is known"
    assert datetime.fromisoformat(wait["since"]) <= town.now


async def test_a_visit_that_nobody_reported_was_not_missed_for_all_we_know(town: Town, office: Office) -> None:
    await approved(town, SAFETY)
    await accepts(town)
    await town.passes(days=3)
    waits = (await office.answers(f"show {town.case_id}"))["waits"]
    reasons = [each["why"] for each in waits if "find out whether the visit took place" in each["for"]]
    assert reasons
    assert all(why.startswith("nobody has said whether the visit took place") for why in reasons)


async def test_an_offer_went_out_because_the_plan_was_approved_unless_it_was_urgent(town: Town, office: Office) -> None:
    await planned(town, MEALS, {**SAFETY, "urgent": True})
    await town.tells("plan.approved", CONFERENCE, town.case_id, version=1)
    for line in (f"show {town.case_id}", f"history {town.case_id}"):
        offers = [each for each in (await shown(office, line)).splitlines() if "offer made" in each]
        assert ["a plan was written" in each for each in offers] == [True, False], offers
        assert ["the plan was approved" in each for each in offers] == [False, True], offers
        assert all(re.search(r"\d\d:\d\d:\d\d", each) for each in offers)


async def test_a_case_tells_its_next_action_owner_and_moment(town: Town, office: Office) -> None:
    await town.hospital_tells()
    case = await office.answers(f"show {town.case_id} --json")
    assert list(case)[:5] == ["case", "stage", "next", "waits", "timeline"]
    assert set(case["next"]) == NEXT
    assert case["next"]["owner"] == "coordinator"
    assert set(case["waits"][0]) == {"for", "why", "since"}
    assert set(case["timeline"][0]) == {
        "occurred_at",
        "known_at",
        "who",
        "what",
        "why",
        "in_time",
        "verdict",
        "taken",
        "quantity",
    }


async def test_every_wait_has_its_reason(town: Town, office: Office) -> None:
    await approved(town, PROTECTION)
    offer, provider = await town.offer()
    await town.tells("referral.declined", provider, offer, reason="no-capacity")
    waits = (await office.answers(f"show {town.case_id}"))["waits"]
    [gap] = [wait for wait in waits if f"({town.case_id}.1)" in wait["for"]]
    assert gap["why"] == "no provider takes it"
    assert all(wait["why"] for wait in waits)


async def test_a_clock_that_stands_still_says_why(town: Town, office: Office) -> None:
    await served(town)
    await town.hospital_tells("admission.occurred")
    case = await office.answers(f"show {town.case_id}")
    assert {clock["stands_still"] for clock in case["clocks"]} >= {"readmitted"}
    assert "the clock stands still: readmitted" in {wait["why"] for wait in case["waits"]}
    assert "in hospital again since" in await shown(office, f"show {town.case_id}")


async def test_people_see_the_plan_with_its_providers(town: Town, office: Office) -> None:
    provider = await served(town)
    words = await shown(office, f"show {town.case_id}")
    for word in ("meal-delivery", provider, "5 per week", "next visit", "visit completed"):
        assert word in words
    assert "김복순" not in words


async def test_all_dates_of_a_series_are_shown_until_its_end(town: Town, office: Office) -> None:
    await accepted(town, HELP)
    first = (await town.visit()).planned_at
    [line] = (await office.answers(f"show {town.case_id} --json"))["lines"]
    coming = [datetime.fromisoformat(date["planned_at"]) for date in line["dates"]]
    assert coming == [first + timedelta(days=7 * week) for week in (1, 2, 3)]
    assert {date["holiday"] for date in line["dates"]} == {None}
    words = await shown(office, f"show {town.case_id}")
    assert f"then {', '.join(f'{date.astimezone(KST):%a %m-%d}' for date in coming)}" in words


async def test_brackets_in_a_name_or_an_address_are_shown_as_they_were_told(town: Town, office: Office) -> None:
    told = {"name": "김복순 [mother]", "address": "경기도 광명시 철산로 12 [/101호] :house:"}
    await town.hospital_tells(who=town.somebody(**told))
    seen = await shown(office, f"show {town.case_id} --identity --as kim.duty --why home-visit")
    assert [value in seen for value in told.values()] == [True, True]


@pytest.mark.parametrize(
    ("occurred", "said"),
    [
        ("2027-01-01 10:00:01", ""),
        ("2027-01-01 09:59:30", ""),  # within the minute, across its boundary
        ("2027-01-01 09:58:30", "01-01 09:58"),
        ("2026-12-31 23:30:00", "2026-12-31 23:30"),
    ],
)
def test_a_moment_that_became_known_later_is_told_with_the_year_if_it_was_another(occurred: str, said: str) -> None:
    known = datetime(2027, 1, 1, 10, 0, 10, tzinfo=KST)
    moment = datetime.fromisoformat(occurred).replace(tzinfo=KST)
    assert as_shown(MilestoneView(moment, known, "engine", "", "", "")) == said
