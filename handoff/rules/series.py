"""The series that a plan line and its visits are: the dates of the visits to come, until its end."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any, Protocol, TypeVar

from handoff.profile.model import Profile
from handoff.rules.calendar import DAY, at, is_holiday
from handoff.rules.delivery import planned_visits
from handoff.rules.rhythm import (
    PERIODS,
    SATURDAY,
    WORKING_WEEK,
    Occurrence,
    Rhythm,
    RhythmChange,
    Series,
    dates,
    weekdays_of,
)
from handoff.rules.schedule import series_ends
from handoff.timezone import KST
from handoff.vocabulary.services import Namer
from handoff.vocabulary.states import LineKind, LineState, VisitState

WITHDRAWN = (VisitState.CANCELLED, VisitState.SUSPENDED)  # visits that the engine took back
OPEN = (LineState.PLANNED, LineState.OFFERED, LineState.GAP, LineState.WAITING)  # no provider has accepted the line
AT_MOST = 5000  # dates of one line that are listed


class LineLike(Protocol):
    """What counts of a plan line."""

    @property
    def kind(self) -> str:
        """A `LineKind`."""
        ...

    @property
    def quantity(self) -> int:
        """Visits per period."""
        ...

    @property
    def per(self) -> str:
        """The period: day, week or month."""
        ...

    @property
    def days(self) -> int:
        """Length in calendar days."""
        ...

    @property
    def weekdays(self) -> str:
        """Weekdays: "mon,thu"; "" if none are named."""
        ...

    @property
    def changes(self) -> Sequence[Mapping[str, Any]]:
        """Changes to come: `{begins_at, quantity, weekdays}`, and of a reduction `rest`, the line that has the rest."""
        ...

    @property
    def ends_at(self) -> datetime | None:
        """When it ends early; None: it does not."""
        ...


class StartsOn(Protocol):
    """A plan line that may name the first day of its visits."""

    @property
    def starts_on(self) -> str:
        """First day, ISO 8601; "": none is named."""
        ...


class VisitLike(Protocol):
    """What counts of a visit."""

    @property
    def state(self) -> str:
        """A `VisitState`."""
        ...

    @property
    def planned_at(self) -> datetime:
        """When it takes place."""
        ...

    @property
    def slot(self) -> datetime | None:
        """Its place in the rhythm; None: `planned_at`."""
        ...

    @property
    def makes_up(self) -> str:
        """The missed visit that it makes up for; "": none."""
        ...

    @property
    def named_by(self) -> str:
        """A `Namer`; "": it follows the rhythm."""
        ...


AnyVisit = TypeVar("AnyVisit", bound=VisitLike)


def regular(visits: Sequence[AnyVisit]) -> list[AnyVisit]:
    """The visits of the series itself, in their order: without make-up visits, and without those taken back."""
    return [visit for visit in visits if visit.state not in WITHDRAWN and not visit.makes_up]


def made_up_for(visits: Sequence[AnyVisit], make_ups: int) -> AnyVisit | None:
    """The missed visit for which a make-up visit is due; None: there is none.

    It is the last visit of its line, and makes up for no other. A line has at most `make_ups` make-up visits.
    """
    held = [visit for visit in visits if visit.state not in WITHDRAWN]
    missed = bool(held) and held[-1].state == VisitState.MISSED and not held[-1].makes_up
    return held[-1] if missed and sum(bool(visit.makes_up) for visit in held) < make_ups else None


def slot_of(visit: VisitLike) -> datetime:
    """The place of a visit in the rhythm. Visits of older builds have none: it is their moment."""
    return visit.slot or visit.planned_at


def planned_in_all(line: LineLike, visits: Sequence[VisitLike], profile: Profile) -> int | None:
    """How many visits a line means in all, also if it ends early; None: as many as are asked for.

    Those that were planned count, and each date of the rhythm after them that no holiday skips.
    """
    series = series_of(line, visits, profile, whole=True)
    if series is None or line.kind != LineKind.SERIES or not line.days:
        return planned_visits(line.kind, line.quantity, line.per, line.days)
    to_come = islice(_after_last(series, visits, profile), AT_MOST)
    return len(regular(visits)) + sum(date.planned_at is not None for date in to_come)


def series_of(line: LineLike, visits: Sequence[VisitLike], profile: Profile, *, whole: bool = False) -> Series | None:
    """The series of a line, with all its visits in their order; None: no visit was planned yet, or nothing repeats.

    `whole`: as the plan means it, also if it ends early.

    The rhythm hangs on the first visit; if another provider took the line over and named a first visit, on that one.
    """
    own = regular(visits)
    if not own or line.per not in PERIODS:
        return None
    anchor = next((visit for visit in reversed(own) if visit.named_by), own[0])
    rhythm = Rhythm(_first(anchor, line), line.quantity, line.per, weekdays_of(line.weekdays))
    end = series_ends(slot_of(own[0]), line.days, profile)
    return Series(rhythm, min(end, line.ends_at or end) if not whole else end, tuple(map(_change, line.changes)))


def dates_to_come(line: LineLike, visits: Sequence[VisitLike], profile: Profile) -> list[Occurrence]:
    """Every date of a line after the last visit that is planned, until its end, also those that a holiday skips."""
    series = series_of(line, visits, profile)
    return list(islice(_after_last(series, visits, profile), AT_MOST)) if series else []


def next_date(line: LineLike, visits: Sequence[VisitLike], now: datetime, profile: Profile) -> Occurrence | None:
    """The next visit of a line that has a first visit, later than now. None: there is no further one."""
    series = series_of(line, visits, profile)
    to_come = _after_last(series, visits, profile) if series else iter(())
    return next((date for date in to_come if date.planned_at and date.planned_at > now), None)


def rhythm_at(line: LineLike, moment: datetime) -> tuple[int, tuple[str, ...]]:
    """How many visits per period a line has at a moment, and on which weekdays; (): they follow from the first visit.

    The last change that begins until then counts.
    """
    begun = [change for change in line.changes if begins_at(change) <= moment]
    quantity, weekdays = (begun[-1]["quantity"], begun[-1]["weekdays"]) if begun else (line.quantity, line.weekdays)
    return int(quantity), tuple(word for word in str(weekdays).split(",") if word)


def replaceable(line: LineLike, since: datetime, states: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """The reductions of a line from a moment on whose rest no provider has accepted. `states`: of all lines, by id."""
    return [
        change
        for change in line.changes
        if change.get("rest") and begins_at(change) >= since and states[change["rest"]] in OPEN
    ]


def begins_at(change: Mapping[str, Any]) -> datetime:
    """When a change of a line's rhythm begins."""
    return datetime.fromisoformat(str(change["begins_at"]))


