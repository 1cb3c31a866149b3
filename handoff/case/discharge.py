"""The discharge: reported, confirmed, corrected, cancelled (DOMAIN §2, 1 to 3).

If two institutions name different dates, the date of the discharging facility counts.
"""

from collections.abc import Mapping

from handoff.case.consent import consent_came_with
from handoff.case.dates import FACILITIES, expected, set_date, word_counts
from handoff.case.messages import CaseEvent, Milestone
from handoff.case.readmission import returned
from handoff.case.release import learn_release
from handoff.case.state import CaseState, Learning, Taken, Transition, milestone_for
from handoff.case.stays import note_stay, of_another_admission, of_another_stay
from handoff.vocabulary.states import Consent, Standing
from handoff.vocabulary.words import EventKind, MilestoneName


def noticed(case: CaseState, event: CaseEvent) -> Taken:
    """Apply a notice of a discharge.

    The first notice opens the case. A later one comes from a second sender, confirms an expected discharge, or reports
    the discharge after a readmission.
    """
    opening = [] if event.consent != Consent.GIVEN or case.consent else consent_came_with(case, event)
    if not case.opener:
        case.opener = event.who
        _note_facility(case, event)
        note_stay(case, event)
        set_date(case, event)
        return [milestone_for(event, MilestoneName.CASE_SCREENED), *opening]
    _note_facility(case, event)
    return [*_about_the_discharge(case, event), *opening]


def _note_facility(case: CaseState, event: CaseEvent) -> None:
    if not case.facility and event.role in FACILITIES:
        case.facility = event.who


def _about_the_discharge(case: CaseState, event: CaseEvent) -> list[Milestone]:
    if case.stands and _of_earlier_discharge(case, event):
        return [milestone_for(event, MilestoneName.NOTICE_JOINED, why=case.stands)]
    if case.stands == Standing.READMITTED:
        return [_about_the_return(case, event)]
    if case.stands == Standing.DISCHARGE_CANCELLED:
        case.stands, case.cancelled_date = "", None
        note_stay(case, event)
        set_date(case, event)
        return [milestone_for(event, MilestoneName.DISCHARGE_RENEWED, code="expected" if expected(event) else "actual")]
    return [_about_the_date(case, event)]


def _about_the_date(case: CaseState, event: CaseEvent) -> Milestone:
    same = event.until is None or event.until == (case.discharged_at or case.expected_at)
    if of_another_stay(case, event) and same:
        return milestone_for(event, MilestoneName.NOTICE_JOINED)
    if of_another_stay(case, event):
        case.other_stay = event
        return milestone_for(event, MilestoneName.DATES_DIFFER)
    if event.who not in case.stays:
        note_stay(case, event)
    if same:
        return _confirmed_by_repetition(case, event)
    return _moved(case, event) if word_counts(case, event) else milestone_for(event, MilestoneName.DATES_DIFFER)


def _about_the_return(case: CaseState, event: CaseEvent) -> Milestone:
    if of_another_admission(case, event):
        return milestone_for(event, MilestoneName.NOTED, why="another-stay")
    if expected(event):
        return milestone_for(event, MilestoneName.NOTED, why="return-expected")
    note_stay(case, event)
    return returned(case, event)


def _of_earlier_discharge(case: CaseState, event: CaseEvent) -> bool:
    """Whether a late notice is about the discharge before the readmission, or about the cancelled discharge."""
    if event.until is None or event.number == 0:
        return False
    if case.admitted_at is not None:
        return event.until < case.admitted_at
    return event.until == case.cancelled_date and not word_counts(case, event)


def _confirmed_by_repetition(case: CaseState, event: CaseEvent) -> Milestone:
    """The notice has no date, or the date that we have. If the facility now calls it actual, it is confirmed."""
    actual = event.until is not None and not expected(event)
    if actual and case.discharged_at is None and word_counts(case, event):
        return _moved(case, event)
    return milestone_for(event, MilestoneName.NOTICE_JOINED)


def _moved(case: CaseState, event: CaseEvent) -> Milestone:
    was_actual = case.discharged_at is not None
    if event.number == 0 and case.other_stay and case.other_stay.until == event.until:
        note_stay(case, case.other_stay)  # a person decided that the other stay's discharge is the one that counts
    set_date(case, event)
    if was_actual and expected(event):
        case.forget_visits(event.name)
    if was_actual or expected(event):
        return milestone_for(event, MilestoneName.DISCHARGE_CORRECTED, code="expected" if expected(event) else "actual")
    return milestone_for(event, MilestoneName.DISCHARGE_CONFIRMED)


def corrected(case: CaseState, event: CaseEvent) -> Taken:
    """Apply the new date if its sender decides about the date. The record then moves the clocks."""
    if event.until is None or case.stands:
        return [milestone_for(event, MilestoneName.NOTED, why="nothing-to-move")]
    if of_another_stay(case, event):
        return [milestone_for(event, MilestoneName.NOTED, why="another-stay")]
    if event.until == (case.discharged_at or case.expected_at) and bool(case.discharged_at) != expected(event):
        return [milestone_for(event, MilestoneName.NOTED, why="same-date")]
    if not word_counts(case, event):
        return [milestone_for(event, MilestoneName.DATES_DIFFER)]
    return [_moved(case, event)]


def cancelled(case: CaseState, event: CaseEvent) -> Taken:
    """Take back all offers and visits. The case stays open, and waits for a new date."""
    if case.stands:
        return [milestone_for(event, MilestoneName.NOTED, why=f"already-{case.stands}")]
    if of_another_stay(case, event):
        return [milestone_for(event, MilestoneName.NOTED, why="another-stay")]
    if not word_counts(case, event):
        return [milestone_for(event, MilestoneName.DATES_DIFFER)]
    case.cancelled_date = case.discharged_at or case.expected_at
    case.stands, case.expected_at, case.discharged_at = Standing.DISCHARGE_CANCELLED, None, None
    _unbook(case, event)
    return [milestone_for(event, MilestoneName.DISCHARGE_CANCELLED)]


def _unbook(case: CaseState, event: CaseEvent) -> None:
    for line in case.lines.values():
        if not line.over:
            line.needs_offer(event.name)


def applied(case: CaseState, event: CaseEvent) -> Taken:
    """Apply an application. It opens a case as a notice does; in an open case it is only noted.

    It may contain the person's consent.
    """
    if not case.opener:
        return noticed(case, event)
    consent = consent_came_with(case, event) if event.consent == Consent.GIVEN and case.consent != Consent.GIVEN else []
    return [milestone_for(event, MilestoneName.NOTED, why="application"), *consent]


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.DISCHARGE_EXPECTED: noticed,
    EventKind.DISCHARGE_NOTIFIED: noticed,
    EventKind.DISCHARGE_CORRECTED: corrected,
    EventKind.DISCHARGE_CANCELLED: cancelled,
    EventKind.APPLICATION_RECEIVED: applied,
}

RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.DISCHARGE_CANCELLED: learn_release,
}
