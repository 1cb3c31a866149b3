"""Readmission: the person is in hospital again, and the case waits (DOMAIN §2, 4 and 5).

It goes on after the next discharge, or after a cancelled admission. If the stay is long, providers no longer hold their
places, and the lines are offered again.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from handoff.case.messages import CaseEvent, Milestone
from handoff.case.release import learn_release, learn_return
from handoff.case.state import CaseState, Expiry, Learning, milestone_for
from handoff.case.whereabouts import Whereabouts
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.states import LineState, Standing
from handoff.vocabulary.words import EventKind, MilestoneName

OTHER_MOMENT = "readmitted-at"  # `why` of the note that the readmission began at another moment
NEVER_ADMITTED = "cancelled"  # code of `resumed`: the admission was reported by mistake


def suspended(case: CaseState, event: CaseEvent, admitted_at: datetime) -> Milestone:
    """Suspend the case: the person is in hospital again. Offers that were not accepted are withdrawn."""
    case.stands, case.admitted_at = Standing.READMITTED, admitted_at
    for line in case.lines.values():
        if line.state == LineState.OFFERED:
            line.needs_offer(event.name)
    case.forget_visits(event.name)
    at = event.occurred_at(admitted_at)
    return replace(milestone_for(event, MilestoneName.SUSPENDED), at=at, until=admitted_at)


def readmitted_at(case: CaseState, event: CaseEvent, admitted_at: datetime) -> Milestone:
    """Note another moment at which the readmission began."""
    case.admitted_at = admitted_at
    at = event.occurred_at(admitted_at)
    return replace(milestone_for(event, MilestoneName.NOTED, why=OTHER_MOMENT), at=at, until=admitted_at)


def resumed(case: CaseState, event: CaseEvent, after: Whereabouts) -> Milestone:
    """The person is discharged again, so the case goes on, after a short survey."""
    case.stands, case.admitted_at, case.resurvey = "", None, event.name
    case.discharged_at = after.discharged_at
    at = event.occurred_at(after.discharged_at)
    return replace(milestone_for(event, MilestoneName.RESUMED), at=at, until=after.discharged_at)


def never_admitted(case: CaseState, event: CaseEvent) -> Milestone:
    """Resume the case: the admission was reported by mistake, so nobody is surveyed again."""
    case.stands, case.admitted_at = "", None
    return milestone_for(event, MilestoneName.RESUMED, code=NEVER_ADMITTED)


def no_admission(case: CaseState, event: CaseEvent) -> str:
    """Why an admission, or its cancellation, changes nothing."""
    if event.kind == EventKind.ADMISSION_CANCELLED:
        return "another-stay" if case.stands == Standing.READMITTED else "not-readmitted"
    if case.stands:
        return f"already-{case.stands}"
    if case.discharged_at is None:
        return "not-a-readmission"
    return "admission-before-discharge" if (event.until or event.at) < case.discharged_at else "older"


def hold_expired(case: CaseState, _subject: str, cause: str) -> MilestoneName:
    """Providers no longer hold their places. The accepted lines are offered again."""
    for line in case.lines.values():
        if line.state == LineState.ACCEPTED:
            line.needs_offer(cause)
    return MilestoneName.HOLD_EXPIRED


RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.SUSPENDED: learn_release,
    MilestoneName.HOLD_EXPIRED: learn_release,
    MilestoneName.RESUMED: learn_return,
}


EXPIRIES: Mapping[LimitName, Expiry] = {
    LimitName.READMISSION_HOLD: hold_expired,
}
