"""What a case has recorded already. An action that repeats it writes nothing; otherwise the action corrects it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from console.action import Action
from console.errors import NotFoundError
from console.moments import local
from console.no_effect import taken
from handoff.case.corrections import MAY_BE, RECORDED_AS, instead
from handoff.store.queries.actions import Acted
from handoff.store.queries.particulars import DECISIONS, ParticularsNow
from handoff.store.queries.stored import StoredMilestone
from handoff.vocabulary.states import Eligibility
from handoff.vocabulary.words import EventKind, MilestoneName

SAME_MOMENT = timedelta(minutes=1)  # people type moments to the minute
# Milestones after which the same event is a new one.
NEW_AFTER: Mapping[MilestoneName, tuple[MilestoneName, ...]] = {
    MilestoneName.CONSENT_GIVEN: (MilestoneName.CONSENT_WITHDRAWN, MilestoneName.CONSENT_EXPIRED),
    MilestoneName.CONSENT_WITHDRAWN: (MilestoneName.CONSENT_GIVEN,),
    MilestoneName.PRESURVEY_RECORDED: (MilestoneName.RESURVEY_REQUESTED, MilestoneName.RESUMED),
    MilestoneName.PLAN_APPROVED: (MilestoneName.PLAN_SUBMITTED,),
    MilestoneName.PLAN_REJECTED: (MilestoneName.PLAN_SUBMITTED,),
    MilestoneName.OFFER_ACCEPTED: (MilestoneName.OFFER_CHANGED_MIND,),
}
# Events that may occur several times: a repeat is one at the same moment.
OFTEN: Mapping[EventKind, MilestoneName] = {
    EventKind.CONTACT_MADE: MilestoneName.CONTACT_MADE,
    EventKind.CONTACT_FAILED: MilestoneName.CONTACT_FAILED,
    EventKind.CHECK_FAILED: MilestoneName.CHECK_FAILED,
}


CONSENTS = (MilestoneName.CONSENT_GIVEN, MilestoneName.CONSENT_WITHDRAWN)


@dataclass(frozen=True)
class Recorded:
    """What counts now of something that was recorded.

    Attributes:
        key: of the milestone that says it: the last correction, else the first record.
        code: reason or result, as a code.
    """

    key: str
    kind: EventKind
    code: str
    occurred_at: datetime
    known_at: datetime

    @property
    def says(self) -> str:
        """What was recorded, in words."""
        code = f" ({self.code.replace('-', ' ')})" if self.code else ""
        return f"{self.kind.says}{code}, {local(self.occurred_at)}; recorded {local(self.known_at)}"

    @property
    def open_again(self) -> bool:
        """Whether the event may come again: the check was not made, or the person was found not eligible."""
        found_not_eligible = self.kind == EventKind.DETERMINATION_RETURNED and self.code == Eligibility.NOT_ELIGIBLE
        return self.kind == EventKind.CHECK_FAILED or found_not_eligible

    def is_corrected_by(self, action: Action) -> bool:
        """Whether an action is a correction, and no new event: it names a reason, and no other moment."""
        return bool(action.why) and self.kind != EventKind.CHECK_FAILED and self.is_at(action.at)

    def is_at(self, moment: datetime | None) -> bool:
        """Whether it occurred at this moment. None: no moment is named, which is the same."""
        return moment is None or abs(moment - self.occurred_at) < SAME_MOMENT


def recorded(timeline: Sequence[StoredMilestone], kind: str, subject: str) -> Recorded | None:
    """What counts now of what an action is about; None: nothing was recorded that it could repeat or correct.

    `subject`: id of the case, offer, visit or check.
    """
    names = {name for name, kinds in MAY_BE.items() if kind in kinds}
    own = [row for row in timeline if row.what in names and _about(row, subject) and counts(row)]
    if not own or any(row.seq > own[-1].seq and row.what in _new_after(own[-1]) for row in timeline):
        return None
    return _as_it_counts(own[-1], timeline)


COUNTED = (EventKind.PRESURVEY_COMPLETED, EventKind.VISIT_COMPLETED)  # a score, delivered units


def repeats(action: Action, before: Recorded, counting: ParticularsNow) -> bool:
    """Whether an action says what was recorded already. What it does not name, it does not say otherwise.

    Raises:
        NotFoundError: it decides another version of the plan than the one that was decided.
    """
    if action.kind in DECISIONS and action.quantity not in (0, counting.quantity):
        raise NotFoundError(
            f"Version {counting.quantity} of the plan was decided, and version {action.quantity} is not submitted. "
            "Nothing was done. Leave out --version to repeat or correct that decision."
        )
    named = action.quantity or action.kind == EventKind.PRESURVEY_COMPLETED  # a score may be 0
    if action.kind in COUNTED and named and action.quantity != counting.quantity:
        return False
    if not dict(action.body.get("found") or {}).items() <= counting.found.items():
        return False
    return (action.kind, action.code) == (before.kind, before.code) and before.is_at(action.at)


def correction(action: Action, before: Recorded) -> Action:
    """The action as a correction of what was recorded. Without another moment, that moment stays.

    Raises:
        NotFoundError: it names no reason.
    """
    if not action.why:
        raise NotFoundError(
            f"It is recorded otherwise: {before.says}. If that is wrong, correct it: repeat the command with "
            "the reason as a code, such as --why typing-error."
        )
    return _correcting(action, before.key, action.at or before.occurred_at)


def as_it_was_stored(action: Action, acted: Acted) -> Action:
    """The action that was stored: a correction, if it was one when it was typed first."""
    if acted.kind != EventKind.RECORD_CORRECTED:
        return action
    return _correcting(action, str(acted.body["corrects"]), acted.occurred_at)


def _correcting(action: Action, key: str, at: datetime) -> Action:
    code = f"{action.kind}:{action.code}" if action.code else action.kind
    return replace(action, kind=EventKind.RECORD_CORRECTED, code=code, corrects=key, at=at)


def same_moment(
    timeline: Sequence[StoredMilestone], kind: str, subject: str, moment: datetime | None
) -> Recorded | None:
    """The event of this kind that was recorded for this moment; None: there is none, or no moment is named."""
    event = EventKind.known(kind)
    if moment is None or event is None or event not in OFTEN:
        return None
    own = (row for row in timeline if row.what == OFTEN[event] and _about(row, subject))
    listed = (Recorded(row.key, event, row.code, row.occurred_at, row.known_at) for row in own)
    return next((before for before in listed if before.is_at(moment)), None)


def _as_it_counts(row: StoredMilestone, timeline: Sequence[StoredMilestone]) -> Recorded:
    kind = next(kind for kind, name in RECORDED_AS.items() if name == row.what)
    code = "" if row.what in CONSENTS else row.code  # an institution names a scope, a notice has the code of its date
    last = Recorded(row.key, kind, code, row.occurred_at, row.known_at)
    for later in timeline:
        if later.corrects == last.key and counts(later):
            became, own = instead(later.code)
            last = Recorded(later.key, became or last.kind, own, later.occurred_at, later.known_at)
    return last


def _about(row: StoredMilestone, subject: str) -> bool:
    return (row.subject or row.case_id) == subject


def counts(row: StoredMilestone) -> bool:
    """Whether the record took what a milestone says."""
    return row.outcome is not None and taken(row)


def _new_after(row: StoredMilestone) -> tuple[MilestoneName, ...]:
    name = MilestoneName.known(row.what)
    return NEW_AFTER.get(name, ()) if name else ()
