"""Corrections that open a line again, which its workflow had ended."""

from datetime import timedelta

import pytest

from tests.workflows.story import accepted, accepts, assessed, declines, served, visited
from tests.workflows.town import SAFETY, Town


async def test_a_one_off_line_that_a_correction_opens_again_is_offered_served_and_reviewed_again(
    town: Town,
) -> None:
    provider = await served(town, SAFETY)
    [visit] = await town.visits()
    await town.passes(hours=2)
    assert "review-end" in await town.open_tasks()
    for _ in range(2):
        await town.acts(
            "record.corrected", visit.visit_id, code="visit.missed:no-answer", corrects="visit_completed", why="typo"
        )
        assert "review-end" not in await town.open_tasks()
        assert await accepts(town, first_visit_at=(town.now + timedelta(hours=20)).isoformat()) == provider
        visit_id = await visited(town)
        assert visit_id != visit.visit_id
        [*_, visit] = await town.visits()
        assert (await town.state()).lines[f"{town.case_id}.1"].over
        assert "review-end" in await town.open_tasks()
    assert (await town.state()).support_began


async def test_a_line_that_awaits_its_next_visit_is_over_once_its_missed_visit_took_place(town: Town) -> None:
    await accepted(town, SAFETY)
    missed = await visited(town, what="missed", reason="provider")
    await visited(town, what="missed", reason="provider")
    assert (await town.state()).lines[f"{town.case_id}.1"].awaits_name
    assert "first-visit" in await town.open_tasks() or await town.clock("first-visit")
    await town.acts("record.corrected", missed, code="visit.completed", corrects="visit_missed", why="typo")
    assert (await town.line()).state == "completed"
    assert {"first-visit", "missed-visit"} & (await town.open_tasks()).keys() == set()
    assert "review-end" in await town.open_tasks()


@pytest.mark.parametrize("since", ["offered", "gap", "accepted"])
async def test_a_one_off_that_took_place_after_all_is_over_whoever_was_asked_since(town: Town, since: str) -> None:
    provider = await served(town, SAFETY)
    [visit] = await town.visits()
    await town.acts(
        "record.corrected", visit.visit_id, code="visit.missed:no-answer", corrects="visit_completed", why="typo"
    )
    asked = (await town.offer())[1]
    if since == "accepted":
        assert await declines(town) == provider
        asked = await accepts(town, first_visit_at=(town.now + timedelta(hours=20)).isoformat())
        assert asked != provider
    while since == "gap" and "gap" not in await town.open_tasks():
        asked = await declines(town)
    await town.acts("record.corrected", visit.visit_id, code="visit.completed", corrects="visit_missed", why="typo")
    line = await town.line()
    assert (line.state, line.provider) == ("completed", provider)
    assert (await town.state()).lines[line.line_id].over
    states = [referral.state for referral in await town.referrals()]
    assert states[0] == "completed"
    assert not {"requested", "accepted", "in-service"} & set(states)
    assert since == "gap" or (await town.letters(asked))[-1] == "referral.withdrawn:delivered"
    assert [visit.state for visit in await town.visits()] == ["completed"] + ["cancelled"] * (since == "accepted")
    assert "gap" not in await town.open_tasks()
    assert "review-end" in await town.open_tasks()


async def test_a_result_that_a_correction_takes_back_is_not_told(town: Town) -> None:
    await assessed(town)
    telling = "contact-attempt:tell-result"
    assert (await town.clock(telling)).due_at > town.now
    assert "tell-result" in await town.open_tasks()
    await town.acts(
        "record.corrected",
        town.case_id,
        code="presurvey.completed",
        quantity=5,
        corrects="presurvey_recorded",
        why="typo",
    )
    assert not {"tell-result", "draft-plan"} & (await town.open_tasks()).keys()
    with pytest.raises(AssertionError, match="no clock"):
        await town.clock(telling)
