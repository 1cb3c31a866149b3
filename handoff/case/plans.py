"""Plans: drafted, decided, changed by the deciding body."""

from collections.abc import Mapping

from handoff.case.line import line_from
from handoff.case.messages import CaseEvent, Milestone, MilestoneResult
from handoff.case.state import CaseState, Learning, Refusal, Taken, Transition, milestone_for
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.states import Eligibility, LineState, PlanState
from handoff.vocabulary.words import EventKind, MilestoneName


def drafted(case: CaseState, event: CaseEvent) -> Taken:
    """Take up a plan, or a new version of it."""
    if case.assessed != Eligibility.ELIGIBLE:
        return Refusal("not-assessed", "A plan follows the assessment, which is not in yet.")
    if case.plan_state in (PlanState.DRAFTED, PlanState.SUBMITTED):
        return Refusal("plan-awaits-decision", "The version before awaits its decision; decide it first.")
    case.plan_state = PlanState.DRAFTED
    return [milestone_for(event, MilestoneName.PLAN_SUBMITTED)]


def changed(case: CaseState, event: CaseEvent) -> Taken:
    """The deciding body writes a version of its own: it is submitted and, once it stands, approved by the same word."""
    if case.assessed != Eligibility.ELIGIBLE:
        return Refusal("not-assessed", "A plan follows the assessment, which is not in yet.")
    case.plan_state, case.change = PlanState.DRAFTED, event
    return [milestone_for(event, MilestoneName.PLAN_SUBMITTED)]


def _decidable(case: CaseState, event: CaseEvent) -> Refusal | None:
    if case.plan_state != PlanState.SUBMITTED:
        return Refusal("not-awaited", "No plan awaits a decision.")
    if event.quantity and event.quantity != case.plan:
        return Refusal("other-version", f"Version {case.plan} awaits the decision, not version {event.quantity}.")
    return None


def approved(case: CaseState, event: CaseEvent) -> Taken:
    """One word of the deciding body: lines not in this version end, urgent ones are ratified, the others begin."""
    if refusal := _decidable(case, event):
        return refusal
    case.plan_state, case.approvals = PlanState.APPROVED, case.approvals + 1
    for line in case.lines.values():
        if not line.over and line.line not in case.proposed and line.root not in case.proposed:
            line.state, line.visit = LineState.REMOVED, ""
    case.proposed, case.kept, case.reviewed = [], [], False
    return [milestone_for(event, MilestoneName.PLAN_APPROVED, subject=case.case)]


def rejected(case: CaseState, event: CaseEvent) -> Taken:
    """The version falls, and what was offered provisionally is undone; lines of a plan in force stay."""
    if refusal := _decidable(case, event):
        return refusal
    case.plan_state = PlanState.REJECTED
    for line in case.lines.values():
        if not line.over and case.awaits_decision(line):
            line.state, line.visit = LineState.REMOVED, ""
    case.proposed, case.kept = [], []
    return [milestone_for(event, MilestoneName.PLAN_REJECTED, subject=case.case)]


def learn_submission(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Take in the version that awaits its decision, with its lines; a refused one leaves the version before."""
    if result.verdict == Verdict.REFUSED:
        before = PlanState.SUBMITTED if case.proposed else PlanState.APPROVED if case.approved else ""
        case.plan_state, case.change = before, None
        return
    case.plan, case.plan_state = int(result.subject), PlanState.SUBMITTED
    case.proposed = [told.line for told in result.lines]
    case.kept = [told.line for told in result.lines if told.keeps]
    for told in result.lines:
        case.lines.setdefault(told.line, line_from(told, milestone.key))


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.PLAN_DRAFTED: drafted,
    EventKind.PLAN_APPROVED: approved,
    EventKind.PLAN_REJECTED: rejected,
    EventKind.PLAN_CHANGED: changed,
}


RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.PLAN_SUBMITTED: learn_submission,
}
