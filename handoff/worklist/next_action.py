"""Who owns the next action of a case, by when, and why it waits for what: read off its tasks and clocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handoff.worklist.task_clocks import tasks_of
from handoff.worklist.task_kinds import Question, asks, commands


@dataclass(frozen=True)
class OpenTask:
    """A task that nobody has closed; `case` is "" where there is no case yet."""

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

    @property
    def asks(self) -> str:
        """What is to do, and about what if not the case as a whole."""
        return asks(self.kind) + (f" ({about})" if (about := self._which()) else "")

    def _which(self) -> str:
        if self.kind == "chase":  # its subject is the clock that ran out
            late = CLOCKS.get(self.subject.partition(":")[0])
            part = self.subject.partition(":")[2]
            return ", ".join(each for each in (self.about.get("waits_for", ""), late[0] if late else "", part) if each)
        if self.kind == "type-not-yet-handled":
            return f"record {self.subject} from {self.about.get('sender', '')}"
        if self.kind in ("held-notice", "after-closing"):
            return " from ".join(str(self.about[name]) for name in ("kind", "sender") if self.about.get(name))
        return self.subject if self.subject != self.case else ""

    def commands(self, now: datetime) -> list[str]:
        """Every command that answers it, the usual one first."""
        question = Question(self.task, self.kind, self.case, now, self.subject, self.about, self.support_began)
        return commands(question, self.owner)


@dataclass(frozen=True)
class RunningClock:
    """A clock that has not ended; `pauses` as the record keeps them."""

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
        """The name without what it is about."""
        return self.name.partition(":")[0]

    @property
    def stands(self) -> list[Mapping[str, Any]]:
        """The pauses that still last: why it stands still."""
        return [pause for pause in self.pauses if pause["until"] is None]


@dataclass(frozen=True)
class Next:
    """The next action of a case: what, whose, and by when; `command` does it, where one does."""

    action: str
    owner: str
    due_at: datetime
    command: str = ""


@dataclass(frozen=True)
class Wait:
    """One thing that a case waits for."""

    for_: str
    why: str
    since: datetime


# What each clock waits for, and why.
CLOCKS: Mapping[str, tuple[str, str]] = {
    "first-contact": ("the first contact", "nobody has spoken with the person yet"),
    "contact-attempt": ("the next attempt at contact", "the person was not reached"),
    "consent": ("consent", "nobody may be told of the person before"),
    "consent-again": ("consent", "it was withdrawn"),
    "presurvey": ("the pre-survey", "the community centre was asked for it"),
    "determination": ("the determination", "the insurer was asked for it"),
    "resurvey": ("the survey after the return", "needs may have changed in hospital"),
    "plan": ("an approved plan", "the needs are assessed"),
    "plan-revision": ("a new version of the plan", "the last one was rejected"),
    "decision": ("the decision on the plan", "the deciding body has it"),
    "urgent-service": ("the urgent services", "they start before the decision"),
    "answer": ("the provider's answer", "it was offered the line"),
    "urgent-answer": ("the provider's answer", "it was offered an urgent line"),
    "gap": ("help for the line", "no provider takes it"),
    "wait": ("another try at the line", "somebody decided to wait"),
    "service-start": ("the line's first visit", "a provider has taken it"),
    "first-service": ("the first delivered service", "two days from the discharge are the promise"),
    "visit-report": ("a word on the visit", "it was planned, and nobody has said whether it took place"),
    "make-up": ("the make-up visit", "a visit was missed"),
    "missed-visit-call": ("a call to the person", "a visit was missed"),
    "check": ("the check on the person", "its day has not come"),
    "check-window": ("the check on the person", "its day has come"),
    "discharge-confirmation": ("the actual discharge", "it is expected"),
    "discharge-cancelled": ("a new discharge date", "the discharge was cancelled"),
    "readmission-hold": ("the return from hospital", "providers keep the place so long"),
    "readmission-review": ("the return from hospital", "afterwards it is asked whether support is still needed"),
    "review-end": ("a new plan, or the end of support", "everything planned was delivered"),
    "correction": ("a word on the discharge date", "two tellers differ"),
    "death-confirmation": ("a word on a death", "what was told contradicts itself"),
}


PROMISES = ("first-service", "plan", "urgent-service", "service-start")  # limits over several steps

# Why a task waits, where the clock behind it does not say it, or none runs.
TASKS: Mapping[str, str] = {
    "held-notice": "the notice leaves something unclear",
    "eligibility": "by what is known the person is not eligible",
    "guide": "by the survey's score other help is enough",
    "tell-result": "the person has to be told the result",
    "plan-escalated": "the plan was rejected too often",
    "missed-visit-escalated": "visits were missed in a row",
    "safety-check": "the person may be in danger",
    "first-service-late": "the two days from the discharge are over",
    "visit-report": CLOCKS["visit-report"][1],
    "after-closing": "something was told after the case had closed",
    "type-not-yet-handled": "the engine does not act on this kind of event yet",
}


def following(tasks: Sequence[OpenTask], clocks: Sequence[RunningClock], now: datetime) -> Next | None:
    """What is due first; a task before a clock of the same moment. None: nobody has anything to do.

    A promise over several steps, such as the first service within two days, is nobody's next action while one is open.
    """
    running = [clock for clock in clocks if not clock.stands]
    steps = [clock for clock in running if clock.word not in PROMISES]
    upcoming = [(task.due_at, 0, task.task, _of_task(task, now)) for task in tasks]
    upcoming += [(clock.due_at, 1, clock.name, _of_clock(clock)) for clock in (steps if steps or tasks else running)]
    return min(upcoming, key=lambda each: each[:3])[3] if upcoming else None


def waits(tasks: Sequence[OpenTask], clocks: Sequence[RunningClock], now: datetime) -> list[Wait]:
    """Everything that is waited for, the longest first; a clock that stands still tells why."""
    shown = {(task.kind, task.subject) for task in tasks}
    found = [_task_waits(task, clocks) for task in tasks]
    for clock in clocks:
        if clock.stands:
            found += [_stands_still(clock, pause) for pause in clock.stands]
        elif not shown.intersection(tasks_of(clock.name, clock.subject)):  # the task behind it says it
            found.append(_clock_waits(clock, now))
    return sorted(found, key=lambda wait: wait.since)


def _of_task(task: OpenTask, now: datetime) -> Next:
    return Next(task.asks, task.owner, task.due_at, task.commands(now)[0])


def _of_clock(clock: RunningClock) -> Next:
    return Next(_awaited(clock), clock.owner, clock.due_at)


def _awaited(clock: RunningClock) -> str:
    what = CLOCKS.get(clock.word, (clock.word.replace("-", " "), ""))[0]
    about = clock.name.partition(":")[2]
    return f"{what} ({about})" if about else what


def _task_waits(task: OpenTask, clocks: Sequence[RunningClock]) -> Wait:
    behind = [clock for clock in clocks if (task.kind, task.subject) in tasks_of(clock.name, clock.subject)]
    reasons = [CLOCKS[clock.word][1] for clock in behind if clock.word in CLOCKS and task.kind not in TASKS]
    if task.kind == "chase":
        reasons = [f"{CLOCKS.get(task.subject.partition(':')[0], ('it', ''))[0]} did not come in time"]
    why = TASKS.get(task.kind, "") or next(iter(reasons), "it is up to a person")
    late = f"; it ran late, so {task.owner} has it now" if task.escalated_at else ""
    return Wait(f"{task.owner}: {task.asks}", why + late, task.opened_at)


def _clock_waits(clock: RunningClock, now: datetime) -> Wait:
    if clock.started_at > now and clock.word == "visit-report":  # nothing can be reported of what lies ahead
        return Wait(f"the visit ({clock.subject})", "it is planned, and its moment has not come", now)
    why = CLOCKS.get(clock.word, ("", "a limit runs"))[1]
    return Wait(_awaited(clock), why, min(clock.started_at, now))


def _stands_still(clock: RunningClock, pause: Mapping[str, Any]) -> Wait:
    why = f"the clock stands still: {str(pause['why']).replace('-', ' ')}"
    return Wait(_awaited(clock), why, datetime.fromisoformat(pause["from"]))