def before_next(line: LineLike, visits: Sequence[AnyVisit], visit: AnyVisit, profile: Profile) -> datetime | None:
    """The moment before which a visit has to take place: the next of its line, or the end of the line.

    None: it is a make-up visit, or a first visit that the engine had proposed: the rhythm hangs on the one that people
    name instead. Or nothing repeats.
    """
    series = series_of(line, visits, profile)
    if series is None or visit not in regular(visits) or visit.named_by == Namer.ENGINE:
        return None
    following = next((date for date in _after_last(series, visits, profile) if date.planned_at), None)
    return following.planned_at if following else series.ends_at


def starts_at(line: StartsOn, profile: Profile) -> datetime | None:
    """When the visiting hours of a line's first day begin; None: the line names no day."""
    return at(date.fromisoformat(line.starts_on), profile.visits.opens) if line.starts_on else None


def first_on(weekdays: tuple[int, ...], moment: datetime, profile: Profile) -> datetime:
    """The first moment at this time of day, not before `moment`, that is on one of the weekdays and no holiday.

    (): the moment itself, as in a demonstration, whose days are seconds.
    """
    if not weekdays or profile.scale != 1:
        return moment
    calendar, first = profile.calendar, moment.astimezone(KST)
    holidays = calendar.works != "always"
    while first.weekday() not in weekdays or (holidays and is_holiday(first.date(), calendar)):
        first += DAY
    return first


def _after_last(series: Series, visits: Sequence[VisitLike], profile: Profile) -> Iterator[Occurrence]:
    """The dates of a series after its last visit. A visit that was taken back comes again where people moved it to."""
    back = [visit for visit in visits if visit.state in WITHDRAWN and not visit.makes_up]
    moved = {slot_of(visit): visit.planned_at for visit in back if visit.planned_at != slot_of(visit)}
    for occurrence in dates(series, max(map(slot_of, regular(visits))), profile):
        planned_at = moved.get(occurrence.slot, occurrence.planned_at)
        if planned_at == occurrence.planned_at:
            yield occurrence
        elif planned_at and planned_at < series.ends_at:
            yield Occurrence(occurrence.slot, planned_at, named=True)


def _first(anchor: VisitLike, line: LineLike) -> datetime:
    """The visit that the rhythm hangs on. If nobody named a day off, it is the Monday after."""
    first = slot_of(anchor).astimezone(KST)
    working = line.per == "week" and line.quantity <= WORKING_WEEK
    while working and first.weekday() >= SATURDAY and anchor.named_by != Namer.PROVIDER:
        first += DAY
    return first


def _change(words: Mapping[str, Any]) -> RhythmChange:
    return RhythmChange(begins_at(words), int(words["quantity"]), weekdays_of(str(words["weekdays"])))
