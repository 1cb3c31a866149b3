"""The state of a case, made again from its record alone, for a workflow that was lost (docs/decisions/0028).

Each field has one row in a table here, or beside this module, which says where in the record it comes from. Two kinds
of source: the rows as they stand, and what was told, applied once more by the functions that applied it then.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from handoff.case.joining import JOINED
from handoff.case.line import Line
from handoff.case.lines_again import LINE_SOURCES
from handoff.case.messages import CaseEvent, Due
from handoff.case.record_reading import RecordReading
from handoff.case.record_rows import RowsOfCase, StandingClock, TimelineRow
from handoff.case.refusals import OF_CONSENT
from handoff.case.state import STAGES, CaseState
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.states import Consent, Eligibility, PlanState, Stage
from handoff.vocabulary.words import EventKind, MilestoneName


def rebuilt(rows: RowsOfCase, cause: str) -> CaseState:
    """The state of a case by its record.

    Args:
        rows: the record of an open case.
        cause: key of the rebuild, which the case has not had before.
    """
    reading = RecordReading(rows, cause)
    fields: dict[str, Any] = {name: source(reading) for name, source in SOURCES.items()}
    return CaseState(**fields)


Source = Callable[[RecordReading], Any]


def _opener(reading: RecordReading) -> str:
    screened = reading.last(MilestoneName.CASE_SCREENED)
    return screened.who if screened else ""


def _number(reading: RecordReading) -> int:
    """The last fact that left something in the record. Later ones are told again."""
    events = (reading.rows.events.get(row.cause) for row in reading.rows.timeline)
    return max((event.number for event in events if event), default=0)


def _written(reading: RecordReading) -> str:
    return next((row.key for row in reversed(reading.rows.timeline) if row.result), "")


def _stage(reading: RecordReading) -> str:
    """The stage never goes back, also if a correction says that support has not begun after all."""
    reached = [_REACHED.get(row.what, Stage.CONSENT) for row in reading.rows.timeline]
    if reading.served:
        reached.append(Stage.FOLLOW_UP)
    if reading.answered.assessed == Eligibility.ELIGIBLE:
        reached.append(Stage.PLAN)
    return max(reached, key=STAGES.index, default=Stage.CONSENT)


_REACHED: Mapping[str, Stage] = {
    MilestoneName.ASSESSMENT_REQUESTED: Stage.ASSESSMENT,
    MilestoneName.PLAN_SUBMITTED: Stage.PLAN,
    MilestoneName.PLAN_APPROVED: Stage.SERVICES,
    MilestoneName.SERVICES_OVER: Stage.FOLLOW_UP,
}


def _eligibility(reading: RecordReading) -> str:
    screened = reading.last(MilestoneName.CASE_SCREENED)
    return screened.result.verdict if screened and screened.result else ""


def _refusals_told(reading: RecordReading) -> list[str]:
    """Who told a refusal in a notice, since somebody told that consent was given."""
    senders: list[str] = []
    for row in reading.rows.timeline:
        kind = EventKind.known(row.cause.partition("#")[0])
        if row.what == MilestoneName.CONSENT_GIVEN and kind == EventKind.CONSENT_GIVEN:
            senders = []
        elif row.what == MilestoneName.REFUSAL_TOLD and kind not in OF_CONSENT and row.who not in senders:
            senders.append(row.who)
    return senders


def _change(reading: RecordReading) -> CaseEvent | None:
    """The deciding body's own version, if the workflow was lost before it approved it."""
    if reading.answered.plan_state != PlanState.SUBMITTED:
        return None
    submitted = [row for row in reading.rows.timeline if row.what == MilestoneName.PLAN_SUBMITTED and _taken(row)]
    event = reading.event(submitted[-1] if submitted else None)
    return event if event and event.kind == EventKind.PLAN_CHANGED else None


def _taken(row: TimelineRow) -> bool:
    return row.result is not None and row.result.verdict != Verdict.REFUSED


def _lines(reading: RecordReading) -> dict[str, Line]:
    return {
        line.line: Line(**{name: source(reading, line) for name, source in LINE_SOURCES.items()})
        for line in reading.rows.lines
    }


def _reviewed(reading: RecordReading) -> bool:
    """Whether a person was asked how to go on after the last plan, or the last correction that opened a line again."""
    last = next((row for row in reversed(reading.rows.timeline) if _asks_or_goes_on(row)), None)
    return last is not None and last.what == MilestoneName.SERVICES_OVER


def _asks_or_goes_on(row: TimelineRow) -> bool:
    return row.what in (MilestoneName.SERVICES_OVER, MilestoneName.PLAN_APPROVED) or _opens_a_line(row)


def _opens_a_line(row: TimelineRow) -> bool:
    result = row.result
    if row.what == MilestoneName.CASE_ABSORBED:
        return bool(result and result.lines)
    corrects = row.what == MilestoneName.CORRECTED and result is not None and result.verdict != Verdict.GONE
    return corrects and bool(result and result.lines)


