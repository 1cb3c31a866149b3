"""The plan: rejected and revised, decided provisionally, changed while services run."""

import pytest

from handoff.store import tables
from tests.workflows.story import (
    accepted,
    accepts,
    approved,
    assessed,
    decided,
    declines,
    drafted,
    planned,
    served,
    visited,
)
from tests.workflows.town import CENTRE, CONFERENCE, HELP, MEALS, SAFETY, Town

URGENT = {**SAFETY, "urgent": True}


@pytest.mark.history("plan-rejected")
async def test_a_plan_rejected_and_revised_too_often_is_escalated_and_goes_on_once_it_is_approved(town: Town) -> None:
    await planned(town)
    for version in (1, 2):
        await decided(town, "rejected", version=version, reason="too-much")
        assert (await town.open_tasks())["draft-plan"] == "coordinator"
        await drafted(town)
    await decided(town, "rejected", version=3, reason="too-little")
    assert (await town.open_tasks())["plan-escalated"] == "team-lead"
    await drafted(town, SAFETY)
    await decided(town, version=4)
    states = [row.state for row in await town.rows(tables.plans)]
    assert states == ["rejected", "rejected", "rejected", "approved"]
    assert [line.state for line in (await town.state()).lines.values()] == ["removed", "removed", "removed", "offered"]


async def test_a_decision_about_another_version_than_the_one_that_awaits_it_is_set_aside(town: Town) -> None:
    await planned(town)
    await decided(town, version=2)
    assert (await town.state()).plan_state == "submitted"
    assert "notice.rejected" in str(await town.letters(CONFERENCE))


@pytest.mark.history("urgent-line")
async def test_an_urgent_line_starts_provisionally_and_is_ratified_by_the_decision(town: Town) -> None:
    await planned(town, URGENT, MEALS)
    [referral] = await town.rows(tables.referrals)
    assert referral.provisional
    provider = await accepts(town)
    await visited(town)
    assert (await town.state()).support_began
    await decided(town)
    assert not (await town.referrals(1))[0].provisional
    assert (await town.offer(2))[1] != provider
    assert (await town.state()).stage == "follow-up"


@pytest.mark.history("urgent-line-undone")
async def test_what_was_offered_provisionally_is_undone_when_the_plan_is_rejected(town: Town) -> None:
    await planned(town, URGENT, MEALS)
    provider = await accepts(town)
    await decided(town, "rejected")
    [referral] = await town.rows(tables.referrals)
    assert (referral.state, referral.reserved) == ("cancelled", 0)
    assert "referral.withdrawn:plan-rejected" in await town.letters(provider)
    assert {line.state for line in (await town.state()).lines.values()} == {"removed"}
    await drafted(town, URGENT)
    assert (await town.offer(3))[0]


@pytest.mark.history("plan-changed")
async def test_a_plan_changed_in_follow_up_keeps_ends_and_begins_lines(town: Town) -> None:
    await approved(town, MEALS, HELP)
    meals, help_ = await accepts(town, 1), await accepts(town, 2)
    await visited(town, 1)
    visit = await town.visit(1)
    await drafted(town, {**MEALS, "keeps": f"{town.case_id}.1"}, SAFETY)
    assert (await town.visit(2)).provider == help_
    await decided(town, version=2)
    states = {name[-1]: line.state for name, line in (await town.state()).lines.items()}
    assert states == {"1": "accepted", "2": "removed", "3": "offered"}
    assert (await town.visit(1)).visit_id == visit.visit_id
    assert [row.state for row in await town.visits(2)] == [
        "unreported"
    ]  # its moment had passed: it may have taken place
    assert "referral.withdrawn:plan-changed" in await town.letters(help_)
    assert "referral.withdrawn:plan-changed" not in await town.letters(meals)


async def test_a_change_that_is_rejected_leaves_the_plan_in_force_as_it_was(town: Town) -> None:
    await served(town)
    await drafted(town, {**MEALS, "keeps": f"{town.case_id}.1"}, SAFETY)
    await decided(town, "rejected", version=2)
    states = {name[-1]: line.state for name, line in (await town.state()).lines.items()}
    assert states == {"1": "accepted", "2": "removed"}
    assert (await town.visit(1)).state == "scheduled"
    assert [row.state for row in await town.rows(tables.plans)] == ["approved", "rejected"]


