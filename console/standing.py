"""What stands already of a line and its visits. An action that would leave it as it is writes nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from console.action import Action
from console.errors import NotFoundError
from console.moments import local, stamp
from console.recorded import SAME_MOMENT, Recorded, counts
from handoff.rules.series import begins_at, rhythm_at
from handoff.store.queries.stored import StoredCase, StoredLine, StoredMilestone, StoredReferral, StoredVisit
from handoff.store.record.referrals import AGREED
from handoff.subjects import is_visit, line_of
from handoff.vocabulary.states import Consent, VisitState
from handoff.vocabulary.words import EventKind, MilestoneName

# The milestones by which a line and its visits became what they are, and the event of each.
_BY: Mapping[MilestoneName, EventKind] = {
    MilestoneName.OFFER_ACCEPTED: EventKind.REFERRAL_ACCEPTED,
    MilestoneName.OFFER_PARTLY_ACCEPTED: EventKind.REFERRAL_PARTLY_ACCEPTED,
    MilestoneName.RHYTHM_CHANGED: EventKind.REFERRAL_CHANGED,
    MilestoneName.SERVICE_END_SET: EventKind.SERVICE_ENDED,
    MilestoneName.VISIT_PLANNED: EventKind.VISIT_PROPOSED,
    MilestoneName.VISIT_MOVED: EventKind.VISIT_PROPOSED,
}
_ACCEPTED = (MilestoneName.OFFER_ACCEPTED, MilestoneName.OFFER_PARTLY_ACCEPTED)
_ANSWERS = (*_ACCEPTED, MilestoneName.OFFER_DECLINED)


async def standing(
    conn: AsyncConnection, action: Action, timeline: Sequence[StoredMilestone], now: datetime
) -> Recorded | None:
    """The milestone that made a line or a visit what the action wants; None: the action changes something.

    Raises:
        NotFoundError: the provider has accepted another part of the line; the text has the commands that change it.
    """
    names: tuple[MilestoneName, ...] = ()
    await _check_part(conn, action, timeline, now)
    if action.kind == EventKind.VISIT_PROPOSED:
        if _same(action.until, await _next_visit(conn, action.subject)):
            names = MilestoneName.VISIT_MOVED, MilestoneName.VISIT_PLANNED, *_ACCEPTED
    elif line := await _line(conn, action.subject):
        quantity, weekdays = rhythm_at(line, action.until or now)
        later = [change for change in line.changes if begins_at(change) > (action.until or now)]
        if action.kind == EventKind.SERVICE_ENDED and action.until:
            names = (MilestoneName.SERVICE_END_SET,) if _ends_so(line, action) else ()
        elif action.kind == EventKind.REFERRAL_CHANGED and action.code == "quantity":
            same = all(number == action.quantity for number in (quantity, *(change["quantity"] for change in later)))
            names = _ACCEPTED if same else ()
        elif action.kind == EventKind.REFERRAL_CHANGED and action.code == "weekdays":
            same = frozenset(action.body["weekdays"]) == frozenset(weekdays) and all(map(_is_reduction, later))
            names = (MilestoneName.RHYTHM_CHANGED, *_ACCEPTED) if same else ()
    own = (row for row in reversed(timeline) if row.what in names and line_of(row.subject) == line_of(action.subject))
    row = next(filter(counts, own), None)
    return Recorded(row.key, _BY[MilestoneName(row.what)], row.code, row.occurred_at, row.known_at) if row else None


def admitted(case: StoredCase, action: Action, timeline: Sequence[StoredMilestone]) -> Recorded | None:
    """The milestone of the admission that an action repeats; None: it is another action, or says more.

    Raises:
        NotFoundError: another admission is recorded, and the action names no reason.
    """
    if action.kind != EventKind.ADMISSION_OCCURRED or case.admitted_at is None:
        return None
    if not action.counted and not _same(action.until, case.admitted_at):
        if action.why:
            return None
        raise NotFoundError(
            f"It is recorded otherwise: admitted on {local(case.admitted_at)}. If that is wrong, correct it: repeat "
            "the command with the reason as a code, such as --why typing-error."
        )
    row = next((row for row in reversed(timeline) if row.what == MilestoneName.SUSPENDED and counts(row)), None)
    return Recorded(row.key, EventKind.ADMISSION_OCCURRED, "", case.admitted_at, row.known_at) if row else None


def is_new_consent(case: StoredCase, action: Action) -> bool:
    """Whether an action is about a part of the support, or names another end of the consent that stands."""
    if action.kind not in (EventKind.CONSENT_GIVEN, EventKind.CONSENT_REFUSED, EventKind.CONSENT_WITHDRAWN):
        return False
    return bool(action.code) or (action.until is not None and not _same(action.until, case.consent_until))


def check_consent(case: StoredCase, action: Action) -> None:
    """Check that a refusal, which ends the case for good, is none of a person who has consented.

    Raises:
        NotFoundError: it is; the text has the commands that can be taken back.
    """
    if action.kind == EventKind.CONSENT_REFUSED and not action.code and case.consent == Consent.GIVEN:
        end = "--reason 4" if case.support_began_at else "--outcome refused"
        raise NotFoundError(
            f"The person has consented. Nothing was done. If the consent was withdrawn, or recorded by mistake: "
            f"`handoff consent {action.case} --withdraw`. If support ends: `handoff close {action.case} {end}`, which "
            f"`handoff reopen {action.case}` takes back in time."
        )


async def check_first_visit(conn: AsyncConnection, action: Action) -> None:
    """Check that an acceptance that was recorded before names no other first visit.

    Raises:
        NotFoundError: it does; the text has the command that names it.
    """
    if action.kind != EventKind.REFERRAL_ACCEPTED or action.until is None:
        return
    visits = await StoredVisit.read(conn, StoredVisit.table.c.offer_id == action.subject, order="number")
    first = visits[0].planned_at if visits else await _named(conn, action.subject)
    if not _same(action.until, first):
        stands = f"with a first visit on {local(first)}" if first else "without a first visit"
        raise NotFoundError(
            f"Offer {action.subject} is accepted already, {stands}. Nothing was done. To name another moment: "
            f"`handoff visit {line_of(action.subject)} --move {stamp(action.until)}`."
        )


async def _check_part(
    conn: AsyncConnection, action: Action, timeline: Sequence[StoredMilestone], now: datetime
) -> None:
    """Check that an answer does not change how much of its line a provider has accepted: the rest went to others."""
    partly = action.kind == EventKind.REFERRAL_PARTLY_ACCEPTED
    answers = [row.what for row in timeline if row.what in _ANSWERS and row.subject == action.subject and counts(row)]
    if not answers or not (partly or action.kind == EventKind.REFERRAL_ACCEPTED):
        return
    offer, line = action.subject, await _line(conn, action.subject)
    if partly and MilestoneName.OFFER_PARTLY_ACCEPTED not in answers and answers[-1] == MilestoneName.OFFER_DECLINED:
        raise NotFoundError(
            f"Offer {offer} is declined already. Nothing was done. If that is wrong, correct it, and then reduce it: "
            f"`handoff answer {offer} --accept --why typing-error`, `handoff line {line_of(offer)} --per-week N`."
        )
    own = StoredReferral.table.c.offer_id == offer, StoredReferral.table.c.state.in_(sorted(AGREED))
    if line is None or not await StoredReferral.read(conn, *own):
        return
    quantity, in_part = rhythm_at(line, now)[0], answers[0] == MilestoneName.OFFER_PARTLY_ACCEPTED
    if in_part != partly or (partly and action.quantity != quantity):
        part = f"{quantity} a {line.per}" if line.per else "its line"
        less = f" If its provider makes less: `handoff line {line.line_id} --per-week N`." if line.per == "week" else ""
        raise NotFoundError(
            f"Offer {offer} is accepted already, for {part}. Nothing was done.{less} If its provider makes more, or "
            f"none: `handoff answer {offer} --decline other --why typing-error`, and the line is offered again."
        )


async def _next_visit(conn: AsyncConnection, subject: str) -> datetime | None:
    """The moment of a scheduled visit. `subject`: its id, or a line or an offer, whose next visit is meant."""
    columns = StoredVisit.table.c
    own = columns.visit_id == subject if is_visit(subject) else columns.line_id == line_of(subject)
    visits = await StoredVisit.read(conn, own, columns.state == VisitState.SCHEDULED, order="number")
    if visits or is_visit(subject):
        return visits[0].planned_at if visits else None
    return await _named(conn, subject)


async def _named(conn: AsyncConnection, subject: str) -> datetime | None:
    """The moment that the provider of a line, or of the line of an offer, named for the next visit."""
    of_line = StoredReferral.table.c.line_id == line_of(subject), StoredReferral.table.c.state.in_(sorted(AGREED))
    return next((referral.proposed_at for referral in await StoredReferral.read(conn, *of_line)), None)


async def _line(conn: AsyncConnection, subject: str) -> StoredLine | None:
    return next(iter(await StoredLine.read(conn, StoredLine.table.c.line_id == line_of(subject))), None)


def _is_reduction(change: Mapping[str, object]) -> bool:
    return bool(change.get("rest"))


def _ends_so(line: StoredLine, action: Action) -> bool:
    return _same(action.until, line.ends_at) and line.ending == action.code


def _same(moment: datetime | None, other: datetime | None) -> bool:
    return moment is not None and other is not None and abs(moment - other) < SAME_MOMENT
