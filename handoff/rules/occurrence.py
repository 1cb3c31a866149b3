"""Whether an event can have occurred at its moment: between what it follows and its effect, and not in hospital."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from handoff.rules.calendar import at
from handoff.timezone import KST, to_the_minute
from handoff.vocabulary.states import Earlier
from handoff.vocabulary.words import EventKind

TO_THE_MINUTE = timedelta(minutes=1)  # people type moments to the minute
CLOCKS_DIFFER = timedelta(minutes=10)  # how much the clocks of two institutions may differ
LONG_AGO = timedelta(days=7)  # what is told later than this needs a reason


# What an event follows. It cannot have occurred before any of it.
FOLLOWS: Mapping[EventKind, tuple[Earlier, ...]] = {
    EventKind.CONTACT_MADE: (Earlier.NOTICE,),
    EventKind.CONTACT_FAILED: (Earlier.NOTICE,),
    EventKind.PERSON_UNREACHABLE: (Earlier.NOTICE,),
    EventKind.CONSENT_GIVEN: (Earlier.WITHDRAWAL,),  # it may be given in hospital, before the notice
    EventKind.CONSENT_WITHDRAWN: (Earlier.CONSENT,),
    EventKind.PRESURVEY_COMPLETED: (Earlier.CONSENT,),
    EventKind.DETERMINATION_RETURNED: (Earlier.CONSENT,),
    EventKind.PLAN_DRAFTED: (Earlier.CONSENT,),
    EventKind.PLAN_APPROVED: (Earlier.PLAN,),
    EventKind.PLAN_REJECTED: (Earlier.PLAN,),
    EventKind.REFERRAL_ACCEPTED: (Earlier.OFFER,),
    EventKind.REFERRAL_PARTLY_ACCEPTED: (Earlier.OFFER,),
    EventKind.REFERRAL_DECLINED: (Earlier.OFFER,),
    EventKind.REFERRAL_CHANGED: (Earlier.OFFER,),
    EventKind.SERVICE_ENDED: (Earlier.OFFER,),
    EventKind.CASE_CLOSED: (Earlier.NOTICE, Earlier.CONSENT, Earlier.LAST_VISIT, Earlier.LAST_CHECK),
}
# When an event was planned. It occurs on that day or later.
PLANNED: Mapping[EventKind, Earlier] = {
    EventKind.VISIT_COMPLETED: Earlier.VISIT,
    EventKind.VISIT_MISSED: Earlier.VISIT,
    EventKind.CHECK_COMPLETED: Earlier.CHECK,
    EventKind.CHECK_FAILED: Earlier.CHECK,
}
# What people say of the person's stays. Institutions' words about them are put in order by `handoff.case.whereabouts`.
STAYS: Mapping[EventKind, tuple[Earlier, ...]] = {
    EventKind.ADMISSION_OCCURRED: (Earlier.DISCHARGE,),
    EventKind.DISCHARGE_NOTIFIED: (Earlier.ADMISSION,),
}
# What has followed an event already. The event cannot have occurred after it.
PRECEDES: Mapping[EventKind, Earlier] = {
    EventKind.DISCHARGE_NOTIFIED: Earlier.FIRST_VISIT,
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


IN_FUTURE, IN_HOSPITAL = "moment-in-future", "moment-in-hospital"
BEFORE_PLAN, BEFORE_CAUSE, AFTER_EFFECT = "moment-before-plan", "moment-before-cause", "moment-after-effect"
IMPOSSIBLE = frozenset({IN_FUTURE, IN_HOSPITAL, BEFORE_PLAN, BEFORE_CAUSE, AFTER_EFFECT})


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
        return Impossible(IN_FUTURE, f"{to_the_minute(occurred_at)} lies in the future")
    planned = PLANNED.get(kind)
    if planned and (moment := earlier.get(planned)) and occurred_at < _earliest(moment, seen):
        return Impossible(BEFORE_PLAN, f"{planned.says} for {to_the_minute(moment)}, so it cannot be over before")
    if kind == EventKind.VISIT_COMPLETED and in_hospital(occurred_at, earlier):
        says = f"{Earlier.ADMISSION.says} on {to_the_minute(earlier[Earlier.ADMISSION])}, and was in hospital then"
        return Impossible(IN_HOSPITAL, says)
    followed = [word for word in FOLLOWS.get(kind) or STAYS.get(kind, ()) if word in earlier]
    last = max(followed, key=lambda word: earlier[word], default=None)
    if last and occurred_at < min(earlier[last], seen.now) - seen.slack:  # a clock may be ahead of ours
        return Impossible(BEFORE_CAUSE, f"{last.says} on {to_the_minute(earlier[last])}, so it cannot be earlier")
    effect = PRECEDES.get(kind)
    if effect and (moment := earlier.get(effect)) and occurred_at > moment + seen.slack:
        return Impossible(AFTER_EFFECT, f"{effect.says} on {to_the_minute(moment)}, so it cannot be later")
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