async def test_a_service_delivered_provisionally_stays_delivered_when_its_plan_is_rejected(town: Town) -> None:
    await planned(town, URGENT)
    await accepts(town)
    await visited(town)
    await decided(town, "rejected")
    assert [line.state for line in (await town.state()).lines.values()] == ["completed"]


async def test_an_urgent_line_new_in_a_rejected_change_is_undone_and_the_lines_in_force_stay(town: Town) -> None:
    await approved(town, MEALS, HELP)
    await accepts(town, 1)
    kept = [{**MEALS, "keeps": f"{town.case_id}.1"}, {**HELP, "keeps": f"{town.case_id}.2"}]
    await drafted(town, *kept, URGENT)
    provider = await accepts(town, 3)
    await decided(town, "rejected", version=2)
    assert "referral.withdrawn:plan-rejected" in await town.letters(provider)
    states = {name[-1]: line.state for name, line in (await town.state()).lines.items()}
    assert states == {"1": "accepted", "2": "offered", "3": "removed"}


async def test_a_line_in_force_that_is_declined_while_a_change_awaits_its_decision_is_offered_on(town: Town) -> None:
    await approved(town, MEALS)
    await drafted(town, {**MEALS, "keeps": f"{town.case_id}.1"}, SAFETY)
    first = await declines(town)
    assert (await town.offer())[1] != first
    assert await town.referrals(2) == []


@pytest.mark.history("plan-changed-by-the-conference")
async def test_the_deciding_bodys_own_version_is_in_force_by_the_same_word(town: Town) -> None:
    await planned(town)
    await town.tells("plan.changed", CONFERENCE, town.case_id, lines=[SAFETY])
    case = await town.state()
    assert case.approved
    assert {name[-1]: line.state for name, line in case.lines.items()} == {"1": "removed", "2": "offered"}
    assert [row.state for row in await town.rows(tables.plans)] == ["replaced", "approved"]


async def test_the_deciding_body_changes_a_plan_that_runs(town: Town) -> None:
    await served(town)
    await town.tells("plan.changed", CONFERENCE, town.case_id, lines=[{**MEALS, "keeps": f"{town.case_id}.1"}, SAFETY])
    states = {name[-1]: line.state for name, line in (await town.state()).lines.items()}
    assert states == {"1": "accepted", "2": "offered"}


async def test_a_plan_with_an_unknown_service_is_refused_with_its_place_and_may_be_sent_again(town: Town) -> None:
    await assessed(town)
    await drafted(town, {"service": "moon-walk"})
    assert "notice.rejected" in str(await town.letters(CENTRE))
    assert (await town.state()).plan_state == ""
    await drafted(town)
    assert (await town.state()).plan_state == "submitted"


async def test_a_refused_change_leaves_the_version_that_awaits_its_decision(town: Town) -> None:
    await planned(town)
    await town.tells("plan.changed", CONFERENCE, town.case_id, lines=[{"service": "moon-walk"}])
    assert (await town.state()).plan_state == "submitted"
    await decided(town, version=1)
    assert (await town.state()).approved


async def test_a_plan_and_its_approval_that_come_together_both_count(town: Town) -> None:
    await assessed(town)
    case = town.case_id
    await town.tell_together(
        ("plan.drafted", CENTRE, case, {"lines": [MEALS]}), ("plan.approved", CONFERENCE, case, {"version": 1})
    )
    assert (await town.state()).plan_state == "approved"
    assert await town.offer()
    assert "set_aside" not in await town.said()
    assert "notice.rejected" not in str(await town.letters(CONFERENCE))


async def test_an_assessment_its_plan_and_the_approval_that_come_together_all_count(town: Town) -> None:
    await town.hospital_tells(consent=True)
    case = town.case_id
    await town.tell_together(
        ("presurvey.completed", CENTRE, case, {"score": 3, "complex_need": True}),
        ("plan.drafted", CENTRE, case, {"lines": [MEALS]}),
        ("plan.approved", CONFERENCE, case, {"version": 1}),
    )
    assert (await town.state()).plan_state == "approved"
    assert await town.offer()
    assert "set_aside" not in await town.said()


