"""A series goes on in another rhythm from a day on, or ends early; one visit moves alone."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from handoff.store.tables import capacities, plan_lines, visits
from handoff.timezone import KST
from tests.activities.chart import HELP, Chart

WEEKLY = {"service": "meal-delivery", "kind": "series", "quantity": 2, "per": "week", "days": 28}
FIRST = datetime(2026, 11, 3, 10, tzinfo=KST)  # a Tuesday: the visits fall on Tuesdays and Fridays


async def served(chart: Chart, **line: Any) -> tuple[str, str]:
    """A line whose provider named its first visit, on Tuesday 3 November; returns the line and its offer."""
    [line_id] = await chart.planned({**WEEKLY, "prefers": "gm-meals-02", **line})
    offer = (await chart.write("offer_made", line_id)).subject
    await chart.write("offer_accepted", offer, until=FIRST)
    return line_id, offer


async def days(chart: Chart, line: str, number: int) -> list[str]:
    """The days of the next visits, each completed."""
    seen = []
    for _ in range(number):
        visit = await chart.write("visit_planned", line)
        if visit.verdict != "planned" or visit.at is None:
            return [*seen, visit.verdict]
        chart.now = visit.at
        seen.append(f"{visit.at.astimezone(KST):%m-%d}")
        await chart.write("visit_completed", visit.subject)
    return seen


async def changed(chart: Chart, what: str, line: str, body: dict[str, Any], **fields: Any) -> str:
    fact = await chart.told("referral.changed", body, "gm-meals-02")
    return (await chart.write(what, line, fact=fact, who="gm-meals-02", **fields)).verdict


def day(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}T00:00").replace(tzinfo=KST)


async def test_the_first_visit_moved_alone_does_not_shift_the_series(chart: Chart) -> None:
    line, _ = await served(chart)
    visit = await chart.write("visit_planned", line)
    await chart.write("visit_moved", visit.subject, until=FIRST + timedelta(days=1))
    assert await days(chart, line, 4) == ["11-04", "11-06", "11-10", "11-13"]


@pytest.mark.parametrize(
    ("start", "expected"),
    [(None, ["11-05", "11-09", "11-12"]), ("13", ["11-06", "11-10", "11-16"]), ("10", ["11-06", "11-12", "11-16"])],
)
async def test_the_weekdays_change_from_a_day_on(chart: Chart, start: str | None, expected: list[str]) -> None:
    line, _ = await served(chart)
    assert await days(chart, line, 1) == ["11-03"]
    until = day(start) if start else None
    verdict = await changed(chart, "rhythm_changed", line, {"weekdays": ["mon", "thu"]}, code="weekdays", until=until)
    assert verdict == "changed"
    assert await days(chart, line, 3) == expected


async def test_a_scheduled_visit_after_the_change_moves_with_it(chart: Chart) -> None:
    line, offer = await served(chart)
    await days(chart, line, 1)
    visit = await chart.write("visit_planned", line)  # Friday 6 November
    await changed(chart, "rhythm_changed", offer, {"weekdays": ["sat", "mon"]}, code="weekdays", until=day("05"))
    [row] = await chart.rows(visits, visit_id=visit.subject)
    assert row.planned_at == FIRST + timedelta(days=4)
    assert row.state == "scheduled"


@pytest.mark.parametrize(
    ("what", "weekdays", "fields"),
    [
        ("rhythm_changed", ["tue", "wed"], {"code": "weekdays"}),
        ("offer_partly_accepted", ["wed"], {"code": "quantity", "quantity": 1}),
    ],
)
async def test_a_change_that_leaves_no_date_names_the_visit_that_it_cancels(
    chart: Chart, what: str, weekdays: list[str], fields: dict[str, Any]
) -> None:
    line, offer = await served(
        chart, prefers="gm-meals-01"
    )  # until Tuesday 1 December at 10:00: Friday 27 November is its last visit
    assert (await days(chart, line, 7))[-1] == "11-24"
    visit = await chart.write("visit_planned", line)
    fact = await chart.told("referral.changed", {"weekdays": weekdays}, "gm-meals-01")
    result = await chart.write(what, offer, fact=fact, who="gm-meals-01", until=day("26"), **fields)
    assert result.subject == visit.subject
    assert (await chart.visits())[visit.subject] == "cancelled"
    [news] = await chart.letters("gm-meals-01", "handoff.progressed")
    assert (news["state"], news["visits"]) == ("visits-cancelled", [visit.subject])
    assert (await chart.write("visit_planned", line)).verdict == "over"


@pytest.mark.parametrize("weekdays", [[], ["mon"], ["mon", "tue", "wed"]])
async def test_weekdays_that_do_not_fit_change_nothing(chart: Chart, weekdays: list[str]) -> None:
    line, _ = await served(chart)
    assert await changed(chart, "rhythm_changed", line, {"weekdays": weekdays}, code="weekdays") == "unfit"
    [row] = await chart.rows(plan_lines, line_id=line)
    assert row.changes == []


async def test_weekdays_of_a_line_without_a_provider_are_gone(chart: Chart) -> None:
    [line] = await chart.planned(WEEKLY)
    assert await changed(chart, "rhythm_changed", line, {"weekdays": ["mon", "thu"]}, code="weekdays") == "gone"


async def test_fewer_visits_begin_on_their_day_and_the_rest_is_offered_from_then_on(chart: Chart) -> None:
    line, offer = await served(chart)
    assert await days(chart, line, 1) == ["11-03"]
    fact = await chart.told("referral.changed", {}, "gm-meals-02")
    part = await chart.write("offer_partly_accepted", offer, quantity=1, until=day("11"), code="quantity", fact=fact)
    [rest] = part.lines
    [row] = await chart.rows(plan_lines, line_id=rest.line)
    assert (row.quantity, row.starts_on, row.state) == (1, "2026-11-11", "planned")
    assert [each.reserved for each in await chart.rows(capacities, provider="gm-meals-02")] == [2]
    assert await days(chart, line, 4) == ["11-06", "11-10", "11-17", "11-24"]
    assert [each.reserved for each in await chart.rows(capacities, provider="gm-meals-02")] == [1]
    [row] = await chart.rows(plan_lines, line_id=line)
    assert (row.quantity, row.changes) == (1, [])


@pytest.mark.parametrize(
    ("visits_before", "until", "left"),
    [(0, None, 28), (1, None, 28), (3, None, 21), (1, "11", 21), (1, "30", 2), (1, "24", 8), (5, "24", 8)],
)
async def test_the_rest_of_a_line_has_the_days_that_are_left(
    chart: Chart, visits_before: int, until: str | None, left: int
) -> None:
    line, offer = await served(chart)  # until 1 December at 10:00
    await days(chart, line, visits_before)
    from_at = day(until) if until else None
    [rest] = (await chart.write("offer_partly_accepted", offer, quantity=1, until=from_at, code="quantity")).lines
    assert (await chart.rows(plan_lines, line_id=rest.line))[0].days == left


@pytest.mark.parametrize("after", [timedelta(0), timedelta(days=3)])
async def test_fewer_visits_from_after_the_last_day_leave_no_rest(chart: Chart, after: timedelta) -> None:
    line, offer = await served(chart)
    await days(chart, line, 1)
    until = FIRST + timedelta(days=28) + after
    assert (await chart.write("offer_partly_accepted", offer, quantity=1, until=until, code="quantity")).lines == []


async def test_fewer_visits_without_a_day_begin_at_once(chart: Chart) -> None:
    line, offer = await served(chart)
    await days(chart, line, 1)
    part = await chart.write("offer_partly_accepted", offer, quantity=1, code="quantity")
    assert [each.line for each in part.lines] == [f"{line}r1"]
    [row] = await chart.rows(plan_lines, line_id=line)
    assert row.quantity == 1


@pytest.mark.parametrize(
    ("end", "expected", "verdict"),
    [("10", ["11-06", "over"], "noted"), ("04", ["over"], "cancelled"), ("14", ["11-06", "11-10", "11-13"], "noted")],
)
async def test_a_service_ends_on_its_day(chart: Chart, end: str, expected: list[str], verdict: str) -> None:
    line, offer = await served(chart)
    await days(chart, line, 1)
    await chart.write("visit_planned", line)
    ending = await chart.write("service_end_set", offer, until=day(end), code="goal-reached", who="kim")
    assert ending.verdict == verdict
    assert await days(chart, line, len(expected)) == expected
    if expected[-1] == "over":
        [row] = await chart.rows(plan_lines, line_id=line)
        assert row.reason == "goal-reached"


async def test_a_service_on_request_ends_when_its_day_comes(chart: Chart) -> None:
    [offer] = await chart.served(HELP)
    line = offer.rpartition(".")[0]
    await chart.write("service_end_set", line, until=chart.now + timedelta(days=3), code="moved", who="kim")
    assert (await chart.clock(f"line-end:{line}")).due_at == chart.now + timedelta(days=3)
    chart.passes(days=3)
    await chart.write("service_ended", line)
    [row] = await chart.rows(plan_lines, line_id=line)
    assert (row.state, row.reason) == ("ended-early", "moved")
    assert f"line-end:{line}" not in await chart.running()


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ({"weekdays": ["wed", "fri"]}, "11-04"),
        ({"starts_on": "2026-11-16"}, "11-16"),
        ({"starts_on": "2026-11-14", "weekdays": ["mon", "thu"]}, "11-16"),
    ],
)
async def test_a_first_visit_that_the_engine_proposes_keeps_start_day_and_weekdays(
    chart: Chart, line: dict[str, Any], first: str
) -> None:
    [line_id] = await chart.planned({**WEEKLY, **line})
    offer = (await chart.write("offer_made", line_id)).subject
    await chart.write("offer_accepted", offer)
    assert await days(chart, line_id, 1) == [first]
    assert (await chart.rows(visits, line_id=line_id))[0].named_by == "engine"
