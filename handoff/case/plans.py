"""Plans: a version is drafted and submitted, and the deciding body approves it, rejects it, or writes its own version.

The lines of an approved version are offered to providers.
"""

from collections.abc import Mapping
from dataclasses import replace

from handoff.case.line import line_from
from handoff.case.messages import CaseEvent, Milestone, MilestoneResult
from handoff.case.state import CaseState, Learning, Refusal, Taken, Transition, milestone_for
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.states import Eligibility, LineState, PlanState
from handoff.vocabulary.words import EventKind, MilestoneName

NOT_ASSESSED = Refusal("not-assessed", "A plan may only follow the assessment, which is not done yet.")


def drafted(case: CaseState, event: CaseEvent) -> Taken:
    """Submit a plan, or a new version of it."""
    if case.assessed != Eligibility.ELIGIBLE:
        return NOT_ASSESSED
    if case.plan_state in (PlanState.DRAFTED, PlanState.SUBMITTED):
        return Refusal(
            "plan-awaits-decision", "The previous version of the plan awaits its decision. Record that decision first."
        )
    case.plan_state = PlanState.DRAFTED
    return [milestone_for(event, MilestoneName.PLAN_SUBMITTED)]


def changed(case: CaseState, event: CaseEvent) -> Taken:
    """Submit the version that the deciding body wrote. It is approved as soon as it is written."""
    if case.assessed != Eligibility.ELIGIBLE:
        return NOT_ASSESSED
    case.plan_state, case.change = PlanState.DRAFTED, event
    return [milestone_for(event, MilestoneName.PLAN_SUBMITTED)]


def _decidable(case: CaseState, event: CaseEvent) -> Refusal | None:
    if case.plan_state != PlanState.SUBMITTED:
        return Refusal("not-awaited", "No plan awaits a decision.")
    if event.quantity and event.quantity != case.plan:
        return Refusal("other-version", f"Version {case.plan} awaits the decision, not version {event.quantity}.")
    return None


def approved(case: CaseState, event: CaseEvent) -> Taken:
    """Put the submitted version in force. Lines that are not in it end; its lines may be offered."""
    if refusal := _decidable(case, event):
        return refusal
    case.plan_state, case.approvals = PlanState.APPROVED, case.approvals + 1
    for line in case.lines.values():
        if not line.over and line.line not in case.proposed and line.root not in case.proposed:
            line.state, line.visit = LineState.REMOVED, ""
    case.proposed, case.kept, case.reviewed = [], [], False
    return [replace(milestone_for(event, MilestoneName.PLAN_APPROVED), subject=case.case)]


def rejected(case: CaseState, event: CaseEvent) -> Taken:
    """Reject the submitted version. Its new lines end, also those offered already; lines of a plan in force stay."""
    if refusal := _decidable(case, event):
        return refusal
    case.plan_state = PlanState.REJECTED
    for line in case.lines.values():
        if not line.over and case.awaits_decision(line):
            line.state, line.visit = LineState.REMOVED, ""
    case.proposed, case.kept = [], []
    return [replace(milestone_for(event, MilestoneName.PLAN_REJECTED), subject=case.case)]


def learn_submission(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Set the submitted version and its lines. If the record refused the draft, the previous version stays."""
    if result.verdict == Verdict.REFUSED:
        before = PlanState.SUBMITTED if case.proposed else PlanState.APPROVED if case.approved else ""
        case.plan_state, case.change = before, None
        return
    case.plan, case.plan_state = int(result.subject), PlanState.SUBMITTED
    case.proposed = [line.line for line in result.lines]
    case.kept = [line.line for line in result.lines if line.keeps]
    for line in result.lines:
        case.lines.setdefault(line.line, line_from(line, milestone.key))


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.PLAN_DRAFTED: drafted,
    EventKind.PLAN_APPROVED: approved,
    EventKind.PLAN_REJECTED: rejected,
    EventKind.PLAN_CHANGED: changed,
}


RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.PLAN_SUBMITTED: learn_submission,
}
