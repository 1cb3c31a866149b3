"""Readmission: the person is in hospital again, and the case waits (DOMAIN §2, 4 and 5).

It goes on after the next discharge, or after a cancelled admission. If the stay is long, providers no longer hold their
places, and the lines are offered again.
"""

from collections.abc import Mapping

from handoff.case.messages import CaseEvent, Milestone, MilestoneResult
from handoff.case.release import learn_release
from handoff.case.state import CaseState, Expiry, Learning, Taken, Transition, milestone_for
from handoff.case.stays import of_another_admission
from handoff.vocabulary.states import LineState, Standing
from handoff.vocabulary.words import EventKind, LimitName, MilestoneName

NEVER_ADMITTED = "cancelled"  # code of `resumed`: the admission was reported by mistake


def returned(case: CaseState, event: CaseEvent) -> Milestone:
    """The person is discharged again, so the case goes on. `discharge.noticed` calls this: a notice reports it."""
    case.stands, case.resurvey, case.admitted_at, case.admissions = "", event.name, None, {}
    case.discharged_at = event.until or case.discharged_at
    return milestone_for(event, MilestoneName.RESUMED)


def admitted(case: CaseState, event: CaseEvent) -> Taken:
    """Suspend the case. A late report of the stay that the discharge ended changes nothing.

    An admission without a moment of its own counts from when it was reported.
    """
    if case.stands or case.discharged_at is None:
        return [milestone_for(event, MilestoneName.NOTED, why="not-a-readmission")]
    if (event.until or event.at) < case.discharged_at:
        return [milestone_for(event, MilestoneName.NOTED, why="admission-before-discharge")]
    case.stands, case.admitted_at = Standing.READMITTED, event.until or event.at
    case.admissions = {event.who: event.stay} if event.stay else {}
    for line in case.lines.values():
        if line.state == LineState.OFFERED:
            line.needs_offer(event.name)
    case.forget_visits(event.name)
    return [milestone_for(event, MilestoneName.SUSPENDED)]


def admission_cancelled(case: CaseState, event: CaseEvent) -> Taken:
    """Resume the case: the admission was reported by mistake, so nobody is surveyed again."""
    if case.stands != Standing.READMITTED:
        return [milestone_for(event, MilestoneName.NOTED, why="not-readmitted")]
    if of_another_admission(case, event):
        return [milestone_for(event, MilestoneName.NOTED, why="another-stay")]
    case.stands, case.admitted_at, case.admissions = "", None, {}
    return [milestone_for(event, MilestoneName.RESUMED, code=NEVER_ADMITTED)]


def learn_return(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Plan a new visit for each line that kept its provider. The earlier visits were cancelled."""
    for kept in result.lines:
        line = case.lines[kept.line]
        line.visit, line.visit_cause = "", milestone.key


def hold_expired(case: CaseState, _subject: str, cause: str) -> MilestoneName:
    """Providers no longer hold their places. The accepted lines are offered again."""
    for line in case.lines.values():
        if line.state == LineState.ACCEPTED:
            line.needs_offer(cause)
    return MilestoneName.HOLD_EXPIRED


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.ADMISSION_OCCURRED: admitted,
    EventKind.ADMISSION_CANCELLED: admission_cancelled,
}


RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.SUSPENDED: learn_release,
    MilestoneName.HOLD_EXPIRED: learn_release,
    MilestoneName.RESUMED: learn_return,
}


EXPIRIES: Mapping[LimitName, Expiry] = {
    LimitName.READMISSION_HOLD: hold_expired,
}
