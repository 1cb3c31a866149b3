"""What assessors and the deciding body tell: surveys, determinations, plans and decisions."""

from handoff.case import Case, Refusal, entry
from handoff.milestones import Entry, Told

Taken = list[Entry] | Refusal


def surveyed(case: Case, told: Told) -> Taken:
    """Take up the pre-survey; after a return it is the short re-survey."""
    if case.resurvey:
        case.resurvey = ""
        return [entry(told, "resurvey_recorded")]
    if case.consent != "given":
        return Refusal("no-consent", "Nobody may be assessed before consent: obtain it with `consent --give`.")
    if case.route:
        return Refusal("not-awaited", "The pre-survey is in already.")
    case.route = "awaited"
    return [entry(told, "presurvey_recorded")]


def determined(case: Case, told: Told) -> Taken:
    """Take up the insurer's determination; it may also come of a joint visit, without a pre-survey."""
    if case.consent != "given":
        return Refusal("no-consent", "Nobody may be assessed before consent: obtain it with `consent --give`.")
    if case.assessed == "eligible":
        return Refusal("not-awaited", "The assessment is done already; a change of need is a new plan.")
    case.route = case.route or "determination"
    case.assessed = "awaited"
    return [entry(told, "determination_recorded")]


def drafted(case: Case, told: Told) -> Taken:
    """Take up a plan, or a new version of it."""
    if case.assessed != "eligible":
        return Refusal("not-assessed", "A plan follows the assessment, which is not in yet.")
    if case.plan_state in ("drafted", "submitted"):
        return Refusal("plan-awaits-decision", "The version before awaits its decision; decide it first.")
    case.plan_state = "drafted"
    return [entry(told, "plan_submitted")]


def changed(case: Case, told: Told) -> Taken:
    """The deciding body writes a version of its own: it is submitted and, once it stands, approved by the same word."""
    if case.assessed != "eligible":
        return Refusal("not-assessed", "A plan follows the assessment, which is not in yet.")
    case.plan_state, case.change = "drafted", told
    return [entry(told, "plan_submitted")]


def _decidable(case: Case, told: Told) -> Refusal | None:
    if case.plan_state != "submitted":
        return Refusal("not-awaited", "No plan awaits a decision.")
    if told.quantity and told.quantity != case.plan:
        return Refusal("other-version", f"Version {case.plan} awaits the decision, not version {told.quantity}.")
    return None


def approved(case: Case, told: Told) -> Taken:
    """One word of the deciding body: lines not in this version end, urgent ones are ratified, the others begin."""
    if refusal := _decidable(case, told):
        return refusal
    case.plan_state, case.approvals = "approved", case.approvals + 1
    for line in case.lines.values():
        if not line.over and line.line not in case.proposed and line.root not in case.proposed:
            line.state, line.visit = "removed", ""
    case.proposed, case.kept, case.reviewed = [], [], False
    return [entry(told, "plan_approved", subject=case.case)]


def rejected(case: Case, told: Told) -> Taken:
    """The version falls, and what was offered provisionally is undone; lines of a plan in force stay."""
    if refusal := _decidable(case, told):
        return refusal
    case.plan_state = "rejected"
    for line in case.lines.values():
        if not line.over and case.awaits_decision(line):
            line.state, line.visit = "removed", ""
    case.proposed, case.kept = [], []
    return [entry(told, "plan_rejected", subject=case.case)]
