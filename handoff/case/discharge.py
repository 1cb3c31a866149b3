"""The discharge: reported, confirmed, corrected, cancelled, followed by a readmission or not (DOMAIN §2, 1 to 8).

Each word about it is added to what the case knows. `whereabouts` says where the person is by all of them, and the case
moves by the difference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from handoff.case.consent import consent_came_with, renewed_by
from handoff.case.dates import expected
from handoff.case.messages import CaseEvent, Milestone
from handoff.case.readmission import never_admitted, no_admission, readmitted_at, resumed, suspended
from handoff.case.release import learn_release
from handoff.case.state import CaseState, Learning, Taken, Transition, milestone_for
from handoff.case.whereabouts import Whereabouts, whereabouts
from handoff.case.words import StayWord, gathered, word_of
from handoff.vocabulary.states import Consent, Death, Standing
from handoff.vocabulary.words import EventKind, MilestoneName

AGREE = "dates-agree"  # `why` of the milestone after which no words contradict each other any more
SETTLES = (
    MilestoneName.DISCHARGE_CONFIRMED,
    MilestoneName.DISCHARGE_CORRECTED,
    MilestoneName.DISCHARGE_CANCELLED,
    MilestoneName.RESUMED,
)  # the milestones that settle which date is right
_BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)


def noticed(case: CaseState, event: CaseEvent) -> Taken:
    """Apply a notice of a discharge.

    The first notice opens the case. A later one comes from a second sender, confirms an expected discharge, or reports
    the discharge after a readmission.
    """
    opening = [] if event.consent != Consent.GIVEN or case.consent else consent_came_with(case, event)
    if case.opener:
        return [*moved(case, event), *opening]
    _hear(case, event)
    after = whereabouts(case.words)
    case.opener, case.facility = event.who, after.facility
    case.discharged_at, case.expected_at = after.discharged_at, after.expected_at
    return [milestone_for(event, MilestoneName.CASE_SCREENED), *opening]


def applied(case: CaseState, event: CaseEvent) -> Taken:
    """Apply an application. It opens a case as a notice does; in an open case it is only noted.

    It may contain the person's consent.
    """
    if not case.opener:
        return noticed(case, event)
    consent = consent_came_with(case, event) if event.consent == Consent.GIVEN and case.consent != Consent.GIVEN else []
    return [*moved(case, event), *(consent or renewed_by(case, event))]


def moved(case: CaseState, event: CaseEvent) -> list[Milestone]:
    """Add a word to what the case knows, and move the case by the difference that it makes.

    After a clear death nothing moves: the word counts if the death is taken back.
    """
    own = _hear(case, event)
    if case.death == Death.CLEAR:
        return [milestone_for(event, MilestoneName.POSTPONED)]
    after = whereabouts(case.words)
    return _follow(case, event, after, own) or [_nothing_moves(case, event, after)]


def caught_up(case: CaseState, event: CaseEvent) -> list[Milestone]:
    """Move the case by all that was told while a death waited. The event took the death back."""
    return _follow(case, event, whereabouts(case.words), None) if case.words else []


def _follow(case: CaseState, event: CaseEvent, after: Whereabouts, own: StayWord | None) -> list[Milestone]:
    """Move the case to where the person is, and ask about contradictions. `own`: the event's word."""
    disputed, moves = case.disputed, _moves(case, event, after)
    case.returned, case.facility, case.disputed = after.returned, after.facility, bool(after.contradictions)
    settled = any(milestone.what in SETTLES for milestone in moves)
    if after.contradictions and (settled or not disputed or own in after.contradictions):
        return [*moves, _differ(event, after.contradictions)]
    if disputed and not after.contradictions and not settled:
        moves.append(_agree(event, moves))
    return moves


def _hear(case: CaseState, event: CaseEvent) -> StayWord | None:
    """Add a word to what the case knows, and return it."""
    words = case.words or _words_from_dates(case)
    own = word_of(event, words)
    case.words = gathered([*words, own] if own else words)
    return own


def _agree(event: CaseEvent, moves: Sequence[Milestone]) -> Milestone:
    """The milestone that closes the task about differing dates. No two milestones of one event have the same name."""
    noted = any(milestone.what == MilestoneName.NOTED for milestone in moves)
    joined = noted or event.kind in (EventKind.DISCHARGE_NOTIFIED, EventKind.DISCHARGE_EXPECTED)
    return milestone_for(event, MilestoneName.NOTICE_JOINED if joined else MilestoneName.NOTED, why=AGREE)


def _words_from_dates(case: CaseState) -> list[StayWord]:
    """Words that say what the dates of a case say that an earlier build opened. Every word told since is newer."""
    who = case.facility or case.opener
    if not who:
        return []
    notice = StayWord(EventKind.DISCHARGE_NOTIFIED, who, "", _BEFORE_ALL, facility=bool(case.facility))
    date = case.discharged_at or case.expected_at or case.cancelled_date
    words = [replace(notice, says=date, expected=case.discharged_at is None and case.expected_at is not None)]
    later = replace(notice, written=_BEFORE_ALL + timedelta(seconds=1))
    if case.stands == Standing.DISCHARGE_CANCELLED:
        words.append(replace(later, kind=EventKind.DISCHARGE_CANCELLED))
    if case.stands == Standing.READMITTED:
        words.append(replace(later, kind=EventKind.ADMISSION_OCCURRED, says=case.admitted_at))
    return words


