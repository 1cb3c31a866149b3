"""What a correction undoes, what it starts again, and who is told."""

from datetime import timedelta

import pytest

from tests.activities.chart import MEALS, Chart

CALLS = {"missed-visit", "safety-check"}


@pytest.mark.parametrize(("hours", "calls"), [(-48, CALLS), (-1, CALLS), (1, set()), (72, set())])
async def test_only_a_visit_after_the_missed_one_shows_that_the_person_is_well(
    chart: Chart, hours: int, calls: set[str]
) -> None:
    [offer] = await chart.served(MEALS)
    line = offer.rpartition(".")[0]
    earlier = await chart.write("visit_planned", line)
    await chart.write("visit_unreported", earlier.subject)
    missed = await chart.write("visit_planned", line)
    assert missed.at
    chart.now = missed.at
    await chart.write("visit_missed", missed.subject, code="no-answer")
    chart.passes(days=4)
    await chart.write("visit_completed", earlier.subject, at=missed.at + timedelta(hours=hours))
    assert CALLS & set(await chart.tasks()) == calls
    assert (f"missed-visit-call:{missed.subject}" in await chart.running()) == bool(calls)
