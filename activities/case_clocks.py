"""Starts, moves, pauses and stops the clocks of a case. A clock has a deadline, a warning, an owner and its pauses."""

from collections.abc import Collection, Iterable
from datetime import datetime

from handoff.case.messages import Due, Milestone
from handoff.profile.model import Profile
from handoff.rules.clocks import Clock, Deadline, Pause, ahead, deadline
from handoff.store.record.clocks import APPOINTMENT, ClockRow, ClockRows
from handoff.vocabulary.awaited import LimitName
from handoff.worklist.task_kinds import COORDINATOR

# Limits of what the other clocks wait for.
GO_ON = frozenset(
    {LimitName.DEATH_CLOSING, LimitName.DEATH_CONFIRMATION, LimitName.CLOSING_GRACE, LimitName.CONSENT_ENDS}
)
# What comes whatever else happens: the end that a person has decided, and the end of a consent.
NEVER_PAUSED = frozenset({LimitName.CLOSING_GRACE, LimitName.CONSENT_ENDS})


class CaseClocks:
    """The clocks of a case. It remembers which clocks a milestone has changed.

    Attributes:
        paused_for: why all clocks are paused, also new ones, except those in `GO_ON`; "": they are not.
        moved: by name, clocks that existed before, and were moved or stopped.
    """

    _milestone: Milestone

    def __init__(self, clocks: ClockRows, case_id: str, profile: Profile, *, paused_for: str = "") -> None:
        self._clocks, self._case, self._profile, self.paused_for = clocks, case_id, profile, paused_for
        self._dues: dict[str, Due] = {}
        self.moved: dict[str, ClockRow] = {}

    def turn_to(self, milestone: Milestone) -> None:
        """Begin the next milestone, whose moment the clocks count from."""
        self._milestone, self._dues = milestone, {}

    def touched(self) -> list[Due]:
        """The clocks that this milestone started, moved, paused or stopped."""
        return list(self._dues.values())

    def all(self) -> dict[str, ClockRow]:
        """The clocks that were not stopped, by name."""
        return self._clocks.running()

    def start(self, limit: LimitName, subject: str = "", *, at: datetime | None = None, owner: str = "") -> Due:
        """Start the clock of a limit, or restart it. Its name is `limit`, or `limit:subject`.

        `at`: when it began, by default now. `owner`: by default the owner that the profile names.
        """
        named = clock_name(limit, subject)
        since = at or self._milestone.now
        ends = self._deadline(limit, since, ())
        owner = owner or self.owner(limit, since)
        row = ClockRow(self._case, named, limit, owner, since, ends.warn_at, ends.due_at or since, subject=subject)
        return self._set(row)

    def owner(self, limit: LimitName, on: datetime) -> str:
        """The role that owns a limit. If an institution has to act (assessor, provider), the coordinator calls it."""
        owner = self._profile.limit(limit, on).owner
        return owner if owner in self._profile.owners else COORDINATOR

    def appoint(self, name: str, moment: datetime, owner: str, subject: str = "") -> Due:
        """Set a clock to an agreed moment, such as a check on the person or the end of a wait.

        A moment that is over means now. The same moment may have been set before and have come: the clock comes again,
        under another key.
        """
        now = self._milestone.now
        row = ClockRow(self._case, name, APPOINTMENT, owner, now, None, max(moment, now), subject=subject)
        return self._set(row)

    def end_at(self, limit: LimitName, moment: datetime) -> Due:
        """Set the clock of a limit to the moment at which something ends. The limit says how long before it warns.

        Without a warning if that moment has passed. An end that has passed means now, as in `appoint`.
        """
        now = self._milestone.now
        warn_at = ahead(moment, self._profile.limit(limit, now), self._profile)
        warns = warn_at if warn_at > now else None
        row = ClockRow(self._case, limit, limit, self.owner(limit, now), now, warns, max(moment, now))
        return self._set(row)

    def stop(self, *names: str) -> None:
        """Stop clocks by name. Unknown names are ignored."""
        running = self.all()
        for name in names:
            if name in running:
                running[name].ended_at = self._milestone.now
                running[name].ended_by = self._milestone.key
                self._dues[name] = Due(name)
                self.moved[name] = running[name]

    def stop_about(self, *subjects: str, but: Collection[str] = ()) -> None:
        """Stop the clocks about one of these subjects, except those of the limits in `but`."""
        running = self.all()
        self.stop(*(name for name, clock in running.items() if clock.subject in subjects and clock.limit not in but))

    def pause(self, why: str, names: Iterable[str] | None = None, *, but: Collection[str] = ()) -> None:
        """Pause clocks for a reason: those in `names`, by default all, except those in `but`.

        A clock may be paused for several reasons at once. It runs again when all of them have ended.
        """
        running = self.all()
        for name in running if names is None else names:
            if name in running and name not in but and running[name].limit not in NEVER_PAUSED:
                pause = {"why": why, "from": self._milestone.now.isoformat(), "until": None}
                running[name].pauses = [*running[name].pauses, pause]
                self._dues[name] = Due(name)

    def pause_all(self) -> None:
        """Pause the clocks that run, for the reason for which new clocks are paused."""
        running = self.all()
        self.pause(self.paused_for, [name for name in running if self._stands_still(running[name])])

    def _stands_still(self, clock: ClockRow) -> bool:
        """Whether a clock is to be paused for the common reason, and is not yet."""
        paused = any(pause["why"] == self.paused_for and pause["until"] is None for pause in clock.pauses)
        return bool(self.paused_for) and clock.limit not in GO_ON and not paused

    def resume(self, why: str) -> None:
        """End the pauses for this reason. Clocks go on with the time left; appointments keep their moment."""
        for clock in self.all().values():
            if any(pause["why"] == why and pause["until"] is None for pause in clock.pauses):
                clock.pauses = [_ended(pause, why, self._milestone.now) for pause in clock.pauses]
                self._recompute(clock)

    def move(self, name: str, started_at: datetime) -> None:
        """Let a clock count from another moment. An unknown name is ignored."""
        clock = self.all().get(name)
        if clock and clock.started_at != started_at:
            clock.started_at = started_at
            self._recompute(clock)

    def _set(self, row: ClockRow) -> Due:
        running = self.all().get(row.name)
        if running:
            self.moved[row.name] = running
            # The pauses are kept, so that it can always be shown why the clock was paused.
            running.owner = row.owner
            running.started_at = row.started_at
            running.warn_at = row.warn_at
            running.due_at = row.due_at
        else:
            self._clocks.add(row)
            self.moved.pop(row.name, None)
        if self._stands_still(running or row):
            self.pause(self.paused_for, [row.name])
        return self._due(running or row)

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
    """The name of the clock of a limit.

    For a check it is `check-window:NAME`, since `check:NAME` is the clock of the moment at which the check is planned.
    """
    if limit == LimitName.CHECK:
        return f"{LimitName.CHECK_WINDOW}:{subject.rpartition('.')[2]}"
    return f"{limit}:{subject}" if subject else limit


def _pauses(clock: ClockRow) -> tuple[Pause, ...]:
    return tuple(Pause(pause["why"], _moment(pause["from"]), _moment(pause["until"])) for pause in clock.pauses)


def _moment(words: str) -> datetime:
    return datetime.fromisoformat(words)


def _ended(pause: dict[str, str | None], why: str, at: datetime) -> dict[str, str | None]:
    return {**pause, "until": at.isoformat()} if pause["why"] == why and pause["until"] is None else pause
