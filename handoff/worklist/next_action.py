"""The next action of a case (what, whose, by when) and what the case waits for, from its open tasks and clocks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.consents import ConsentScope
from handoff.vocabulary.losses import WorkflowLoss
from handoff.vocabulary.outcomes import Progress
from handoff.worklist.task_kinds import KINDS, Question, asks, commands, tasks_of


@dataclass(frozen=True)
class OpenTask:
    """An open task; `case` is "" if there is no case yet.

    `rests`: why it rests, as a code: its clocks stand still, or it waits for a death or a restriction. "": it is due.
    """

    task: str
    case: str
    kind: str
    owner: str
    opened_at: datetime
    due_at: datetime
    subject: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)
    escalated_at: datetime | None = None
    support_began: bool = False
    rests: str = ""

    def overdue(self, now: datetime) -> bool:
        """Whether it is late. A task that rests never is."""
        return not self.rests and self.due_at <= now

    @property
    def asks(self) -> str:
        """What to do, and in brackets the part of the case that it is about."""
        return asks(self.kind) + (f" ({about})" if (about := self._which()) else "")

    def _which(self) -> str:
        if self.about.get("refused_by"):
            return f"{self.about['refused_by']} says that the person refuses {_what(self.about)}"
        which = _WHICH.get(TaskKind.known(self.kind))
        if which:
            return which(self)
        return self.subject if self.subject != self.case else ""

    def commands(self, now: datetime) -> list[str]:
        """Commands that answer it, the usual one first."""
        question = Question(self.task, self.kind, self.case, now, self.subject, self.about, self.support_began)
        return commands(question, self.owner)


def _what(about: Mapping[str, Any]) -> str:
    """What somebody says that the person refuses."""
    word, _, provider = str(about.get("refuses", "")).partition(":")
    return f"provider {provider}" if provider else "it" if word in ("", ConsentScope.SUPPORT) else f"the {word}"


def _late(task: OpenTask) -> str:
    """The clock that ran out, which is the subject of the task."""
    name, _, part = task.subject.partition(":")
    late = CLOCKS.get(name)
    return ", ".join(word for word in (task.about.get("waits_for", ""), late[0] if late else "", part) if word)


def _loss(task: OpenTask) -> str:
    loss = WorkflowLoss.known(str(task.about.get("loss", "")))
    untold = ", ".join(task.about.get("untold", ()))
    return "; ".join(filter(None, (f"it {loss.says}" if loss else "", f"untold: {untold}" if untold else "")))


def _lost(task: OpenTask) -> str:
    """What has to be done again, or the id of a case that the record does not know."""
    return ", ".join(action["code"] for action in task.about.get("settle", ())) or str(task.about.get("case", ""))


def _event(task: OpenTask) -> str:
    return " from ".join(str(task.about[name]) for name in ("kind", "sender") if task.about.get(name))


def _receiver(task: OpenTask) -> str:
    return ", ".join(dict.fromkeys(filter(None, (str(task.about.get("receiver", "")), task.subject))))


def _records(task: OpenTask) -> str:
    return _LOOKUP.get(Progress.known(str(task.about.get("records", ""))), "")


# What the person who calls the insurer has to say of the lookup of records.
_LOOKUP: Mapping[Progress | None, str] = {
    Progress.LOOKUP_REFUSED: "tell it that the person refuses the lookup of records",
    Progress.PAPERS_RECEIVED: "tell it that the person refuses the lookup of records, and that papers have come",
    Progress.LOOKUP_ALLOWED: "tell it that the person allows the lookup of records after all",
}
# Kinds of task that do not simply name the part of the case that is their subject.
_WHICH: Mapping[TaskKind | None, Callable[[OpenTask], str]] = {
    TaskKind.CHASE: _late,
    TaskKind.NOT_YET_HANDLED: lambda task: f"record {task.subject} from {task.about.get('sender', '')}",
    TaskKind.REBUILD_CASE: _loss,
    TaskKind.LOST_IN_RESTORE: _lost,
    TaskKind.HELD_NOTICE: _event,
    TaskKind.DETERMINE: _records,
    TaskKind.AFTER_CLOSING: _event,
    TaskKind.MOVED_AWAY: _event,
    TaskKind.TELL_DETAILS: _receiver,
    TaskKind.DISTRICT_NOT_SERVED: _receiver,
}


@dataclass(frozen=True)
class RunningClock:
    """A clock that has not ended; `pauses`: dictionaries `{why, from, until}`, moments as ISO 8601."""

    case: str
    name: str
    owner: str
    started_at: datetime
    due_at: datetime
    subject: str = ""
    warn_at: datetime | None = None
    pauses: Sequence[Mapping[str, Any]] = ()

    @property
    def word(self) -> str:
        """The clock's name without its subject."""
        return self.name.partition(":")[0]

    @property
    def stands(self) -> list[Mapping[str, Any]]:
        """The pauses that have not ended; any of them stops the clock."""
        return [pause for pause in self.pauses if pause["until"] is None]


@dataclass(frozen=True)
class Next:
    """The next action of a case; `command` does it, "" if no command does."""

    action: str
    owner: str
    due_at: datetime
    command: str = ""


