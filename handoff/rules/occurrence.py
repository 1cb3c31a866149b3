"""Whether an event can have occurred at its moment: not in the future, before what it follows, or in hospital."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from handoff.rules.calendar import at
from handoff.timezone import KST
from handoff.vocabulary.states import Earlier
from handoff.vocabulary.words import EventKind

TO_THE_MINUTE = timedelta(minutes=1)  # people type moments to the minute
CLOCKS_DIFFER = timedelta(minutes=10)  # how much the clocks of two institutions may differ
LONG_AGO = timedelta(days=7)  # what is told later than this needs a reason


# What an event follows. It cannot have occurred before.
FOLLOWS: Mapping[EventKind, Earlier] = {
    EventKind.CONTACT_MADE: Earlier.NOTICE,
    EventKind.CONTACT_FAILED: Earlier.NOTICE,
    EventKind.PERSON_UNREACHABLE: Earlier.NOTICE,
    EventKind.PRESURVEY_COMPLETED: Earlier.CONSENT,
    EventKind.DETERMINATION_RETURNED: Earlier.CONSENT,
    EventKind.PLAN_DRAFTED: Earlier.CONSENT,
    EventKind.PLAN_APPROVED: Earlier.PLAN,
    EventKind.PLAN_REJECTED: Earlier.PLAN,
    EventKind.REFERRAL_ACCEPTED: Earlier.OFFER,
    EventKind.REFERRAL_PARTLY_ACCEPTED: Earlier.OFFER,
    EventKind.REFERRAL_DECLINED: Earlier.OFFER,
    EventKind.REFERRAL_CHANGED: Earlier.OFFER,
    EventKind.SERVICE_ENDED: Earlier.OFFER,
    EventKind.CASE_CLOSED: Earlier.NOTICE,
}
# When an event was planned. It occurs on that day or later.
PLANNED: Mapping[EventKind, Earlier] = {
    EventKind.VISIT_COMPLETED: Earlier.VISIT,
    EventKind.VISIT_MISSED: Earlier.VISIT,
    EventKind.CHECK_COMPLETED: Earlier.CHECK,
    EventKind.CHECK_FAILED: Earlier.CHECK,
}
# What people say of the person's stays. Institutions' words about them are put in order by `handoff.case.whereabouts`.
STAYS: Mapping[EventKind, Earlier] = {
    EventKind.ADMISSION_OCCURRED: Earlier.DISCHARGE,
    EventKind.DISCHARGE_NOTIFIED: Earlier.ADMISSION,
}


@dataclass(frozen=True)
class Seen:
    """From where a moment is judged.

    Attributes:
        now: the current moment, aware.
        slack: how far moments may be apart that are the same.
        scale: real seconds per second of a limit: 1 in production.
    """

    now: datetime
    slack: timedelta
    scale: float = 1


IN_FUTURE, BEFORE_PLAN, BEFORE_CAUSE = "moment-in-future", "moment-before-plan", "moment-before-cause"
IN_HOSPITAL = "moment-in-hospital"
IMPOSSIBLE = frozenset({IN_FUTURE, BEFORE_PLAN, BEFORE_CAUSE, IN_HOSPITAL})


@dataclass(frozen=True)
class Impossible:
    """Why an event cannot have occurred at a moment: a code, and a sentence that names the moment."""

    code: str
    says: str


def impossible(
    kind: EventKind, occurred_at: datetime, earlier: Mapping[Earlier, datetime], seen: Seen
) -> Impossible | None:
    """Why an event of this kind cannot have occurred at this moment; None if it can.

    `earlier`: those moments of its case that are known, of the part that it is about.
    """
    if occurred_at > seen.now + seen.slack:
        return Impossible(IN_FUTURE, f"{_local(occurred_at)} lies in the future")
    planned = PLANNED.get(kind)
    if planned and (moment := earlier.get(planned)) and occurred_at < _earliest(moment, seen):
        return Impossible(BEFORE_PLAN, f"{planned.says} for {_local(moment)}, so it cannot be over before")
    if kind == EventKind.VISIT_COMPLETED and in_hospital(occurred_at, earlier):
        says = f"{Earlier.ADMISSION.says} on {_local(earlier[Earlier.ADMISSION])}, and was in hospital then"
        return Impossible(IN_HOSPITAL, says)
    followed = FOLLOWS.get(kind) or STAYS.get(kind)
    if followed and (moment := earlier.get(followed)) and occurred_at < moment - seen.slack:
        return Impossible(BEFORE_CAUSE, f"{followed.says} on {_local(moment)}, so it cannot be earlier")
    return None


def in_hospital(occurred_at: datetime, earlier: Mapping[Earlier, datetime]) -> bool:
    """Whether a moment at which a visit is said to have taken place lies in the stay before it.

    A visit that was planned before the admission is not doubted: reports name the moment at which they were written.
    """
    admitted, planned = earlier.get(Earlier.ADMISSION), earlier.get(Earlier.VISIT)
    if admitted is None or planned is None or planned <= admitted or occurred_at < admitted:
        return False
    left = earlier.get(Earlier.DISCHARGE)
    return left is None or left < admitted or occurred_at < left


def _earliest(planned_at: datetime, seen: Seen) -> datetime:
    """The beginning of the day for which something is planned; in a demonstration, half a day before."""
    if seen.scale != 1:
        return planned_at - timedelta(hours=12) * seen.scale - seen.slack
    return at(planned_at.astimezone(KST).date(), time(0))


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(KST):%Y-%m-%d %H:%M}"
