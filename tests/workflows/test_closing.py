"""A person ends a case: contact stops at once, and for some minutes it may be taken back."""

import pytest

from tests.workflows.story import approved, served
from tests.workflows.town import GRACE, MEALS, SAFETY, Town
from workflows.client import RefusedError

HALF = GRACE / 3  # hours


async def test_nobody_is_told_of_an_end_before_its_grace_is_over(town: Town) -> None:
    provider = await served(town, MEALS)
    before = await town.letters(provider)
    await town.acts("case.closed", code="reason-3")
    assert not (await town.state()).end
    assert (await town.record()).closing == "reason-3"
    assert await town.letters(provider) == before
    await town.passes(hours=GRACE)
    assert await town.ended() == "reason-3"
    assert "handoff.closed" in await town.letters("gm-hospital")


async def test_while_it_may_be_taken_back_nobody_is_offered_a_line_or_asked_to_call(town: Town) -> None:
    await approved(town, SAFETY, MEALS)
    open_before = await town.open_tasks()
    offers = len(await town.referrals(1))
    await town.story()
    await town.acts("case.closed", code="outcome-unmet-need")
    assert set(await town.open_tasks()) <= {"after-closing"}
    await town.passes(hours=HALF)
    assert len(await town.referrals(1)) == offers
    await town.acts("case.reopened")
    assert await town.open_tasks() == open_before
    assert await town.story() == ["closing", "case_reopened"]


async def test_a_case_that_is_reopened_goes_on_as_it_was_with_the_time_that_was_left(town: Town) -> None:
    await approved(town, SAFETY)
    offer, provider = await town.offer()
    due = (await town.clock("answer")).due_at
    await town.acts("case.closed", code="outcome-opened-in-error")
    await town.passes(hours=HALF)
    await town.acts("case.reopened")
    assert (await town.clock("answer")).due_at >= due
    await town.passes(hours=GRACE)
    assert not (await town.state()).end
    await town.tells("referral.accepted", provider, offer)
    assert (await town.visit()).provider == provider
    await town.closes("outcome-unmet-need")
    assert await town.ended() == "outcome-unmet-need"


async def test_only_an_end_that_is_under_way_can_be_taken_back(town: Town) -> None:
    await town.hospital_tells()
    with pytest.raises(RefusedError, match="nobody is closing it"):
        await town.acts("case.reopened")
    await town.acts("case.closed", code="outcome-opened-in-error")
    with pytest.raises(RefusedError, match="closed already"):
        await town.acts("case.closed", code="outcome-guided-elsewhere")
