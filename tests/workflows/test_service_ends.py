"""A line ends when its record has agreed to its end."""

from datetime import timedelta

import pytest

from tests.workflows.story import accepted, served, visited
from tests.workflows.town import MEALS, Town


@pytest.mark.parametrize("before_offer", [True, False])
async def test_an_end_that_cannot_be_is_rejected_and_the_visits_go_on(town: Town, *, before_offer: bool) -> None:
    provider = await (accepted if before_offer else served)(town, MEALS)
    line, first = f"{town.case_id}.1", (await town.visits())[0]
    senseless = (first.planned_at if not before_offer else town.now) - timedelta(days=60 * before_offer)
    await town.tells("service.ended", provider, line, reason="goal-reached", ends_at=senseless.isoformat())
    assert (await town.letters(provider))[-1].startswith("notice.rejected:")
    assert (await town.line()).state == "in-service"
    assert "review-end" not in await town.open_tasks()
    before = len(await town.visits())
    await visited(town)
    assert [visit.state for visit in await town.visits()][before - 1 :] == ["completed", "scheduled"]
