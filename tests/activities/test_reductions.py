"""A line and its rest make together what the plan says, at each day, whatever is typed after what."""

from datetime import date, timedelta
from typing import Any

import pytest

from handoff.rules.series import rhythm_at
from handoff.store.tables import plan_lines
from handoff.vocabulary.states import LINE_OVER
from tests.activities.chart import Chart
from tests.activities.test_rhythm_changes import FIRST, changed, day, days, served

FOUR, DAYS = ["mon", "tue", "wed", "thu"], ("05", "10", "12", "17", "19", "26")


async def shares(chart: Chart, moment: str) -> dict[str, int]:
    """How many visits a week each line has on a day."""
    at = day(moment)
    return {
        row.line_id.rpartition(".")[2]: rhythm_at(row, at)[0]
        for row in await chart.rows(plan_lines)
        if row.state not in LINE_OVER
        and date.fromisoformat(row.starts_on or "2026-11-03") <= at.date()
        and (row.ends_at is None or row.ends_at > at)
    }


async def reduced(chart: Chart, offer: str, part: int, start: str) -> Any:
    until = day(start) if start else None
    return await chart.write("offer_partly_accepted", offer, quantity=part, until=until, code="quantity", who="kim")


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize(
    ("steps", "own"),
    [
        ([(2, "")], (2, 2, 2)),
        ([(2, "12")], (4, 2, 2)),
        ([(FOUR, "12"), (2, "")], (2, 2, 2)),
        ([(FOUR, "12"), (2, "17")], (4, 4, 2)),
        ([(FOUR, "12"), (2, "12")], (4, 2, 2)),
        ([(2, "12"), (FOUR, "")], (4, 2, 2)),
        ([(2, "17"), (["mon", "tue", "wed", "fri"], "12")], (4, 4, 2)),
        ([(2, "17"), (["mon", "tue"], "17")], (4, 4, 2)),
        ([(2, "17"), (2, "12")], (4, 2, 2)),
        ([(2, "12"), (2, "17")], (4, 2, 2)),
        ([(3, "17"), (3, "")], (3, 3, 3)),
        ([(3, "12"), (2, "17")], (4, 3, 2)),
        ([(3, "12"), (2, "17"), (1, "")], (1, 1, 1)),
        ([(2, "17"), (1, "12")], (4, 1, 1)),
        ([(2, "12"), (1, "12")], (4, 1, 1)),
        ([(2, "17"), (2, ""), (1, "12")], (2, 1, 1)),
        ([(2, "12"), (2, "12")], (4, 2, 2)),
    ],
)
async def test_a_line_and_its_rest_add_up_at_each_day(
    chart: Chart, steps: list[tuple[Any, str]], own: tuple[int, ...], *, accepted: bool
) -> None:
    """`accepted`: another provider has accepted each rest before the next step."""
    line, offer = await served(chart, quantity=4)
    await days(chart, line, 1)
    for what, start in steps:
        if isinstance(what, int):
            rests = (await reduced(chart, offer, what, start)).lines
            for rest in rests if accepted else ():
                await chart.write("offer_accepted", (await chart.write("offer_made", rest.line)).subject)
        else:
            until = day(start) if start else None
            verdict = await changed(chart, "rhythm_changed", line, {"weekdays": what}, code="weekdays", until=until)
            assert verdict == "changed"
    at = [await shares(chart, moment) for moment in DAYS]
    assert [sum(each.values()) for each in at] == [4] * len(DAYS), at
    name = line.rpartition(".")[2]
    assert tuple(each[name] for each in at[1:4]) == own, at


@pytest.mark.parametrize(("part", "expected"), [(4, 4), (5, 4), (3, 3)])
async def test_a_reduction_that_has_not_begun_is_taken_back_or_replaced(chart: Chart, part: int, expected: int) -> None:
    line, offer = await served(chart, quantity=4)
    await days(chart, line, 1)
    [first] = (await reduced(chart, offer, 2, "17")).lines
    again = (await reduced(chart, offer, part, "12")).lines
    name = line.rpartition(".")[2]
    assert (await shares(chart, "26"))[name] == expected
    assert len(again) == (expected < 4)
    assert (await chart.clock(f"line-end:{first.line}")).due_at == chart.now
    await chart.write("service_ended", first.line)
    assert (await chart.lines())[first.line] == "removed"


async def test_a_rest_that_another_provider_has_accepted_stays(chart: Chart) -> None:
    line, offer = await served(chart, quantity=4)
    await days(chart, line, 1)
    [first] = (await reduced(chart, offer, 2, "17")).lines
    await chart.write("offer_accepted", (await chart.write("offer_made", first.line)).subject)
    [second] = (await reduced(chart, offer, 2, "12")).lines
    rows = {row.line_id: row for row in await chart.rows(plan_lines)}
    assert rows[first.line].ends_at is None
    assert (rows[second.line].starts_on, rows[second.line].ends_at) == ("2026-11-12", day("17"))
    assert (await reduced(chart, offer, 4, "12")).lines == []
    name = line.rpartition(".")[2]
    assert [(await shares(chart, moment)) for moment in ("12", "17")] == [{name: 4}, {name: 2, f"{name}r1": 2}]


async def test_fewer_visits_keep_the_weekdays_that_come_later(chart: Chart) -> None:
    line, offer = await served(chart, weekdays=["tue", "fri"])
    await days(chart, line, 1)
    await changed(chart, "rhythm_changed", line, {"weekdays": ["mon", "thu"]}, code="weekdays", until=day("16"))
    await reduced(chart, offer, 1, "10")
    chart.now = FIRST + timedelta(hours=1)
    assert await days(chart, line, 4) == ["11-06", "11-10", "11-16", "11-23"]


@pytest.mark.parametrize(
    ("who", "end", "until"),
    [("kim", "12", "12"), ("kim", "17", "now"), ("kim", "10", "now"), ("kim", "", "now"), ("gm-meals-02", "12", None)],
)
async def test_rests_that_nobody_has_accepted_end_with_the_line(
    chart: Chart, who: str, end: str, until: str | None
) -> None:
    line, offer = await served(chart, quantity=4)
    await days(chart, line, 1)
    start = "10" if end == "12" else "17"
    [rest] = (await reduced(chart, offer, 2, start)).lines
    if end:
        await chart.write("service_end_set", offer, until=day(end), code="other", who=who)
    else:
        await chart.write("service_ended", offer, code="other", who=who)
    [row] = await chart.rows(plan_lines, line_id=rest.line)
    assert row.ends_at == (chart.now if until == "now" else day(until) if until else None)
    if until:
        clock = await chart.clock(f"line-end:{rest.line}")
        assert (clock.due_at, row.ending, row.ended_by) == (row.ends_at, "other", "by-municipality")


@pytest.mark.parametrize(("end", "verdict"), [("03", "over"), ("04", "planned")])
async def test_an_end_before_the_first_visit_asks_for_no_other(chart: Chart, end: str, verdict: str) -> None:
    line, offer = await served(chart)
    await chart.write("visit_planned", line)
    await chart.write("service_end_set", offer, until=day(end), code="other", who="kim")
    assert (await chart.write("visit_planned", line)).verdict == verdict
    [row] = await chart.rows(plan_lines, line_id=line)
    assert (row.state, row.reason) == (("ended-early", "other") if verdict == "over" else ("in-service", ""))
    assert f"first-visit:{line}" not in await chart.running()
