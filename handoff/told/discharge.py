"""What is told of the discharge and the person: dates, cancellation, readmission, death (DOMAIN §2, 1-6)."""

from datetime import datetime, timedelta

from handoff.case import Case, Refusal, entry
from handoff.milestones import Entry, Told

Taken = list[Entry] | Refusal
FACILITIES = ("hospital", "long-term-care", "residential-care")  # they discharge: their word on dates counts
CLOCKS_DIFFER = timedelta(hours=1)


def noticed(case: Case, told: Told) -> Taken:
    """Take up a notice: the one that opened the case, a second teller's, a date become actual, or a return."""
    opening = [] if told.consent != "given" or case.consent else consent_came_with(case, told)
    if not case.opener:
        case.opener = told.who
        _note_facility(case, told)
        _set_date(case, told)
        return [entry(told, "case_screened"), *opening]
    _note_facility(case, told)
    return [*_about_the_discharge(case, told), *opening]


def consent_came_with(case: Case, told: Told) -> list[Entry]:
    """Consent that stands in a notice or an application."""
    case.consent = "given"
    return [entry(told, "consent_given")]


def _note_facility(case: Case, told: Told) -> None:
    if not case.facility and told.role in FACILITIES:
        case.facility = told.who


def _about_the_discharge(case: Case, told: Told) -> list[Entry]:
    if case.stands and _of_before(case, told):
        return [entry(told, "notice_joined", why=case.stands)]
    if case.stands == "readmitted":
        return [entry(told, "noted", why="return-expected") if expected(told) else _returned(case, told)]
    if case.stands == "discharge-cancelled":
        case.stands, case.cancelled_date = "", None
        _set_date(case, told)
        return [entry(told, "discharge_renewed", code="expected" if expected(told) else "actual")]
    if told.until is None or told.until == (case.discharged_at or case.expected_at):
        return _confirmed_by_repetition(case, told)
    if not _word_counts(case, told):
        return [entry(told, "dates_differ")]
    return [_moved(case, told)]


def _of_before(case: Case, told: Told) -> bool:
    """A late teller of the discharge before the readmission, or of the one that was cancelled."""
    if told.until is None or told.number == 0:
        return False
    if case.admitted_at is not None:
        return told.until < case.admitted_at
    return told.until == case.cancelled_date and not _word_counts(case, told)


def _confirmed_by_repetition(case: Case, told: Told) -> list[Entry]:
    """The same moment again; from the facility, an expected discharge may have become the actual one."""
    actual = told.until is not None and not expected(told)
    if actual and case.discharged_at is None and _word_counts(case, told):
        return [_moved(case, told)]
    return [entry(told, "notice_joined")]


def _moved(case: Case, told: Told) -> Entry:
    was_actual = case.discharged_at is not None
    _set_date(case, told)
    if was_actual and expected(told):
        _unvisit(case, told)
    if was_actual or expected(told):
        return entry(told, "discharge_corrected", code="expected" if expected(told) else "actual")
    return entry(told, "discharge_confirmed")


def expected(told: Told) -> bool:
    """A date that lies ahead of who tells it is expected, whatever it is called: services wait for the actual one."""
    return told.code == "expected" or (told.until is not None and lies_ahead(told.until, told.at))


def lies_ahead(moment: datetime, told_at: datetime) -> bool:
    """Whether a moment was still to come when it was told; clocks of feeds differ by some minutes."""
    return moment > told_at + CLOCKS_DIFFER


def _set_date(case: Case, told: Told) -> None:
    if expected(told):
        case.expected_at, case.discharged_at = told.until, None
    elif told.until is not None:
        case.discharged_at = told.until


def _word_counts(case: Case, told: Told) -> bool:
    """The discharging facility's word counts, and that of a person at the desk who settles a difference."""
    return told.number == 0 or told.who == (case.facility or case.opener)


def _returned(case: Case, told: Told) -> Entry:
    case.stands, case.resurvey, case.admitted_at = "", told.name, None
    _set_date(case, told)
    return entry(told, "resumed")


def corrected(case: Case, told: Told) -> Taken:
    """Version the date and move every open clock; without a date there is nothing to move."""
    if told.until is None or case.stands:
        return [entry(told, "noted", why="nothing-to-move")]
    if told.until == (case.discharged_at or case.expected_at) and bool(case.discharged_at) != expected(told):
        return [entry(told, "noted", why="same-date")]
    if not _word_counts(case, told):
        return [entry(told, "dates_differ")]
    return [_moved(case, told)]


def cancelled(case: Case, told: Told) -> Taken:
    """Undo everything booked; the case goes back to expected and is not deleted."""
    if case.stands:
        return [entry(told, "noted", why=f"already-{case.stands}")]
    if not _word_counts(case, told):
        return [entry(told, "dates_differ")]
    case.cancelled_date = case.discharged_at or case.expected_at
    case.stands, case.expected_at, case.discharged_at = "discharge-cancelled", None, None
    _unbook(case, told)
    return [entry(told, "discharge_cancelled")]


def admitted(case: Case, told: Told) -> Taken:
    """Suspend on a readmission; the admission before the discharge, told late, changes nothing."""
    if case.stands or case.discharged_at is None:
        return [entry(told, "noted", why="not-a-readmission")]
    if told.until is not None and told.until < case.discharged_at:
        return [entry(told, "noted", why="admission-before-discharge")]
    case.stands, case.admitted_at = "readmitted", told.until or told.at
    for line in case.lines.values():
        if line.state == "offered":
            line.needs_offer(told.name)
    _unvisit(case, told)
    return [entry(told, "suspended")]


def admission_cancelled(case: Case, told: Told) -> Taken:
    """Go on as if the person had never been admitted."""
    if case.stands != "readmitted":
        return [entry(told, "noted", why="not-readmitted")]
    case.stands, case.admitted_at = "", None
    return [entry(told, "resumed", code="cancelled")]


def died(case: Case, told: Told) -> Taken:
    """End the case; a death in doubt never starts and never stops anything alone: a person confirms."""
    if told.code == "doubtful" or (told.until and case.discharged_at and told.until < case.discharged_at):
        return [entry(told, "death_doubted")]
    case.end, case.end_told = ("reason-1" if case.support_began else "outcome-died"), told.name
    return [entry(told, "noted", why="death")]


def _unvisit(case: Case, told: Told) -> None:
    """The person is not at home: whatever visit was planned is planned anew."""
    for line in case.lines.values():
        line.visit, line.visit_cause = "", told.name


def _unbook(case: Case, told: Told) -> None:
    for line in case.lines.values():
        if not line.over:
            line.needs_offer(told.name)
