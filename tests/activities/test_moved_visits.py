"""One visit moves between its neighbours; the first one may take its series with it. An end is not before the offer."""

from datetime import timedelta

import pytest

from handoff.store.tables import plan_lines
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


async def test_a_first_visit_that_moves_beyond_the_second_takes_the_series_with_it(chart: Chart) -> None:
    line, _ = await served(chart)
    visit = await chart.write("visit_planned", line)
    assert (await chart.write("visit_moved", visit.subject, until=FIRST + timedelta(days=6))).verdict == "moved"
    assert await days(chart, line, 3) == ["11-09", "11-12", "11-16"]


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
