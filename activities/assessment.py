"""Writes the assessment of needs: the pre-survey, the insurer's determination, the re-survey after a return.

An assessor with a topic is asked by letter. If it has no topic, somebody calls it: the request is a task.
"""

from collections.abc import Mapping
from typing import Any

from activities.case_clocks import clock_name
from activities.case_session import CaseSession, Writer
from activities.lookup_news import records_for_caller, remember_records
from activities.outgoing import assessment_requested as ask_assessor
from activities.promise import follow, unpromised
from activities.screening import ask_eligibility, screened
from handoff.case.messages import Due, Milestone, MilestoneResult
from handoff.rules.eligibility import Found
from handoff.rules.routes import route
from handoff.store.record.assessments import AssessmentRow
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.states import AssessmentRoute, Consent, Eligibility, Stage, Survey
from handoff.vocabulary.words import MilestoneName


def assessment_requested(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Request the pre-survey from the community centre of the district."""
    session.case.stage = Stage.ASSESSMENT
    request(session, LimitName.PRESURVEY, Survey.PRESURVEY, session.profile.assessor_of(session.case.district))
    return session.result()


def presurvey_recorded(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store the pre-survey, and screen the person again with its answers.

    Verdict: the route that the municipality's table has for the score (guide, own-survey, determination). After our own
    survey of a person who is not eligible, as far as we know: `not-eligible` or `undetermined`.
    """
    answers, before = findings(session, Survey.PRESURVEY), unpromised(session)
    way = route(milestone.quantity, session.profile)
    _answered(session, LimitName.PRESURVEY)
    _no_longer_doubted(session)
    _write(session, Survey.PRESURVEY, way, answers)
    # A person who is not only guided to other help has a complex need, unless the survey says otherwise.
    need = answers.get("complex_need")
    findings_of_need = Found(
        answers.get("severe_disability"),
        answers.get("group") or "",
        way != AssessmentRoute.GUIDE if need is None else need,
    )
    screening = screened(session, findings_of_need)
    follow(session, before)
    if way == AssessmentRoute.GUIDE:
        session.ask(TaskKind.GUIDE, session.start(LimitName.CONTACT_ATTEMPT, TaskKind.GUIDE))
    elif way == AssessmentRoute.OWN_SURVEY and screening.eligibility != Eligibility.ELIGIBLE:
        ask_eligibility(session, screening)
        return session.result(screening.eligibility)
    elif way == AssessmentRoute.OWN_SURVEY:
        _eligible(session)
    return session.result(way)


def determination_recorded(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store the determination, or a person's own decision. It sets the eligibility.

    Verdict: `eligible` or `not-eligible`.
    """
    answers, before = findings(session, Survey.DETERMINATION), unpromised(session)
    _answered(session, LimitName.PRESURVEY, LimitName.DETERMINATION)
    _no_longer_doubted(session)
    _write(session, Survey.DETERMINATION, milestone.code, answers)
    session.case.eligibility = milestone.code
    follow(session, before)
    if milestone.code == Eligibility.ELIGIBLE:
        _eligible(session)
        return session.result(milestone.code)
    due = session.start(LimitName.CONTACT_ATTEMPT, TaskKind.ELIGIBILITY)
    session.ask(TaskKind.ELIGIBILITY, due, about={"eligibility": milestone.code, "reasons": ["determined"]})
    return session.result(milestone.code)


def determination_requested(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Request the determination from the insurer."""
    request(session, LimitName.DETERMINATION, Survey.DETERMINATION, session.profile.insurer)
    return session.result()


def resurvey_requested(session: CaseSession, _milestone: Milestone) -> MilestoneResult | None:
    """Request the re-survey after a return. None: there is no consent."""
    if session.case.consent != Consent.GIVEN:
        return None
    request(session, LimitName.RESURVEY, next_resurvey(session), session.profile.assessor_of(session.case.district))
    return session.result()


def resurvey_recorded(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Store the re-survey. If the needs have changed, a person drafts a new plan."""
    answers = session.body().get("found") or {}
    _answered(session, LimitName.RESURVEY)
    _write(session, next_resurvey(session), "resurveyed", answers)
    return session.result()


def request(session: CaseSession, limit: LimitName, assessment: str, assessor: str) -> Due:
    """Request an assessment by letter, or by a task if the assessor has no topic. Returns the clock of the request."""
    due = session.start(limit, owner=assessor if session.reaches(assessor) else "")
    if not ask_assessor(session, assessor, assessment, due.due_at):
        about = {"assessment": assessment, "assessor": assessor}
        records = {} if assessor != session.profile.insurer else records_for_caller(session)
        session.ask(limit.row.tasks[0], due, about=about | records)
    if assessor == session.profile.insurer:
        remember_records(session)
    return due


def next_resurvey(session: CaseSession) -> str:
    """The key of the next re-survey: resurvey-1, resurvey-2, ..."""
    return f"{Survey.RESURVEY}-{sum(key.startswith(Survey.RESURVEY) for key in session.assessments.all()) + 1}"


def findings(session: CaseSession, survey: Survey) -> dict[str, Any]:
    """What the survey of this milestone found. A correction leaves as it is what it does not name."""
    earlier = session.assessments.all().get(survey) if session.milestone.corrects else None
    return {**(earlier.found if earlier else {}), **(session.body().get("found") or {})}


def _answered(session: CaseSession, *limits: LimitName) -> None:
    session.stop(*limits)
    session.answered(*(limit.row.tasks[0] for limit in limits))


def _no_longer_doubted(session: CaseSession) -> None:
    doubts = TaskKind.ELIGIBILITY, TaskKind.GUIDE
    session.stop(*(clock_name(LimitName.CONTACT_ATTEMPT, kind) for kind in doubts))
    session.answered(*doubts)


def _write(session: CaseSession, key: str, result: str, answers: Mapping[str, Any]) -> None:
    milestone, earlier = session.milestone, session.assessments.all().get(key)
    if earlier:
        earlier.assessor, earlier.score, earlier.result = milestone.who, milestone.quantity, result
        earlier.found, earlier.assessed_at = dict(answers), milestone.at
    else:
        session.assessments.add(
            AssessmentRow(
                session.case.case_id, key, milestone.who, milestone.quantity, result, milestone.at, dict(answers)
            )
        )


def _eligible(session: CaseSession) -> None:
    session.case.stage = Stage.PLAN
    due = session.start(LimitName.PLAN)
    session.ask(TaskKind.DRAFT_PLAN, due)


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.ASSESSMENT_REQUESTED: assessment_requested,
    MilestoneName.PRESURVEY_RECORDED: presurvey_recorded,
    MilestoneName.DETERMINATION_RECORDED: determination_recorded,
    MilestoneName.DETERMINATION_REQUESTED: determination_requested,
    MilestoneName.RESURVEY_REQUESTED: resurvey_requested,
    MilestoneName.RESURVEY_RECORDED: resurvey_recorded,
}
