"""Corrections: what was recorded did not happen so, or not then. A correction never changes the record.

It is a milestone of its own, which names the milestone that it corrects. docs/corrections.md says what each undoes.
"""

from collections.abc import Mapping

from handoff.case.line import Line
from handoff.case.messages import CaseEvent, Milestone, MilestoneResult
from handoff.case.state import NO_LINE, CaseState, Learning, Refusal, Taken, Transition, milestone_for
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.states import Eligibility, LineState
from handoff.vocabulary.words import EventKind, MilestoneName

# The milestones that can be corrected, and the events that each may have been instead. The first is its own event.
MAY_BE: Mapping[MilestoneName, tuple[EventKind, ...]] = {
    MilestoneName.CONSENT_GIVEN: (EventKind.CONSENT_GIVEN,),
    MilestoneName.CONSENT_WITHDRAWN: (EventKind.CONSENT_WITHDRAWN,),
    MilestoneName.PRESURVEY_RECORDED: (EventKind.PRESURVEY_COMPLETED,),
    MilestoneName.DETERMINATION_RECORDED: (EventKind.DETERMINATION_RETURNED,),
    MilestoneName.PLAN_APPROVED: (EventKind.PLAN_APPROVED,),
    MilestoneName.PLAN_REJECTED: (EventKind.PLAN_REJECTED,),
    MilestoneName.OFFER_ACCEPTED: (EventKind.REFERRAL_ACCEPTED, EventKind.REFERRAL_DECLINED),
    MilestoneName.OFFER_PARTLY_ACCEPTED: (
        EventKind.REFERRAL_PARTLY_ACCEPTED,
        EventKind.REFERRAL_ACCEPTED,
        EventKind.REFERRAL_DECLINED,
    ),
    MilestoneName.OFFER_DECLINED: (EventKind.REFERRAL_DECLINED, EventKind.REFERRAL_ACCEPTED),
    MilestoneName.VISIT_COMPLETED: (EventKind.VISIT_COMPLETED, EventKind.VISIT_MISSED),
    MilestoneName.VISIT_MISSED: (EventKind.VISIT_MISSED, EventKind.VISIT_COMPLETED),
    MilestoneName.CHECK_COMPLETED: (EventKind.CHECK_COMPLETED, EventKind.CHECK_FAILED),
}
ACCEPTANCES = (EventKind.REFERRAL_ACCEPTED, EventKind.REFERRAL_PARTLY_ACCEPTED)
OF_A_LINE = (
    *ACCEPTANCES,
    EventKind.REFERRAL_DECLINED,
    EventKind.VISIT_COMPLETED,
    EventKind.VISIT_MISSED,
)
# The milestone of each of these events.
RECORDED_AS: Mapping[EventKind, MilestoneName] = {kinds[0]: name for name, kinds in MAY_BE.items()}


def instead(code: str) -> tuple[EventKind | None, str]:
    """The event that occurred instead, and its own code, from the code of a correction: `visit.missed:no-answer`."""
    kind, _, own = code.partition(":")
    return EventKind.known(kind), own


def corrected(case: CaseState, event: CaseEvent) -> Taken:
    """Correct what was recorded. The record knows whether it still can be."""
    kind, _ = instead(event.code)
    if kind is None or not event.corrects:
        return Refusal("nothing-to-correct", "Name what was recorded, and what occurred instead.")
    if kind in OF_A_LINE and case.line_of(event.subject) is None:
        return NO_LINE
    return [milestone_for(event, MilestoneName.CORRECTED, why=event.why)]


def learn_correction(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Apply what the record made of a correction.

    The result of a visit has in `at` when support began, and as `subject` the make-up visit that is not needed. The
    result of an answer has the offer as `subject`. `lines` are those that need another offer.
    """
    if result.verdict == Verdict.GONE:
        return
    kind, _ = instead(milestone.code)
    line = case.line_of(milestone.subject)
    for again in result.lines:
        case.lines[again.line].needs_offer(milestone.key)
        case.reviewed, case.reopened_by = False, milestone.key
    if kind in (EventKind.VISIT_COMPLETED, EventKind.VISIT_MISSED):
        case.support_began = result.at is not None
        _next_visit(line, milestone, result)
        if line and result.verdict == Verdict.OVER:
            line.state, line.visit = LineState.COMPLETED, ""
    elif kind in ACCEPTANCES and line and line.offer != result.subject:
        line.accepted(milestone.key)
        line.offer = result.subject
    elif kind == EventKind.PRESURVEY_COMPLETED and result.verdict != Verdict.CORRECTED:
        case.route = result.verdict
        case.assessed = Eligibility.ELIGIBLE if result.subject else ""
    elif kind == EventKind.DETERMINATION_RETURNED and result.verdict != Verdict.CORRECTED:
        case.assessed = result.verdict


def _next_visit(line: Line | None, milestone: Milestone, result: MilestoneResult) -> None:
    """Look again for the next visit, if the make-up visit is not needed, or the line awaited one that may not be."""
    if line and (line.awaits_name or (result.subject and line.visit == result.subject)):
        line.visit, line.awaits_name, line.visit_cause = "", False, milestone.key


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.RECORD_CORRECTED: corrected,
}

RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.CORRECTED: learn_correction,
}
