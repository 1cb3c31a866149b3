"""Needs: the pre-survey, the determination, the re-survey after a return."""

from collections.abc import Mapping

from handoff.case.messages import CaseEvent, Milestone, MilestoneResult
from handoff.case.state import CaseState, Learning, Refusal, Taken, Transition, milestone_for
from handoff.vocabulary.states import AssessmentRoute, Consent, Eligibility
from handoff.vocabulary.words import EventKind, MilestoneName


def surveyed(case: CaseState, event: CaseEvent) -> Taken:
    """Take up the pre-survey; after a return it is the short re-survey."""
    if case.resurvey:
        case.resurvey = ""
        return [milestone_for(event, MilestoneName.RESURVEY_RECORDED)]
    if case.consent != Consent.GIVEN:
        return Refusal("no-consent", "Nobody may be assessed before consent: obtain it with `consent --give`.")
    if case.route:
        return Refusal("not-awaited", "The pre-survey is in already.")
    case.route = "awaited"
    return [milestone_for(event, MilestoneName.PRESURVEY_RECORDED)]


def determined(case: CaseState, event: CaseEvent) -> Taken:
    """Take up the insurer's determination; it may also come of a joint visit, without a pre-survey."""
    if case.consent != Consent.GIVEN:
        return Refusal("no-consent", "Nobody may be assessed before consent: obtain it with `consent --give`.")
    if case.assessed == Eligibility.ELIGIBLE:
        return Refusal("not-awaited", "The assessment is done already; a change of need is a new plan.")
    case.route = case.route or AssessmentRoute.DETERMINATION
    case.assessed = "awaited"
    return [milestone_for(event, MilestoneName.DETERMINATION_RECORDED)]


def learn_survey(case: CaseState, _milestone: Milestone, result: MilestoneResult) -> None:
    """Take in the route that the survey leads to; our own survey is the assessment."""
    case.route = result.verdict
    if result.verdict == AssessmentRoute.OWN_SURVEY:
        case.assessed = Eligibility.ELIGIBLE


def learn_determination(case: CaseState, _milestone: Milestone, result: MilestoneResult) -> None:
    """Take in the determination: the assessment is done."""
    case.assessed = result.verdict


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.PRESURVEY_COMPLETED: surveyed,
    EventKind.DETERMINATION_RETURNED: determined,
}


RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.PRESURVEY_RECORDED: learn_survey,
    MilestoneName.DETERMINATION_RECORDED: learn_determination,
}
