"""The promise to a person: a first service within two days of the discharge, and the checks after it.

It is made to everybody who may become eligible. Nothing is promised to a person who is not eligible, is guided to other
help, or has refused.
"""

from datetime import datetime

from activities.case_session import CaseSession
from activities.release import cancel_checks, check_not_due
from handoff.case.messages import Due
from handoff.rules.schedule import checks_after_discharge
from handoff.store.record.checks import CheckRow
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.states import AssessmentRoute, CheckState, Consent, Eligibility, Survey


def unpromised(session: CaseSession) -> str:
    """Why nothing is promised, as a code; "": the promise holds."""
    if session.case.consent == Consent.REFUSED:
        return Consent.REFUSED
    if session.case.eligibility == Eligibility.NOT_ELIGIBLE:
        return Eligibility.NOT_ELIGIBLE
    surveys = session.assessments.all()
    presurvey, determination = surveys.get(Survey.PRESURVEY), surveys.get(Survey.DETERMINATION)
    guided = presurvey is not None and presurvey.result == AssessmentRoute.GUIDE
    determined = determination is not None and determination.result == Eligibility.ELIGIBLE
    return AssessmentRoute.GUIDE if guided and not determined else ""


def follow(session: CaseSession, before: str) -> None:
    """Stop what was promised, or promise it again, after a survey, a determination or a refusal.

    `before`: `unpromised` before it. What is promised again counts from the discharge.
    """
    if reason := unpromised(session):
        session.stop(LimitName.FIRST_SERVICE)
        session.answered(TaskKind.FIRST_SERVICE_LATE)
        cancel_checks(session, reason, all_of_them=True)
    elif before:
        promise_again(session)
        plan_checks(session)


def promise_again(session: CaseSession) -> None:
    """Let the promise of the first service run again. If it was broken meanwhile, its task comes back at once.

    The clock does not run out twice at one moment, so that nothing else would open the task.
    """
    start_first_service(session)
    clock = session.clocks.all().get(LimitName.FIRST_SERVICE)
    if clock and not clock.paused and clock.due_at <= session.at:
        owner = session.profile.limit(LimitName.FIRST_SERVICE, clock.started_at).escalate_to
        about = {"limit": clock.limit, "waits_for": clock.owner, "overdue": clock.name}
        due = Due(clock.name, clock.due_at, owner=owner)
        session.ask(TaskKind.FIRST_SERVICE_LATE, due, about=about).escalated_at = session.at


def start_first_service(session: CaseSession) -> None:
    """Start the clock of the first service, which counts from the discharge, if it is promised and awaited."""
    if session.discharged and session.case.support_began_at is None and not unpromised(session):
        session.start(LimitName.FIRST_SERVICE, at=session.discharged)


def plan_checks(session: CaseSession) -> bool:
    """Plan the checks after the discharge, or move them to a new date. False: none is promised, or no discharge."""
    if session.discharged is None or unpromised(session):
        return False
    for name, planned_at in checks_after_discharge(session.discharged, session.profile):
        plan_check(session, name, planned_at)
    return True


def plan_check(session: CaseSession, name: str, planned_at: datetime) -> CheckRow:
    """Plan a check, or move it to this moment.

    If the check was made after an earlier discharge, it stays, and a new one is planned under the name `day-3r2`.
    """
    checks = session.checks.all()
    named, again = name, 1
    while (row := checks.get(f"{session.case.case_id}.{named}")) and row.state == CheckState.COMPLETED:
        again += 1
        named = f"{name}r{again}"
    if row is None:
        row = session.checks.add(
            CheckRow(f"{session.case.case_id}.{named}", session.case.case_id, named, CheckState.PLANNED, planned_at)
        )
    else:
        check_not_due(session, row)
        row.state = CheckState.PLANNED
        row.planned_at = planned_at
        row.ended_at = None
        row.result = ""
    owner = session.clocks.owner(LimitName.CHECK, session.at)
    session.clocks.appoint(f"{LimitName.CHECK}:{named}", planned_at, owner, row.check_id)
    return row
