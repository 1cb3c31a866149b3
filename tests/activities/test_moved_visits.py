"""One visit moves between its neighbours; the first one too. An end is not before the offer."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from handoff.store.tables import plan_lines, visits
from tests.activities.chart import Chart
from tests.activities.test_rhythm_changes import FIRST, changed, day, days, served


@pytest.mark.parametrize(
    ("hours", "verdict"),
    [(71, "moved"), (96, "impossible"), (365 * 24, "impossible")],
)
async def test_a_visit_takes_place_before_the_next_one(chart: Chart, hours: int, verdict: str) -> None:
    line, offer = await served(chart, prefers="gm-meals-01")
    assert await days(chart, line, 1) == ["11-03"]
    visit = await chart.write("visit_planned", line)  # Friday 6 November; the next one is on Tuesday 10 November
    assert visit.at == FIRST + timedelta(days=3)
    moved = await chart.write("visit_moved", offer, until=visit.at + timedelta(hours=hours), who="gm-meals-01")
    assert moved.verdict == verdict


async def test_the_last_visit_takes_place_before_the_line_is_over(chart: Chart) -> None:
    line, _ = await served(chart, days=7)
    assert await days(chart, line, 1) == ["11-03"]
    last = await chart.write("visit_planned", line)
    for moment, verdict in ((day("11"), "impossible"), (day("10"), "moved")):
        assert (await chart.write("visit_moved", last.subject, until=moment)).verdict == verdict


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("moves", [[49], [49, 0], [72], [144, 0]])
async def test_a_first_visit_that_people_named_moves_alone_and_before_the_second(
    chart: Chart, moves: list[int], *, named: bool
) -> None:
    line, _ = await served(chart)
    visit = await chart.write("visit_planned", line)
    if not named:  # as if the profile had let the engine propose it
        async with chart.ward.engine.begin() as conn:
            await conn.execute(update(visits).values(named_by="engine"))
    for number, hours in enumerate(moves):
        bounded = (named or number) and hours >= 72  # the next one is on Friday
        verdict = (await chart.write("visit_moved", visit.subject, until=FIRST + timedelta(hours=hours))).verdict
        assert (verdict == "impossible") == bool(bounded)
    assert await days(chart, line, 4) == EXPECTED[named, tuple(moves)]


# The first visit is on Tuesday; the series of one that the engine had proposed begins where people moved it first.
EXPECTED = {
    (True, (49,)): ["11-05", "11-06", "11-10", "11-13"],
    (True, (49, 0)): ["11-03", "11-06", "11-10", "11-13"],
    (True, (72,)): ["11-03", "11-06", "11-10", "11-13"],
    (True, (144, 0)): ["11-03", "11-06", "11-10", "11-13"],
    (False, (49,)): ["11-05", "11-09", "11-12", "11-16"],
    (False, (49, 0)): ["11-03", "11-09", "11-12", "11-16"],
    (False, (72,)): ["11-06", "11-10", "11-13", "11-17"],
    (False, (144, 0)): ["11-03", "11-12", "11-16", "11-19"],
}


async def test_fewer_visits_keep_the_weekdays_that_were_changed_before(chart: Chart) -> None:
    line, offer = await served(chart, weekdays=["tue", "fri"])
    assert await days(chart, line, 1) == ["11-03"]
    await changed(chart, "rhythm_changed", line, {"weekdays": ["mon", "thu"]}, code="weekdays", until=day("09"))
    rest = (await chart.write("offer_partly_accepted", offer, quantity=1, until=day("16"), who="gm-meals-02")).lines
    assert await days(chart, line, 4) == ["11-06", "11-09", "11-12", "11-16"]
    rows = await chart.rows(plan_lines)
    assert {row.line_id: row.weekdays for row in rows if row.line_id != line} == {rest[0].line: "thu"}


async def test_a_service_does_not_end_before_it_was_offered(chart: Chart) -> None:
    line, offer = await served(chart, prefers="gm-meals-01")
    before = chart.now - timedelta(days=40)
    ended = await chart.write("service_ended", offer, code="moved", until=before, who="gm-meals-01")
    assert (ended.verdict, ended.subject) == ("gone", offer)
    assert await days(chart, line, 1) == ["11-03"]


@pytest.mark.parametrize(
    ("hours", "end", "expected"),
    [
        (48, "08", ["over"]),  # from Friday to Sunday, from which day on there is no visit
        (48, "10", ["11-08", "over"]),
        (-24, "05", ["over"]),
        (0, "06", ["over"]),
    ],
)
async def test_a_visit_that_was_moved_does_not_come_back_on_the_day_from_which_it_was_moved(
    chart: Chart, hours: int, end: str, expected: list[str]
) -> None:
    line, offer = await served(chart, prefers="gm-meals-01")
    assert await days(chart, line, 1) == ["11-03"]
    visit = await chart.write("visit_planned", line)  # Friday 6 November
    await chart.write("visit_moved", visit.subject, until=FIRST + timedelta(hours=72 + hours))
    await chart.write("service_end_set", offer, until=day(end), code="goal-reached", who="kim")
    assert await days(chart, line, len(expected)) == expected


@pytest.mark.parametrize(("hours", "expected"), [(48, "11-08"), (-24, "11-05"), (0, "11-06")])
async def test_the_next_provider_comes_when_the_visit_was_moved_to(chart: Chart, hours: int, expected: str) -> None:
    line, offer = await served(chart, prefers="gm-meals-01")
    assert await days(chart, line, 1) == ["11-03"]
    visit = await chart.write("visit_planned", line)  # Friday 6 November
    await chart.write("visit_moved", visit.subject, until=FIRST + timedelta(hours=72 + hours))
    await chart.write("offer_changed_mind", offer, who="gm-meals-01")
    await chart.write("offer_accepted", (await chart.write("offer_made", line)).subject)
    assert await days(chart, line, 2) == [expected, "11-10"]