def _reopened_by(reading: RecordReading) -> str:
    return next((row.key for row in reversed(reading.rows.timeline) if _opens_a_line(row)), "")


def _closing(reading: RecordReading) -> CaseEvent | None:
    return reading.event(reading.last(MilestoneName.CLOSING)) if reading.rows.case.closing else None


def _ending(reading: RecordReading) -> CaseEvent | None:
    """What ends the case at once, a refusal or a join, if the workflow was lost before it wrote the end."""
    if joined := reading.last(MilestoneName.CASE_JOINED):
        return reading.event(joined)
    refused = reading.last(MilestoneName.CONSENT_REFUSED)
    return reading.event(refused) if reading.rows.case.consent == Consent.REFUSED else None


def _end(reading: RecordReading) -> str:
    ending = _ending(reading)
    if ending is None:
        return ""
    if ending.kind == EventKind.CASE_JOINED:
        return JOINED
    return "reason-4" if reading.rows.case.support_began else "outcome-refused"


def _end_told(reading: RecordReading) -> str:
    ending = _ending(reading)
    return ending.name if ending else ""


def _ended_at(reading: RecordReading) -> datetime | None:
    ending = _ending(reading)
    return ending.occurred if ending else None


def _dues(reading: RecordReading) -> dict[str, Due]:
    """The clocks that run. One that ran out before waits for its answer, and does not run out again."""
    return {
        clock.name: Due(**{name: source(reading, clock) for name, source in DUE_SOURCES.items()})
        for clock in reading.running
        if not reading.rang(MilestoneName.OVERDUE, clock)
    }


def _in_zone(moment: datetime | None, reading: RecordReading, clock: StandingClock) -> datetime | None:
    """A moment in the time zone in which the workflow knew the clock: the key of its milestone names it so."""
    return moment and moment.astimezone(reading.zone(clock))


DUE_SOURCES: Mapping[str, Callable[[RecordReading, StandingClock], Any]] = {
    "name": lambda _, clock: clock.name,
    "due_at": lambda reading, clock: _in_zone(clock.due_at, reading, clock),
    "warn_at": lambda reading, clock: _in_zone(clock.warn_at, reading, clock),
    "owner": lambda _, clock: clock.owner,
}


def _sources(**by_field: Source) -> Mapping[str, Source]:
    return by_field


# Every field of `CaseState`. The flags of builds stand as in a case that begins today.
SOURCES = _sources(
    case=lambda reading: reading.rows.case.case,
    opener=_opener,
    facility=lambda reading: reading.told.facility,
    number=_number,
    written=_written,
    stage=_stage,
    eligibility=_eligibility,
    consent=lambda reading: reading.rows.case.consent,
    consent_until=lambda reading: reading.rows.case.consent_until,
    refused=lambda reading: list(reading.rows.case.refused),
    papers=lambda reading: reading.rows.case.papers,
    refusals_told=_refusals_told,
    heard_at=lambda _: None,
    expected_at=lambda reading: reading.dated.expected_at,
    discharged_at=lambda reading: reading.dated.discharged_at,
    admitted_at=lambda reading: reading.dated.admitted_at,
    cancelled_date=lambda reading: reading.told.cancelled_date,
    returned=lambda reading: reading.told.returned,
    words=lambda reading: reading.told.words,
    disputed=lambda reading: reading.told.disputed,
    stands=lambda reading: reading.told.stands,
    route=lambda reading: reading.answered.route,
    assessed=lambda reading: reading.answered.assessed,
    resurvey=lambda reading: reading.told.resurvey,
    plan=lambda reading: reading.answered.plan,
    plan_state=lambda reading: reading.answered.plan_state,
    change=_change,
    approvals=lambda reading: reading.answered.approvals,
    lines=_lines,
    proposed=lambda reading: reading.answered.proposed,
    kept=lambda reading: reading.answered.kept,
    support_began=lambda reading: reading.rows.case.support_began,
    reviewed=_reviewed,
    death=lambda reading: reading.rows.case.death,
    deaths=lambda reading: reading.told.deaths,
    denials=lambda reading: reading.told.denials,
    death_waits=lambda _: True,
    restricted=lambda reading: reading.rows.case.restricted,
    restrictions=lambda reading: reading.told.restrictions,
    closing=_closing,
    close_waits=lambda _: True,
    end_looked_at=lambda _: True,
    giving_back_waits=lambda _: True,
    ending_waits=lambda _: True,
    scopes_count=lambda _: True,
    lines_reopen=lambda _: True,
    reopened_by=_reopened_by,
    end=_end,
    end_told=_end_told,
    ended_at=_ended_at,
    dues=_dues,
    warned=lambda reading: [clock.name for clock in reading.running if reading.rang(MilestoneName.LATE, clock)],
    overdue=lambda reading: [clock.name for clock in reading.running if reading.rang(MilestoneName.OVERDUE, clock)],
)