@dataclass(frozen=True)
class WaitingReason:
    """One thing that a case waits for, and why."""

    for_: str
    why: str
    since: datetime


# What each clock waits for, and why.
CLOCKS: Mapping[str, tuple[str, str]] = {
    limit: (limit.row.what, limit.row.why) for limit in LimitName if limit.row.what
}


def resting(tasks: Sequence[OpenTask], clocks: Sequence[RunningClock]) -> list[OpenTask]:
    """The tasks in their order; a task rests if a clock stands still behind it, and no other clock of it runs."""
    behind: dict[tuple[str, str, str], list[RunningClock]] = {}
    for clock in clocks:
        for kind, subject in (*tasks_of(clock.name, clock.subject), (TaskKind.CHASE, clock.name)):
            behind.setdefault((clock.case, kind, subject), []).append(clock)
    return [_rested(task, behind.get((task.case, task.kind, task.subject), [])) for task in tasks]


def _rested(task: OpenTask, clocks: Sequence[RunningClock]) -> OpenTask:
    standing = [clock.stands[-1]["why"] for clock in clocks if clock.stands]
    rests = not task.rests and standing and len(standing) == len(clocks)
    return replace(task, rests=str(standing[0])) if rests else task


def following(tasks: Sequence[OpenTask], clocks: Sequence[RunningClock], now: datetime) -> Next | None:
    """The action that is due first; at the same moment a task comes before a clock. None: nothing is due.

    If the case lost its workflow, nothing else can be done before it is rebuilt.
    Tasks that rest, and clocks that stand still, are not due.
    A limit over several steps (first service within two days) counts only if no step and no task is open.
    """
    if lost := next((task for task in tasks if task.kind == TaskKind.REBUILD_CASE), None):
        return _of_task(lost, now)
    running = [clock for clock in clocks if not clock.stands]
    steps = [clock for clock in running if not _promised(clock)]
    upcoming = [(task.due_at, 0, task.task, _of_task(task, now)) for task in tasks if not task.rests]
    upcoming += [(clock.due_at, 1, clock.name, _of_clock(clock)) for clock in (steps if steps or upcoming else running)]
    return min(upcoming, key=lambda entry: entry[:3])[3] if upcoming else None


def waits(tasks: Sequence[OpenTask], clocks: Sequence[RunningClock], now: datetime) -> list[WaitingReason]:
    """Everything the case waits for, the longest first; for a paused clock, with the reason of the pause."""
    shown = {(task.kind, task.subject) for task in tasks}
    reasons = [_task_waits(task, clocks) for task in tasks]
    for clock in clocks:
        if clock.stands:
            reasons += [_stands_still(clock, pause) for pause in clock.stands]
        elif not shown.intersection(tasks_of(clock.name, clock.subject)):  # its task is listed already
            reasons.append(_clock_waits(clock, now))
    return sorted(reasons, key=lambda wait: wait.since)


def _promised(clock: RunningClock) -> bool:
    limit = LimitName.known(clock.word)
    return limit is not None and limit.row.promise


def _of_task(task: OpenTask, now: datetime) -> Next:
    return Next(task.asks, task.owner, task.due_at, task.commands(now)[0])


def _of_clock(clock: RunningClock) -> Next:
    return Next(_awaited(clock), clock.owner, clock.due_at)


def _awaited(clock: RunningClock) -> str:
    what = CLOCKS.get(clock.word, (clock.word.replace("-", " "), ""))[0]
    about = clock.name.partition(":")[2]
    return f"{what} ({about})" if about else what


def _task_waits(task: OpenTask, clocks: Sequence[RunningClock]) -> WaitingReason:
    behind = [clock for clock in clocks if (task.kind, task.subject) in tasks_of(clock.name, clock.subject)]
    own = KINDS[task.kind].why if task.kind in KINDS else ""
    reasons = [CLOCKS[clock.word][1] for clock in behind if clock.word in CLOCKS and not own]
    if task.kind == TaskKind.CHASE:
        reasons = [f"{CLOCKS.get(task.subject.partition(':')[0], ('it', ''))[0]} did not come in time"]
    why = own or next(iter(reasons), "it is up to a person")
    if task.rests:
        why = f"it rests: {task.rests.replace('-', ' ')}"
    late = f"; it ran late, so {task.owner} has it now" if task.escalated_at else ""
    return WaitingReason(f"{task.owner}: {task.asks}", why + late, task.opened_at)


def _clock_waits(clock: RunningClock, now: datetime) -> WaitingReason:
    if clock.started_at > now and clock.word == LimitName.VISIT_REPORT:  # a visit in the future cannot be reported yet
        return WaitingReason(f"the visit ({clock.subject})", "it is planned for later", now)
    why = CLOCKS.get(clock.word, ("", "a limit runs"))[1]
    return WaitingReason(_awaited(clock), why, min(clock.started_at, now))


def _stands_still(clock: RunningClock, pause: Mapping[str, Any]) -> WaitingReason:
    why = f"the clock stands still: {str(pause['why']).replace('-', ' ')}"
    return WaitingReason(_awaited(clock), why, datetime.fromisoformat(pause["from"]))
