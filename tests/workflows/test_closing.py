"""A person ends a case: contact stops at once, and for some minutes it may be taken back."""

from collections.abc import Awaitable, Callable

import pytest

from handoff.store.tables import tasks, timeline
from tests.workflows.story import accepts, approved, served
from tests.workflows.town import GRACE, HOSPITAL, MEALS, SAFETY, Town
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
    assert "handoff.closed" in await town.letters(HOSPITAL)


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


async def the_visit_was_missed(town: Town) -> None:
    [row] = [row for row in await town.rows(timeline) if row.what == "visit_completed"]
    await town.acts("record.corrected", subject=row.subject, code="visit.missed:no-answer", corrects=row.key)


async def a_visit_takes_place(town: Town) -> None:
    visit = await town.visit()
    await town.tells("visit.completed", visit.provider, visit.visit_id)


@pytest.mark.parametrize("taken_back", [False, True], ids=["grace is over", "taken back"])
@pytest.mark.parametrize(
    ("end", "since", "letter", "fits"),
    [
        ("reason-3", the_visit_was_missed, "first-service-taken-back", "outcome-unmet-need"),
        ("reason-5", the_visit_was_missed, "first-service-taken-back", "outcome-refused"),
        ("outcome-opened-in-error", a_visit_takes_place, "first-service", "reason-3"),
        ("outcome-unmet-need", a_visit_takes_place, "first-service", "reason-5"),
    ],
)
async def test_an_end_that_does_not_fit_any_more_does_not_end_the_case(
    town: Town, end: str, since: Callable[[Town], Awaitable[None]], letter: str, fits: str, *, taken_back: bool
) -> None:
    if end.startswith("reason"):
        await served(town, SAFETY)
    else:
        await approved(town, SAFETY)
        await accepts(town)
        await town.until((await town.visit()).planned_at)
    await town.acts("case.closed", code=end)
    before = await town.letters(HOSPITAL)
    await since(town)
    assert await town.letters(HOSPITAL) == before, "nobody is told within the grace"
    if taken_back:
        await town.acts("case.reopened")
    else:
        await town.passes(hours=GRACE)
    assert (await town.record()).closed_at is None
    assert (await town.letters(HOSPITAL))[len(before) :] == [f"handoff.progressed:{letter}"]
    assert ("close-again" in await town.open_tasks()) is not taken_back
    await town.acts("case.closed", code=fits)
    await town.passes(hours=GRACE)
    assert await town.ended() == fits
    assert not [row for row in await town.rows(tasks) if row.closed_at is None]


async def test_an_end_that_still_fits_ends_the_case_and_no_first_service_is_told(town: Town) -> None:
    """A visit was told to be missed, and then it did take place after all: the end fits again."""
    await served(town, MEALS)
    await town.acts("case.closed", code="reason-3")
    before = await town.letters(HOSPITAL)
    await the_visit_was_missed(town)
    [row] = [row for row in await town.rows(timeline) if row.what == "corrected"]
    await town.acts("record.corrected", subject=row.subject, code="visit.completed", corrects=row.key)
    await town.passes(hours=GRACE)
    assert await town.ended() == "reason-3"
    assert (await town.letters(HOSPITAL))[len(before) :] == ["handoff.closed"]