def _moves(case: CaseState, event: CaseEvent, after: Whereabouts) -> list[Milestone]:
    """The milestones from where the case is to where the person is. The case is changed."""
    back = after.returned is not None and (case.returned is None or case.returned < after.returned)
    cancelled = after.stands == Standing.DISCHARGE_CANCELLED
    if cancelled and case.stands == Standing.DISCHARGE_CANCELLED:
        return []
    moves: list[Milestone] = []
    if case.stands == Standing.READMITTED and (back or after.stands != Standing.READMITTED):
        moves.append(resumed(case, event, after) if back else never_admitted(case, event))
    elif case.stands == Standing.DISCHARGE_CANCELLED:
        moves.append(_renewed(case, event, after))
    elif back and after.returned and not case.stands and not after.stands and case.discharged_at:
        moves += [suspended(case, event, after.returned), resumed(case, event, after)]
    if cancelled:
        return [*moves, _cancelled(case, event)]
    moves += _date_moves(case, event, after)
    if after.admitted_at and case.admitted_at != after.admitted_at:
        moves.append((readmitted_at if case.stands else suspended)(case, event, after.admitted_at))
    return moves


def _renewed(case: CaseState, event: CaseEvent, after: Whereabouts) -> Milestone:
    case.stands, case.cancelled_date = "", None
    case.discharged_at, case.expected_at = after.discharged_at, after.expected_at
    return _to_date(event, MilestoneName.DISCHARGE_RENEWED, after)


def _cancelled(case: CaseState, event: CaseEvent) -> Milestone:
    """Take back all offers and visits. The case stays open, and waits for a new date."""
    case.cancelled_date = case.discharged_at or case.expected_at
    case.stands, case.expected_at, case.discharged_at = Standing.DISCHARGE_CANCELLED, None, None
    for line in case.lines.values():
        if not line.over:
            line.needs_offer(event.name)
    return milestone_for(event, MilestoneName.DISCHARGE_CANCELLED)


def _date_moves(case: CaseState, event: CaseEvent, after: Whereabouts) -> list[Milestone]:
    before, was_actual = (case.discharged_at, case.expected_at), case.discharged_at is not None
    if before == (after.discharged_at, before[1] if after.discharged_at else after.expected_at):
        return []
    case.discharged_at = after.discharged_at
    if after.discharged_at is None:
        case.expected_at = after.expected_at
    if was_actual and after.discharged_at is None:
        case.forget_visits(event.name)
    confirmed = after.discharged_at is not None and not was_actual
    what = MilestoneName.DISCHARGE_CONFIRMED if confirmed else MilestoneName.DISCHARGE_CORRECTED
    return [_to_date(event, what, after)]


def _to_date(event: CaseEvent, what: MilestoneName, after: Whereabouts) -> Milestone:
    """A milestone that names the date that counts now."""
    code = "actual" if after.discharged_at else "expected"
    at = event.occurred_at(after.discharged_at)
    return replace(milestone_for(event, what, code=code), at=at, until=after.discharged_at or after.expected_at)


def _differ(event: CaseEvent, contradictions: Sequence[StayWord]) -> Milestone:
    """The milestone that asks a person which date is right. It names the last word that contradicts."""
    word = contradictions[-1]
    code = "expected" if word.expected else "actual" if word.says else ""
    return replace(milestone_for(event, MilestoneName.DATES_DIFFER, code=code), who=word.who, until=word.says)


def _nothing_moves(case: CaseState, event: CaseEvent, after: Whereabouts) -> Milestone:
    """The milestone of an event that changes nothing, and why it does not."""
    notice = event.kind in (EventKind.DISCHARGE_NOTIFIED, EventKind.DISCHARGE_EXPECTED)
    if notice and case.admitted_at and event.until and expected(event):
        return milestone_for(event, MilestoneName.NOTED, why="return-expected")
    if notice and case.admitted_at and event.until and case.admitted_at <= event.until:
        return milestone_for(event, MilestoneName.NOTED, why="another-stay")
    if notice:
        return milestone_for(event, MilestoneName.NOTICE_JOINED, why=case.stands)
    if event.kind == EventKind.APPLICATION_RECEIVED:
        return milestone_for(event, MilestoneName.NOTED, why="application")
    if event.kind in (EventKind.DISCHARGE_CORRECTED, EventKind.DISCHARGE_CANCELLED):
        why = _why_the_date_stands(case, event, after)
    else:
        why = no_admission(case, event)
    return milestone_for(event, MilestoneName.NOTED, why=why)


def _why_the_date_stands(case: CaseState, event: CaseEvent, after: Whereabouts) -> str:
    if event.kind == EventKind.DISCHARGE_CANCELLED and case.stands:
        return f"already-{case.stands}"
    if event.kind == EventKind.DISCHARGE_CORRECTED and (event.until is None or case.stands):
        return "nothing-to-move"
    if event.who != after.teller or (event.stay and after.stay and event.stay != after.stay):
        return "another-stay"
    same = event.kind == EventKind.DISCHARGE_CORRECTED and event.until == (case.discharged_at or case.expected_at)
    return "same-date" if same else "older"


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.DISCHARGE_EXPECTED: noticed,
    EventKind.DISCHARGE_NOTIFIED: noticed,
    EventKind.DISCHARGE_CORRECTED: moved,
    EventKind.DISCHARGE_CANCELLED: moved,
    EventKind.APPLICATION_RECEIVED: applied,
    EventKind.ADMISSION_OCCURRED: moved,
    EventKind.ADMISSION_CANCELLED: moved,
}

RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.DISCHARGE_CANCELLED: learn_release,
}
