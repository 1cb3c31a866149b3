"""The assessment of needs: the pre-survey, the insurer's determination, and the re-survey after a return from hospital.

A case has no assessment before consent. Our own survey, or the determination, decides whether a plan may be written.
"""

from collections.abc import Mapping

from handoff.case.messages import CaseEvent, Milestone, MilestoneResult
from handoff.case.state import CaseState, Learning, Refusal, Taken, Transition, milestone_for
from handoff.vocabulary.states import AssessmentRoute, Consent, Eligibility
from handoff.vocabulary.words import EventKind, MilestoneName


def surveyed(case: CaseState, event: CaseEvent) -> Taken:
    """Record a survey: the re-survey if the person has returned from hospital, otherwise the pre-survey."""
    if case.resurvey:
        case.resurvey = ""
        return [milestone_for(event, MilestoneName.RESURVEY_RECORDED)]
    if case.consent != Consent.GIVEN:
        return Refusal("no-consent", "Ask the person for consent first, and record it with `consent --give`.")
    if case.route:
        return Refusal("not-awaited", "The pre-survey is recorded already.")
    case.route = "awaited"
    return [milestone_for(event, MilestoneName.PRESURVEY_RECORDED)]


def determined(case: CaseState, event: CaseEvent) -> Taken:
    """Record the insurer's determination. After a joint visit it comes without a pre-survey."""
    if case.consent != Consent.GIVEN:
        return Refusal("no-consent", "Ask the person for consent first, and record it with `consent --give`.")
    if case.assessed == Eligibility.ELIGIBLE:
        return Refusal("not-awaited", "The assessment is done. If the needs have changed, write a new plan.")
    case.route = case.route or AssessmentRoute.DETERMINATION
    case.assessed = "awaited"
    return [milestone_for(event, MilestoneName.DETERMINATION_RECORDED)]


def learn_survey(case: CaseState, _milestone: Milestone, result: MilestoneResult) -> None:
    """Set the route that the survey leads to. If we survey ourselves, the assessment is done."""
    case.route = result.verdict
    if result.verdict == AssessmentRoute.OWN_SURVEY:
        case.assessed = Eligibility.ELIGIBLE


def learn_determination(case: CaseState, _milestone: Milestone, result: MilestoneResult) -> None:
    """Set the result of the determination. The assessment is done."""
    case.assessed = result.verdict


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.PRESURVEY_COMPLETED: surveyed,
    EventKind.DETERMINATION_RETURNED: determined,
}


RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.PRESURVEY_RECORDED: learn_survey,
    MilestoneName.DETERMINATION_RECORDED: learn_determination,
}
