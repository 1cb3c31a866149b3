"""First visits are named by their provider: planned as named, asked for if none is named, flagged if late."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from handoff.profile.model import Profile
from handoff.store.tables import visits
from handoff.vocabulary.services import Namer
from tests.activities.chart import MEALS, MONDAY, SAFETY, Chart, Ward, named

BY_TOPIC = {**MEALS, "prefers": "gm-meals-01"}
THREE_A_WEEK = {**MEALS, "service": "accompaniment"}
BY_PHONE = {**MEALS, "prefers": "gm-meals-02"}


@pytest.fixture
async def chart(ward: Ward, small: Profile) -> Chart:
    """As the other charts, in a municipality whose providers name their first visits."""
    rules = small.visits.model_copy(update={"first_visit": Namer.PROVIDER})
    return await replace(ward, profile=small.model_copy(update={"visits": rules})).admitted()


async def taken(chart: Chart, line: dict[str, Any], **answer: Any) -> tuple[str, str]:
    """A line that its provider has accepted; returns the line and the offer."""
    [line_id] = await chart.planned(line)
    offer = (await chart.write("offer_made", line_id)).subject
    assert (await chart.write("offer_accepted", offer, **answer)).verdict == "accepted"
    return line_id, offer


@pytest.mark.parametrize("hours", [0.1, 30, 47, 49, 71, 73, 24 * 9])
async def test_a_first_visit_is_planned_as_named_whatever_it_does_to_the_promise(chart: Chart, hours: float) -> None:
    moment = chart.now + timedelta(hours=hours)
    line, _ = await taken(chart, BY_TOPIC, until=moment)
    visit = await chart.write("visit_planned", line)
    assert (visit.verdict, visit.at) == ("planned", moment)
    [letter] = await chart.letters("gm-meals-01", "visit.scheduled")
    assert letter["named_by"] == "provider"
    late = (await chart.tasks()).get("late-first-visit")
    assert (late is not None) == (hours > 48)
    if late:
        assert (late.subject, late.owner, late.due_at) == (line, "coordinator", MONDAY + timedelta(days=2))
        assert (late.about["visit"], late.about["provider"]) == (visit.subject, "gm-meals-01")


async def test_when_two_days_are_over_anyway_the_lines_own_limit_counts(chart: Chart) -> None:
    [line] = await chart.planned(BY_TOPIC)
    chart.passes(days=3)
    offer = (await chart.write("offer_made", line)).subject
    await chart.write("offer_accepted", offer, until=chart.now + timedelta(hours=70))
    visit = await chart.write("visit_planned", line)
    assert "late-first-visit" not in await chart.tasks()
    await chart.write("visit_moved", visit.subject, until=chart.now + timedelta(hours=74))
    assert "late-first-visit" in await chart.tasks()


async def test_a_line_is_not_late_for_the_case_if_another_visit_keeps_the_promise(chart: Chart) -> None:
    lines = await chart.planned(BY_TOPIC, SAFETY)
    for line, hours in zip(lines, (24, 60), strict=True):
        offer = (await chart.write("offer_made", line)).subject
        await chart.write("offer_accepted", offer, until=chart.now + timedelta(hours=hours))
        await chart.write("visit_planned", line)
    assert "late-first-visit" not in await chart.tasks()


async def test_a_late_first_visit_is_one_task_until_it_is_moved_or_takes_place(chart: Chart) -> None:
    line, _ = await taken(chart, BY_TOPIC, until=chart.now + timedelta(days=4))
    visit = await chart.write("visit_planned", line)
    chart.passes(days=2)
    await chart.write("overdue", "first-service")
    tasks = await chart.tasks()
    assert "first-service-late" not in tasks
    assert tasks["late-first-visit"].owner == "team-lead"
    await chart.write("visit_moved", visit.subject, until=chart.now + timedelta(hours=3))
    assert "late-first-visit" in await chart.tasks()  # the promise is broken: it stays until the visit
    chart.passes(hours=3)
    await chart.write("visit_completed", visit.subject)
    assert not {"late-first-visit", "first-service-late"} & set(await chart.tasks())


async def test_a_first_visit_that_is_moved_into_the_promise_is_late_no_more(chart: Chart) -> None:
    line, _ = await taken(chart, BY_TOPIC, until=chart.now + timedelta(days=4))
    await chart.write("visit_planned", line)
    await chart.write("visit_moved", line, until=chart.now + timedelta(days=1))
    assert "late-first-visit" not in await chart.tasks()


async def test_a_provider_that_names_no_first_visit_is_asked_once_and_nothing_is_planned(chart: Chart) -> None:
    line, offer = await taken(chart, BY_TOPIC)
    assert (await chart.clock(f"first-visit:{line}")).owner == "gm-meals-01"
    for _ in range(2):
        assert (await chart.write("visit_planned", line)).verdict == "to-be-named"
    [letter] = await chart.letters("gm-meals-01", "appointment.requested")
    assert (letter["offer_id"], letter["line_id"], "reason" in letter) == (offer, line, False)
    assert await chart.visits() == {}
    moment = chart.now + timedelta(hours=20)
    assert (await chart.write("visit_moved", offer, until=moment)).verdict == "named"
    assert f"first-visit:{line}" not in await chart.running()
    assert (await chart.write("visit_planned", line)).at == moment


async def test_a_provider_without_a_topic_is_called(chart: Chart) -> None:
    line, offer = await taken(chart, BY_PHONE)
    task = (await chart.tasks())["first-visit"]
    assert (task.subject, task.owner, task.about["offer"]) == (line, "coordinator", offer)
    await chart.write("visit_moved", line, until=chart.now + timedelta(hours=20))
    assert "first-visit" not in await chart.tasks()


async def test_a_line_that_loses_its_provider_is_asked_about_no_more(chart: Chart) -> None:
    line, offer = await taken(chart, BY_PHONE)
    await chart.write("offer_changed_mind", offer)
    assert "first-visit" not in await chart.tasks()
    assert f"first-visit:{line}" not in await chart.running()


Move = Callable[[datetime], datetime]


@pytest.mark.parametrize(
    ("named_for", "reason"),
    [
        (lambda now: now - timedelta(hours=1), "past"),
        (lambda now: now + timedelta(hours=5), "before-start"),
    ],
)
async def test_a_first_visit_that_cannot_be_is_asked_about_and_not_replaced(
    chart: Chart, named_for: Move, reason: str
) -> None:
    start = {"starts_on": "2026-11-09"} if reason == "before-start" else {}
    line, _ = await taken(chart, {**BY_TOPIC, **start}, until=named_for(chart.now))
    assert (await chart.write("visit_planned", line)).verdict == "to-be-named"
    [letter] = await chart.letters("gm-meals-01", "appointment.requested")
    assert letter["reason"] == reason


async def test_a_first_visit_before_the_expected_discharge_is_asked_about(ward: Ward, chart: Chart) -> None:
    home = MONDAY + timedelta(days=5)
    ahead = await chart.ward.admitted(discharged_at=None, expected_at=home)
    _, offer = await taken(ahead, BY_TOPIC, until=home - timedelta(days=1))
    [letter] = await ahead.letters("gm-meals-01", "appointment.requested")
    assert letter["reason"] == "before-discharge"
    assert (await ahead.write("visit_moved", offer, until=home - timedelta(days=2))).verdict == "impossible"
    assert (await ahead.write("visit_moved", offer, until=home + timedelta(hours=2))).verdict == "named"


async def test_a_visit_named_for_a_day_before_the_corrected_discharge_is_cancelled_and_asked_about(
    chart: Chart,
) -> None:
    line, _ = await taken(chart, BY_TOPIC, until=chart.now + timedelta(hours=20))
    visit = await chart.write("visit_planned", line)
    later = chart.now + timedelta(days=3)
    await chart.write("discharge_corrected", until=later, code="actual")
    assert (await chart.visits())[visit.subject] == "cancelled"
    [letter] = await chart.letters("gm-meals-01", "appointment.requested")
    assert letter["reason"] == "before-discharge"
    entry, result = chart.written[-2] if chart.written[-1][0].what != "service_dates_set" else chart.written[-1]
    assert (entry.what, [each.line for each in result.lines]) == ("service_dates_set", [line])


@pytest.mark.parametrize(
    ("until", "verdict"),
    [(timedelta(hours=-1), "impossible"), (timedelta(hours=20), "noted"), (timedelta(hours=26), "moved")],
)
async def test_one_visit_moves_to_a_moment_that_can_be(chart: Chart, until: timedelta, verdict: str) -> None:
    line, offer = await taken(chart, BY_TOPIC, until=chart.now + timedelta(hours=20))
    visit = await chart.write("visit_planned", line)
    for subject in (visit.subject, offer, line):
        assert (await chart.write("visit_moved", subject, until=chart.now + until)).verdict in (verdict, "noted")
    [row] = await chart.rows(visits, visit_id=visit.subject)
    assert row.planned_at == chart.now + (until if verdict != "impossible" else timedelta(hours=20))
    assert row.slot == chart.now + timedelta(hours=20)


async def test_a_visit_that_is_over_does_not_move(chart: Chart) -> None:
    line, _ = await taken(chart, BY_TOPIC, until=chart.now + timedelta(hours=20))
    visit = await chart.visited(line)
    fact = await chart.told("visit.proposed", {}, "gm-meals-01")
    moved = await chart.write("visit_moved", visit, until=chart.now + timedelta(days=3), fact=fact, who="gm-meals-01")
    assert moved.verdict == "gone"
    assert [letter["code"] for letter in await chart.letters("gm-meals-01", "notice.rejected")] == ["visit-gone"]


async def test_make_ups_have_a_cap_and_are_never_made_up_for(chart: Chart) -> None:
    line, _ = await taken(chart, {**THREE_A_WEEK, "days": 90}, until=chart.now + timedelta(hours=20))
    makes_up = []
    while len(makes_up) < 12:
        visit = await chart.write("visit_planned", line)
        chart.now = visit.at or chart.now
        [row] = await chart.rows(visits, visit_id=visit.subject)
        makes_up.append(bool(row.makes_up))
        await chart.write("visit_missed", visit.subject, code="provider")
    assert makes_up == [False, True, False, True, False, True, *[False] * 6]


async def test_a_one_off_that_was_missed_again_after_its_make_up_is_asked_for(chart: Chart) -> None:
    line, _ = await taken(chart, SAFETY, until=chart.now + timedelta(hours=20))
    for expected in ("planned", "planned"):
        visit = await chart.write("visit_planned", line)
        assert visit.verdict == expected
        chart.now = visit.at or chart.now
        await chart.write("visit_missed", visit.subject, code="no-answer")
    assert (await chart.write("visit_planned", line)).verdict == "to-be-named"
    assert f"first-visit:{line}" in named(await chart.write("visit_moved", line, until=chart.now + timedelta(days=1)))


@pytest.mark.parametrize("away", [timedelta(0), timedelta(hours=5)])
async def test_a_first_visit_that_passed_while_the_engine_was_away_is_planned_as_named(
    chart: Chart, away: timedelta
) -> None:
    [line] = await chart.planned(BY_TOPIC)
    offer = (await chart.write("offer_made", line)).subject
    said, first = chart.now, chart.now + timedelta(hours=2)
    chart.now += away
    await chart.write("offer_accepted", offer, until=first, at=said)
    chart.now += timedelta(hours=3)
    visit = await chart.write("visit_planned", line)
    assert (visit.verdict, visit.at) == ("planned", first)
