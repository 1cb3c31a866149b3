"""Plans: drafted, decided, changed by the deciding body."""

from handoff.case.line import line_from
from handoff.case.messages import CaseEvent, Milestone, MilestoneResult
from handoff.case.state import CaseState, Refusal, Taken, milestone_for


def drafted(case: CaseState, event: CaseEvent) -> Taken:
    """Take up a plan, or a new version of it."""
    if case.assessed != "eligible":
        return Refusal("not-assessed", "A plan follows the assessment, which is not in yet.")
    if case.plan_state in ("drafted", "submitted"):
        return Refusal("plan-awaits-decision", "The version before awaits its decision; decide it first.")
    case.plan_state = "drafted"
    return [milestone_for(event, "plan_submitted")]


def changed(case: CaseState, event: CaseEvent) -> Taken:
    """The deciding body writes a version of its own: it is submitted and, once it stands, approved by the same word."""
    if case.assessed != "eligible":
        return Refusal("not-assessed", "A plan follows the assessment, which is not in yet.")
    case.plan_state, case.change = "drafted", event
    return [milestone_for(event, "plan_submitted")]


def _decidable(case: CaseState, event: CaseEvent) -> Refusal | None:
    if case.plan_state != "submitted":
        return Refusal("not-awaited", "No plan awaits a decision.")
    if event.quantity and event.quantity != case.plan:
        return Refusal("other-version", f"Version {case.plan} awaits the decision, not version {event.quantity}.")
    return None


def approved(case: CaseState, event: CaseEvent) -> Taken:
    """One word of the deciding body: lines not in this version end, urgent ones are ratified, the others begin."""
    if refusal := _decidable(case, event):
        return refusal
    case.plan_state, case.approvals = "approved", case.approvals + 1
    for line in case.lines.values():
        if not line.over and line.line not in case.proposed and line.root not in case.proposed:
            line.state, line.visit = "removed", ""
    case.proposed, case.kept, case.reviewed = [], [], False
    return [milestone_for(event, "plan_approved", subject=case.case)]


def rejected(case: CaseState, event: CaseEvent) -> Taken:
    """The version falls, and what was offered provisionally is undone; lines of a plan in force stay."""
    if refusal := _decidable(case, event):
        return refusal
    case.plan_state = "rejected"
    for line in case.lines.values():
        if not line.over and case.awaits_decision(line):
            line.state, line.visit = "removed", ""
    case.proposed, case.kept = [], []
    return [milestone_for(event, "plan_rejected", subject=case.case)]


def learn_submission(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Take in the version that awaits its decision, with its lines; a refused one leaves the version before."""
    if result.verdict == "refused":
        before = "submitted" if case.proposed else "approved" if case.approved else ""
        case.plan_state, case.change = before, None
        return
    case.plan, case.plan_state = int(result.subject), "submitted"
    case.proposed = [told.line for told in result.lines]
    case.kept = [told.line for told in result.lines if told.keeps]
    for told in result.lines:
        case.lines.setdefault(told.line, line_from(told, milestone.key))
