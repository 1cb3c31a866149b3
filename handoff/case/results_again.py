"""Applies the answers of the record once more, in its order: of the assessment, of plans, and of clocks."""

from handoff.case.assessment import learn_determination, learn_survey
from handoff.case.corrections import instead, learn_correction
from handoff.case.plans import learn_submission
from handoff.case.record_rows import RowsOfCase, TimelineRow
from handoff.case.state import CaseState
from handoff.subjects import line_of
from handoff.vocabulary.states import AssessmentRoute, PlanState
from handoff.vocabulary.words import EventKind, MilestoneName

_OF_ASSESSMENT = (EventKind.PRESURVEY_COMPLETED, EventKind.DETERMINATION_RETURNED)


def answered_again(rows: RowsOfCase) -> CaseState:
    """A case that has learned nothing but these answers. Its lines are those that a plan has submitted."""
    case = CaseState(rows.case.case)
    for row in rows.timeline:
        if row.result is None:
            continue
        case.learn(row.result)
        _assessment(case, row)
        _plan(case, row)
    return case


def _assessment(case: CaseState, row: TimelineRow) -> None:
    if row.result is None:
        return
    if row.what == MilestoneName.PRESURVEY_RECORDED:
        learn_survey(case, row.milestone, row.result)
    elif row.what == MilestoneName.DETERMINATION_RECORDED:
        case.route = case.route or AssessmentRoute.DETERMINATION
        learn_determination(case, row.milestone, row.result)
    elif row.what == MilestoneName.CORRECTED and instead(row.code)[0] in _OF_ASSESSMENT:
        learn_correction(case, row.milestone, row.result)


def _plan(case: CaseState, row: TimelineRow) -> None:
    """The last version, and its lines while it awaits its decision, with the rests that were split from them since."""
    if row.result is None:
        return
    if row.what == MilestoneName.PLAN_SUBMITTED:
        learn_submission(case, row.milestone, row.result)
    elif row.what == MilestoneName.PLAN_APPROVED:
        case.plan_state, case.approvals, case.proposed, case.kept = PlanState.APPROVED, case.approvals + 1, [], []
    elif row.what == MilestoneName.PLAN_REJECTED:
        case.plan_state, case.proposed, case.kept = PlanState.REJECTED, [], []
    elif row.what == MilestoneName.OFFER_PARTLY_ACCEPTED and line_of(row.subject) in case.proposed:
        case.proposed += [rest.line for rest in row.result.lines]
