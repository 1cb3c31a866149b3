"""A plan line, made again from its rows: its state, its offer and its next visit."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from handoff.case.record_reading import RecordReading
from handoff.case.record_rows import StandingLine, StandingVisit, TimelineRow
from handoff.subjects import line_of
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.states import LINE_OVER, LineKind, LineState, ReferralState, VisitState
from handoff.vocabulary.words import EventKind, MilestoneName

LineSource = Callable[[RecordReading, StandingLine], Any]
# States of the record in which a provider has the line.
_ACCEPTED = (LineState.ACCEPTED, LineState.IN_SERVICE, LineState.ON_HOLD)
_OPEN = (ReferralState.REQUESTED, ReferralState.ACCEPTED, ReferralState.IN_PROGRESS, ReferralState.ON_HOLD)
_TAKEN = (*_OPEN[1:], ReferralState.COMPLETED, ReferralState.FAILED)


def _state(reading: RecordReading, line: StandingLine) -> str:
    if line.state in _ACCEPTED:
        return LineState.ACCEPTED
    if line.state == LineState.GAP and _waits(reading, line):
        return LineState.WAITING
    return line.state


def _waits(reading: RecordReading, line: StandingLine) -> bool:
    """Whether the municipality has chosen to wait for a provider. The answer's clock ends when the line is offered."""
    clock = f"{LimitName.WAIT}:{line.line}"
    return any(running.name == clock for running in reading.rows.clocks)


def _offer(reading: RecordReading, line: StandingLine) -> str:
    """The open offer. A line that is over has the one that its provider had accepted."""
    states = _TAKEN if line.state in LINE_OVER else _OPEN
    offers = [offer.offer for offer in reading.rows.offers if offer.line == line.line and offer.state in states]
    return offers[-1] if offers else ""


def _visit(reading: RecordReading, line: StandingLine) -> str:
    """The visit that is scheduled, or the one-off visit whose report is awaited before another one is planned."""
    if line.state not in _ACCEPTED:
        return ""
    own = [visit for visit in reading.rows.visits if visit.line == line.line]
    unreported = line.kind == LineKind.ONE_OFF and reading.at_home
    last = _last(own, VisitState.SCHEDULED) or (_last(own, VisitState.UNREPORTED) if unreported else None)
    return last.visit if last else ""


def _last(visits: list[StandingVisit], state: VisitState) -> StandingVisit | None:
    return max((visit for visit in visits if visit.state == state), key=lambda visit: visit.number, default=None)


def _awaits_name(reading: RecordReading, line: StandingLine) -> bool:
    """Whether the record said last that somebody has to name the first visit, and nobody has."""
    if line.state not in _ACCEPTED or _visit(reading, line):
        return False
    last = next((row for row in reversed(reading.rows.timeline) if _about_name(row, line.line) is not None), None)
    return last is not None and bool(_about_name(last, line.line))


def _about_name(row: TimelineRow, line: str) -> bool | None:
    """Whether a row lets a line await a name (True), or not any more (False). None: it says nothing about that."""
    result = row.result
    if result is None:
        return None
    if row.what == MilestoneName.SERVICE_DATES_SET:
        return True if any(cancelled.line == line for cancelled in result.lines) else None
    if line_of(row.subject) != line:
        return None
    if row.what == MilestoneName.VISIT_PLANNED:
        return result.verdict == Verdict.TO_BE_NAMED
    named = row.what == MilestoneName.VISIT_MOVED and result.verdict == Verdict.NAMED
    corrected = row.what == MilestoneName.CORRECTED and result.verdict != Verdict.GONE
    return False if named or corrected or row.what == MilestoneName.OFFER_MADE else None


def _asked_for(reading: RecordReading, line: StandingLine) -> datetime | None:
    """The moment of a visit that was requested, until it is planned."""
    for row in reversed(reading.rows.timeline):
        if line_of(row.subject) != line.line:
            continue
        if row.what == MilestoneName.VISIT_PLANNED or _ends_visit(reading, row):
            return None
        event = reading.event(row)
        if row.what == MilestoneName.NOTED and event and event.kind == EventKind.VISIT_REQUESTED:
            return event.until or event.at
    return None


def _ends_visit(reading: RecordReading, row: TimelineRow) -> bool:
    """Whether a row ends the last visit of its line: what was requested meanwhile is forgotten with it."""
    if row.what not in (MilestoneName.VISIT_COMPLETED, MilestoneName.VISIT_MISSED):
        return False
    own = [visit for visit in reading.rows.visits if visit.line == line_of(row.subject)]
    return bool(own) and max(own, key=lambda visit: visit.number).visit == row.subject


def _line_sources(**by_field: LineSource) -> Mapping[str, LineSource]:
    return by_field


# Every field of `Line`.
LINE_SOURCES = _line_sources(
    line=lambda _, line: line.line,
    kind=lambda _, line: line.kind,
    urgent=lambda _, line: line.urgent,
    state=_state,
    cause=lambda reading, _: reading.cause,
    offer=_offer,
    visit=_visit,
    visit_cause=lambda reading, _: reading.cause,
    awaits_name=_awaits_name,
    asked_for=_asked_for,
)