async def test_a_second_plan_that_comes_with_the_first_waits_for_the_decision_on_it(town: Town) -> None:
    await assessed(town)
    case = town.case_id
    await town.tell_together(
        ("plan.drafted", CENTRE, case, {"lines": [MEALS]}),
        ("plan.drafted", CENTRE, case, {"lines": [SAFETY]}),
        ("plan.approved", CONFERENCE, case, {}),
    )
    state = await town.state()
    assert (state.plan, state.plan_state) == (1, "approved")
    assert "notice.rejected" in str(await town.letters(CENTRE))


async def test_a_plan_and_its_rejection_that_come_together_are_revised(town: Town) -> None:
    await assessed(town)
    case = town.case_id
    await town.tell_together(
        ("plan.drafted", CENTRE, case, {"lines": [{**MEALS, "urgent": True}]}),
        ("plan.rejected", CONFERENCE, case, {"reason": "too-much"}),
    )
    assert (await town.state()).plan_state == "rejected"
    assert (await town.line()).state == "removed"
    assert (await town.open_tasks())["draft-plan"] == "coordinator"


async def test_a_decision_that_comes_with_a_plan_nobody_can_read_is_set_aside(town: Town) -> None:
    await assessed(town)
    case = town.case_id
    await town.tell_together(
        ("plan.drafted", CENTRE, case, {"lines": [{"service": "moon-walk"}]}), ("plan.approved", CONFERENCE, case, {})
    )
    assert (await town.said())[-1] == "set_aside"
    assert "notice.rejected" in str(await town.letters(CONFERENCE))
    await drafted(town)
    await decided(town)
    assert (await town.state()).approved


async def test_a_plan_its_decision_and_the_persons_death_that_come_together_count_in_their_order(town: Town) -> None:
    await assessed(town)
    case = town.case_id
    draft = town.word("plan.drafted", CENTRE, case, {"lines": [MEALS]})
    approval = town.word("plan.approved", CONFERENCE, case, {})
    await town.arrive(draft, approval, town.hospital_word("person.died"))
    await town.passes(hours=25)
    assert await town.ended() == "outcome-died"
    said = await town.said()
    assert said.index("plan_submitted") < said.index("plan_approved") < said.index("closed")


async def test_a_decision_may_come_as_a_persons_action(town: Town) -> None:
    await assessed(town)
    done = await town.acts("plan.drafted", body={"lines": [MEALS]})
    assert done.verdicts == ["submitted"]
    done = await town.acts("plan.approved", quantity=1)
    assert done.milestones == ["plan_approved", "next_check_planned"]
    assert await town.offer()


async def test_plan_and_decision_that_come_together_are_both_heard(town: Town) -> None:
    await assessed(town)
    await town.tell_together(
        ("plan.drafted", CENTRE, town.case_id, {"lines": [MEALS]}),
        ("plan.approved", CONFERENCE, town.case_id, {"version": 1}),
    )
    case = await town.state()
    assert case.plan_state in ("submitted", "approved")


async def test_a_need_that_changed_asks_for_a_new_plan(town: Town) -> None:
    await served(town)
    await town.until((await town.clock("check:day-3")).due_at)
    await town.tells("check.completed", CENTRE, f"{town.case_id}.day-3", result="worse")
    assert (await town.open_tasks())["draft-plan"] == "coordinator"
    assert await town.clock("plan-revision")


async def test_a_rejected_line_that_was_partly_accepted_falls_with_its_rest(town: Town) -> None:
    await planned(town, {**MEALS, "urgent": True})
    offer, provider = await town.offer()
    await town.tells("referral.partly-accepted", provider, offer, quantity=2)
    await decided(town, "rejected")
    assert {line.state for line in (await town.state()).lines.values()} == {"removed"}
    assert {row.reserved for row in await town.rows(tables.referrals)} == {0}


async def test_an_accepted_line_whose_plan_is_replaced_loses_its_provider(town: Town) -> None:
    provider = await accepted(town)
    await drafted(town, SAFETY)
    await decided(town, version=2)
    assert "referral.withdrawn:plan-changed" in await town.letters(provider)
