"""The clocks of a case: every limit has a deadline, an owner and a warning, and a reason while it stands still."""

from collections.abc import Collection, Iterable
from datetime import datetime

from handoff.case.messages import Due, Milestone
from handoff.profile.model import Profile
from handoff.rules.clocks import Clock, Deadline, Pause, deadline
from handoff.store.record.clocks import APPOINTMENT, ClockRow, ClockRows
from handoff.vocabulary.words import LimitName
from handoff.worklist.task_kinds import COORDINATOR


class CaseClocks:
    """Starts, moves, pauses and ends clocks, and remembers which ones a milestone touched."""

    _milestone: Milestone

    def __init__(self, clocks: ClockRows, case_id: str, profile: Profile) -> None:
        self._clocks, self._case, self._profile = clocks, case_id, profile
        self._dues: dict[str, Due] = {}
        self.moved: dict[str, ClockRow] = {}  # clocks that were known before and have moved or ended since

    def turn_to(self, milestone: Milestone) -> None:
        """Begin the next milestone."""
        self._milestone, self._dues = milestone, {}

    def touched(self) -> list[Due]:
        """Every clock that this milestone started, moved, paused or ended."""
        return list(self._dues.values())

    def all(self) -> dict[str, ClockRow]:
        """Every clock that has not ended, by name."""
        return self._clocks.running()

    def start(self, limit: LimitName, subject: str = "", *, at: datetime | None = None, owner: str = "") -> Due:
        """Start the clock of a limit, or start it anew; its name is `limit`, or `limit:subject`."""
        named = clock_name(limit, subject)
        since = at or self._milestone.now
        ends = self._deadline(limit, since, ())
        owner = owner or self.owner(limit, since)
        row = ClockRow(self._case, named, limit, owner, since, ends.warn_at, ends.due_at or since, subject=subject)
        return self._set(row)

    def owner(self, limit: LimitName, on: datetime) -> str:
        """The role of the limit; a body outside that has no topic (assessor, provider) is called by the coordinator."""
        owner = self._profile.limit(limit, on).owner
        return owner if owner in self._profile.owners else COORDINATOR

    def appoint(self, name: str, moment: datetime, owner: str, subject: str = "") -> Due:
        """Ring at an agreed moment: a check on the person, the end of a wait."""
        row = ClockRow(self._case, name, APPOINTMENT, owner, self._milestone.now, None, moment, subject=subject)
        return self._set(row)

    def stop(self, *names: str) -> None:
        """Stop clocks by name. Unknown names are ignored."""
        known = self.all()
        for name in names:
            if name in known:
                known[name].ended_at = self._milestone.now
                known[name].ended_by = self._milestone.key
                self._dues[name] = Due(name)
                self.moved[name] = known[name]

    def stop_about(self, *subjects: str, but: Collection[str] = ()) -> None:
        """End every clock about one of these, but for those of some limits."""
        running = self.all()
        self.stop(*(name for name, each in running.items() if each.subject in subjects and each.limit not in but))

    def pause(self, why: str, names: Iterable[str] | None = None, *, but: Collection[str] = ()) -> None:
        """Let clocks stand still: these, or all but some. Each knows why; it may have several reasons."""
        known = self.all()
        for name in known if names is None else names:
            if name in known and name not in but:
                stands = {"why": why, "from": self._milestone.now.isoformat(), "until": None}
                known[name].pauses = [*known[name].pauses, stands]
                self._dues[name] = Due(name)

    def resume(self, why: str) -> None:
        """Let the clocks that stand still for this reason go on, with what they had left."""
        for clock in self.all().values():
            if any(pause["why"] == why and pause["until"] is None for pause in clock.pauses):
                clock.pauses = [_ended(pause, why, self._milestone.now) for pause in clock.pauses]
                self._recompute(clock)

    def move(self, name: str, started_at: datetime) -> None:
        """What the clock counts from has moved."""
        clock = self.all().get(name)
        if clock and clock.started_at != started_at:
            clock.started_at = started_at
            self._recompute(clock)

    def _set(self, row: ClockRow) -> Due:
        known = self.all().get(row.name)
        if known:
            self.moved[row.name] = known
            # Its pauses are kept: the timeline tells for ever why it stood still.
            known.owner = row.owner
            known.started_at = row.started_at
            known.warn_at = row.warn_at
            known.due_at = row.due_at
        else:
            self._clocks.add(row)
            self.moved.pop(row.name, None)
        return self._due(known or row)

    def _recompute(self, clock: ClockRow) -> None:
        if clock.limit != APPOINTMENT and not clock.paused:
            ends = self._deadline(clock.limit, clock.started_at, _pauses(clock))
            clock.warn_at = ends.warn_at
            clock.due_at = ends.due_at or clock.due_at
            self.moved[clock.name] = clock
        self._due(clock)

    def _due(self, clock: ClockRow) -> Due:
        due = Due(clock.name) if clock.paused else Due(clock.name, clock.due_at, clock.warn_at, clock.owner)
        self._dues[clock.name] = due
        return due

    def _deadline(self, limit: str, since: datetime, pauses: tuple[Pause, ...]) -> Deadline:
        return deadline(Clock(limit, since, pauses), self._profile.limit(limit, since), self._profile)


def clock_name(limit: LimitName, subject: str) -> str:
    """The name of a clock. `check:NAME` is the appointment of a check; its limit runs as `check-window:NAME`."""
    if limit == LimitName.CHECK:
        return f"{LimitName.CHECK_WINDOW}:{subject.rpartition('.')[2]}"
    return f"{limit}:{subject}" if subject else limit


def _pauses(clock: ClockRow) -> tuple[Pause, ...]:
    return tuple(Pause(each["why"], _moment(each["from"]), _moment(each["until"])) for each in clock.pauses)


def _moment(words: str) -> datetime:
    return datetime.fromisoformat(words)


def _ended(pause: dict[str, str | None], why: str, at: datetime) -> dict[str, str | None]:
    return {**pause, "until": at.isoformat()} if pause["why"] == why and pause["until"] is None else pause
