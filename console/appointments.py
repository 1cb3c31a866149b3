"""Checks before a moment of a visit is sent: it has not passed, and the person is at home then."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from console.connections import Connections
from console.errors import NotFoundError, UsageError
from console.moments import local
from console.recorded import counts
from handoff.rules.appointment import Bounds, impossible_visit
from handoff.rules.calendar import at
from handoff.rules.rhythm import WEEKDAYS
from handoff.rules.series import before_next, replaceable, rhythm_at, series_of
from handoff.store.queries import reads
from handoff.store.queries.stored import StoredLine, StoredVisit
from handoff.store.record.plans import ENDED
from handoff.subjects import is_visit, line_of
from handoff.timezone import KST
from handoff.vocabulary.states import LineState, VisitState
from handoff.vocabulary.words import MilestoneName

REQUESTED = "visit-requested"  # `why` of the row of a request
ANSWERS = (MilestoneName.VISIT_PLANNED, MilestoneName.OFFER_MADE)  # rows of a line after which no request is awaited


async def check_moment(connections: Connections, subject: str, moment: datetime) -> None:
    """Check that a visit of this line, offer or visit can take place at a moment.

    Raises:
        NotFoundError: the moment has passed, or is before the discharge, or outside of the line.
    """
    case_id, line_id = subject.partition(".")[0], line_of(subject)
    async with connections.engine.connect() as conn:
        case = await reads.case(conn, case_id)
        lines = await StoredLine.of_cases(conn, [case_id])
        visits = await StoredVisit.read(conn, StoredVisit.table.c.line_id == line_id, order="number")
    line = next((line for line in lines if line.line_id == line_id), None)
    if case is None or line is None:
        return  # the action says so itself
    profile, home = connections.profile, (case.discharged_at, case.expected_at)
    planned = (visit for visit in visits if visit.state == VisitState.SCHEDULED)
    moved = next((visit for visit in planned if subject == visit.visit_id or not is_visit(subject)), None)
    next_at = before_next(line, visits, moved, profile) if moved else None
    bounds = Bounds(connections.now(), *home, line.starts_on, line.ends_at, next_at, profile.scale)
    if reason := impossible_visit(moment, bounds):
        raise NotFoundError(f"{reason.says[:1].upper()}{reason.says[1:]}. Nothing was done. Name another moment.")


@dataclass(frozen=True)
class Changeable:
    """A line that a provider has accepted.

    Attributes:
        states: of all lines of its case, by id.
        ends_at: when its series is over, as the plan means it; None: it has no visit yet, or does not repeat.
    """

    line: StoredLine
    states: Mapping[str, str]
    ends_at: datetime | None


async def check_line(connections: Connections, line_id: str) -> Changeable:
    """The line, which a provider has accepted.

    Raises:
        NotFoundError: there is no such line, no provider has accepted it, or it has ended.
    """
    case_id = line_id.partition(".")[0]
    async with connections.engine.connect() as conn:
        lines = await StoredLine.of_cases(conn, [case_id])
        visits = await StoredVisit.read(conn, StoredVisit.table.c.line_id == line_id, order="number")
    line = next((line for line in lines if line.line_id == line_id), None)
    if line is None:
        raise NotFoundError(f"There is no line {line_id}. `handoff show {case_id}` lists the lines.")
    if line.state in ENDED:
        ended = f" since {local(line.ended_at)}" if line.ended_at else ""
        raise NotFoundError(f"Line {line_id} is {line.state}{ended}: it has ended. Nothing was done.")
    if line.state not in (LineState.ACCEPTED, LineState.IN_SERVICE, LineState.ON_HOLD):
        raise NotFoundError(f"Line {line_id} is {line.state}: no provider has accepted it. Nothing was done.")
    series = series_of(line, visits, connections.profile, whole=True)
    return Changeable(line, {line.line_id: line.state for line in lines}, series.ends_at if series else None)


def check_begin(changeable: Changeable, begins_at: datetime, *, ends: bool) -> None:
    """Check that a change of a line, or its end (`ends`), begins before the line is over anyway.

    Raises:
        NotFoundError: the line is over by then.
    """
    line = changeable.line
    last = min(filter(None, (changeable.ends_at, None if ends else line.ends_at)), default=None)
    if last and begins_at >= last:
        over = f"Line {line.line_id} is over on {local(last)} anyway."
        raise NotFoundError(f"{over} Nothing was done. Name a day before.")


async def check_request(connections: Connections, line_id: str, moment: datetime | None) -> None:
    """Check that a visit of a line on request can be asked for: none is awaited, and its moment is to come.

    Raises:
        NotFoundError: another visit is awaited, or the moment cannot be.
    """
    case_id = line_id.partition(".")[0]
    async with connections.engine.connect() as conn:
        visits = await StoredVisit.read(conn, StoredVisit.table.c.line_id == line_id, order="number")
        timeline = [row for row in await reads.timeline(conn, case_id) if row.subject == line_id and counts(row)]
    open_visit = next((visit for visit in visits if visit.state in (VisitState.SCHEDULED, VisitState.SUSPENDED)), None)
    if open_visit:
        raise NotFoundError(
            f"Visit {open_visit.visit_id} is planned on {local(open_visit.planned_at)}. Nothing was done. Move it with "
            f"`handoff visit {open_visit.visit_id} --move TIME`, or request another one when it is over."
        )
    last = next((row for row in reversed(timeline) if row.why == REQUESTED or row.what in ANSWERS), None)
    if last and last.what not in ANSWERS:
        raise NotFoundError(
            f"A visit of line {line_id} was requested on {local(last.known_at)}, and is planned as soon as one is "
            "possible. Nothing was done. Move it then."
        )
    if moment:
        await check_moment(connections, line_id, moment)


def begin_of(day: date | None, now: datetime) -> datetime | None:
    """The moment at which a day begins in Korea; None: at once, since no day or today is named.

    Raises:
        NotFoundError: the day is over.
    """
    if day is None or day == _day(now):
        return None
    if day < _day(now):
        raise NotFoundError(f"{day} is over. Nothing was done. Name today or a day to come.")
    return at(day, time(0))


def check_quantity(changeable: Changeable, per_week: int, begins_at: datetime) -> None:
    """Check that a line can have this number of visits a week from a moment on.

    Raises:
        NotFoundError: the line has no visits per week, or less than these.
    """
    line = changeable.line
    if line.per != "week":
        raise NotFoundError(f"Line {line.line_id} has no number of visits a week. Nothing was done.")
    replaced = replaceable(line, begins_at, changeable.states)
    stays = replace(line, changes=[change for change in line.changes if change not in replaced])
    quantity, _ = rhythm_at(stays, begins_at)
    if per_week > quantity:
        says = f"Line {line.line_id} has {quantity} a week then. More needs a new version of the plan: handoff plan"
        raise NotFoundError(f"{says} {line.case_id}. Nothing was done.")


def check_weekdays(line: StoredLine, words: str, begins_at: datetime) -> list[str]:
    """The weekdays as a list: one for each visit a week that the line has at that moment.

    Raises:
        NotFoundError: the line is no weekly series, or has not as many visits a week as weekdays are named.
        UsageError: a word is no weekday.
    """
    named = [word.strip().lower() for word in words.split(",") if word.strip()]
    if unknown := [word for word in named if word not in WEEKDAYS]:
        raise UsageError(f"{unknown[0]!r} is not a weekday. Write them like mon,thu: {', '.join(WEEKDAYS)}.")
    if line.per != "week":
        raise NotFoundError(f"Line {line.line_id} does not repeat by the week. Nothing was done.")
    quantity, _ = rhythm_at(line, begins_at)
    if len(set(named)) != quantity:
        raise NotFoundError(
            f"Line {line.line_id} has {quantity} a week: name {quantity} different weekdays. Nothing was done."
        )
    return named


def _day(moment: datetime) -> date:
    return moment.astimezone(KST).date()
