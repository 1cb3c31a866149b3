"""Providers: decline, silence, a part accepted, gaps, a changed mind. That line alone moves, the others stay."""

from datetime import timedelta
from typing import Any

import pytest

from handoff.store import tables
from tests.workflows.story import accepted, accepts, approved, declines, served, visited
from tests.workflows.town import COMPANY, MEALS, PROTECTION, SAFETY, Town


@pytest.mark.history("decline")
async def test_a_declined_line_goes_to_the_next_and_accepted_ones_stay(town: Town) -> None:
    await approved(town, MEALS, SAFETY)
    kept = await accepts(town, 2)
    first = await declines(town, 1)
    second = await accepts(town, 1)
    assert first != second
    assert (await town.visit(2)).provider == kept
    assert [row.state for row in await town.referrals(1)] == ["rejected", "in-progress"]


@pytest.mark.history("partial-acceptance")
async def test_a_provider_that_takes_a_part_keeps_it_and_the_rest_goes_to_another(town: Town) -> None:
    await approved(town)
    offer, first = await town.offer()
    await town.tells("referral.partly-accepted", first, offer, quantity=2)
    assert ((await town.line()).quantity, (await town.line("1r1")).quantity) == (2, 3)
    second = await accepts(town, "1r1")
    assert second != first
    assert [row.reserved for row in await town.rows(tables.referrals)] == [2, 3]
    assert (await town.visit("1r1")).provider == second


GAP_ANSWERS: dict[str, tuple[dict[str, Any], str]] = {
    "provider": ({"code": "provider:gm-protection-01"}, "offered"),
    "service": ({"code": "service:household-help"}, "offered"),
    "wait": ({"code": "wait"}, "waiting"),
    "give-up": ({"code": "give-up:no-provider"}, "given-up"),
}


@pytest.mark.parametrize("answer", GAP_ANSWERS)
async def test_a_gap_is_answered_by_another_provider_another_service_a_wait_or_an_end(town: Town, answer: str) -> None:
    said, state = GAP_ANSWERS[answer]
    await approved(town, PROTECTION, MEALS)
    await declines(town)
    assert (await town.open_tasks())["gap"] == "coordinator"
    await town.acts("gap.answered", f"{town.case_id}.1", until=town.now + timedelta(days=3), **said)
    assert (await town.state()).lines[f"{town.case_id}.1"].state == state
    assert "gap" not in await town.open_tasks()
    assert (await town.offer(2))[0]


@pytest.mark.history("gap-answered")
async def test_a_line_without_provider_waits_and_is_offered_again_when_the_wait_is_over(town: Town) -> None:
    await approved(town, PROTECTION)
    await declines(town)
    await town.acts("gap.answered", f"{town.case_id}.1", code="wait", until=town.now + timedelta(days=3))
    await town.passes(days=2)
    assert (await town.state()).lines[f"{town.case_id}.1"].state == "waiting"
    await town.passes(days=1.1)
    assert (await town.offer())[0].endswith(".O2")
    await accepts(town)
    assert (await town.visit()).state == "scheduled"


async def test_a_line_given_up_leaves_nothing_to_do_and_somebody_decides_what_now(town: Town) -> None:
    await approved(town, PROTECTION)
    await declines(town)
    await town.acts("gap.answered", f"{town.case_id}.1", code="give-up:no-provider")
    assert (await town.open_tasks())["review-end"] == "coordinator"
    await town.closes("outcome-unmet-need")
    assert await town.ended() == "outcome-unmet-need"


async def test_a_provider_that_changes_its_mind_gives_the_line_to_the_next(town: Town) -> None:
    provider = await served(town)
    await town.tells("referral.changed", provider, f"{town.case_id}.1.O1", change="cannot-go-on")
    assert (await town.offer())[1] != provider
    assert [row.state for row in await town.referrals()] == ["failed", "requested"]
    assert [row.state for row in await town.visits()] == ["completed", "cancelled"]


async def test_a_line_that_is_given_back_from_a_moment_on_goes_to_the_next_then(town: Town) -> None:
    provider = await served(town)
    from_at = town.now + timedelta(hours=1)
    offer = f"{town.case_id}.1.O1"
    await town.tells("referral.changed", provider, offer, change="cannot-go-on", from_at=from_at.isoformat())
    assert [(row.provider, row.state) for row in await town.referrals()] == [(provider, "in-progress")]
    assert (await town.visits())[-1].state == "cancelled"
    await town.until(from_at)
    assert (await town.offer())[1] != provider
    assert [row.state for row in await town.referrals()] == ["failed", "requested"]


async def test_a_provider_that_can_do_less_keeps_its_part_and_the_rest_is_offered_on(town: Town) -> None:
    provider = await served(town)
    await town.tells("referral.changed", provider, f"{town.case_id}.1.O1", change="quantity", quantity=3)
    assert (await town.line()).quantity == 3
    assert (await town.offer("1r1"))[1] != provider
    assert (await town.visit()).provider == provider


async def test_an_answer_for_an_offer_that_is_gone_changes_nothing(town: Town) -> None:
    await approved(town)
    offer, first = await town.offer()
    await declines(town)
    await town.tells("referral.accepted", first, offer)
    assert (await town.offer())[1] != first
    assert "notice.rejected" in str(await town.letters(first))


async def test_an_answer_given_by_phone_is_as_good_as_one_by_topic(town: Town) -> None:
    await approved(town)
    offer, _ = await town.offer()
    done = await town.acts("referral.accepted", offer)
    assert done.milestones == ["offer_accepted", "service_dates_set"]
    assert done.verdicts[0] == "accepted"
    assert (await town.visit()).state == "scheduled"


async def test_a_provider_may_name_another_moment_for_its_visit(town: Town) -> None:
    provider = await accepted(town)
    wished = (town.now + timedelta(hours=30)).replace(microsecond=0)
    await town.tells("visit.proposed", provider, f"{town.case_id}.1.O1", starts_at=wished.isoformat())
    assert (await town.visit()).planned_at == wished


async def test_a_service_on_demand_is_delivered_when_it_is_asked_for(town: Town) -> None:
    await accepted(town, COMPANY)
    assert await town.visits() == []
    wished = town.now + timedelta(days=2)
    await town.acts("visit.requested", f"{town.case_id}.1", until=wished)
    assert (await town.visit()).planned_at == wished
    await visited(town)
    assert [row.state for row in await town.visits()] == ["completed"]
    await town.acts("visit.requested", f"{town.case_id}.1", until=wished + timedelta(days=7))
    assert (await town.visit()).state == "scheduled"


async def test_a_service_that_its_provider_ends_leaves_the_others_running(town: Town) -> None:
    await approved(town, MEALS, SAFETY)
    provider = await accepts(town, 1)
    await town.tells("service.ended", provider, f"{town.case_id}.1.O1", reason="failed")
    assert (await town.state()).lines[f"{town.case_id}.1"].state == "failed"
    assert [row.state for row in await town.visits(1)] == ["cancelled"]
    assert (await town.offer(2))[0]


async def test_when_everybody_has_declined_the_municipality_is_told_of_the_gap(town: Town) -> None:
    await approved(town)
    asked = {await declines(town), await declines(town)}
    assert asked == {"gm-meals-01", "gm-meals-02"}
    assert (await town.open_tasks())["gap"] == "coordinator"
    assert (await town.state()).lines[f"{town.case_id}.1"].state == "gap"
