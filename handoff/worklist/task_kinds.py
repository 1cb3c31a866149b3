"""The exact commands that answer a task; what else there is to say of a kind of task stands in `TaskKind`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handoff.timezone import KST
from handoff.vocabulary.rows import Asked, Close
from handoff.vocabulary.states import Role
from handoff.vocabulary.words import EventKind, LimitName, TaskKind

COORDINATOR, DUTY_OFFICER, TEAM_LEAD = Role.COORDINATOR, Role.DUTY_OFFICER, Role.TEAM_LEAD
BLANK = "…"  # in a command: what the owner has to find out first
# What a notice may leave out, and the option with which it is written in.
FILLED_IN = {"address-missing": "--address", "municipality-not-found": "--address", "contact-missing": "--phone"}
OPENING = tuple(kind for kind in EventKind if kind.opens)
KINDS: Mapping[str, Asked] = {kind: kind.row for kind in TaskKind}


@dataclass(frozen=True)
class Question:
    """An open task, as far as its answer depends on it.

    Attributes:
        task: its id.
        kind: what is asked: a `TaskKind`, or another build's word.
        case: "" where there is no case yet.
        subject: the offer, line, visit or check that it is about; "" or the case: the case itself.
        about: codes that the milestone wrote to it.
        support_began: a case then ends for one of the five statutory reasons, before with an outcome.
        now: the moment of the reading, for commands that name one.
    """

    task: str
    kind: str
    case: str
    now: datetime
    subject: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)
    support_began: bool = False


def commands(question: Question, owner: str) -> list[str]:
    """Every command that answers a task, the usual one first, each ready to be run.

    A kind that is not known here is answered by looking at it and acknowledging it.
    """
    return [f"handoff {answer} --as {owner}" for answer in _answers(question)]


def asks(kind: str) -> str:
    """What a task of this kind asks for, in words."""
    return KINDS[kind].asks if kind in KINDS else kind.replace("-", " ")


def _answers(q: Question) -> list[str]:
    kind = TaskKind.known(q.kind)
    if kind in DEPENDING:
        return DEPENDING[kind](q)
    return _written(q, *(kind or TaskKind.CHASE).row.answers)


def _written(q: Question, *answers: str | Close) -> list[str]:
    return [_close(q, each) if isinstance(each, Close) else _filled(q, each) for each in answers]


def _filled(q: Question, answer: str) -> str:
    """A command with what its kind leaves open."""
    version = f" --version {q.about['version']}" if q.about.get("version") else ""
    moment = _moment(q) if "{moment}" in answer else ""
    return answer.format(task=q.task, case=q.case, subject=q.subject, version=version, moment=moment)


def _assess(q: Question) -> list[str]:
    """The survey, or the determination, whichever was asked for, comes first."""
    wanted = q.about.get("assessment") or q.about.get("limit") or q.subject
    scores, results = TaskKind.RESURVEY.row.answers, TaskKind.DETERMINE.row.answers
    return _written(q, *((*results, *scores) if wanted == LimitName.DETERMINATION else (*scores, *results)))


def _gap(q: Question) -> list[str]:
    others = [f"gap {q.subject} --provider {code}" for code in q.about.get("providers", [])]
    return [*others, f"gap {q.subject} --wait 3d", f"gap {q.subject} --give-up no-provider"]


def _safety(q: Question) -> list[str]:
    """A safety check that a failed check led to is answered as that check."""
    kind = TaskKind.CHECK if q.about.get("check") else TaskKind.MISSED_VISIT
    return _written(q, *kind.row.answers)


def _held(q: Question) -> list[str]:
    joins = [f"settle {q.task} --same {case}" for case in q.about.get("cases", [])]
    opens = [f"settle {q.task} --new"] if q.about.get("kind") in OPENING else []
    return [*_filled_in(q), *joins, *opens, f"settle {q.task} --drop"]


def _filled_in(q: Question) -> list[str]:
    """What the sender left out is asked of it and written in; whatever else is unclear has to be decided too."""
    unclear = [each.get("code", "") for each in q.about.get("settle", [])]
    blanks = "".join(f" {option} '{BLANK}'" for code, option in FILLED_IN.items() if code in unclear)
    if not blanks:
        return []
    if set(unclear) <= set(FILLED_IN):
        return [f"settle {q.task}{blanks}"]
    decided = [*(f"--same {case}" for case in q.about.get("cases", [])), "--new"]
    return [f"settle {q.task} {each}{blanks}" for each in decided]


def _close(q: Question, end: Close) -> str:
    return f"close {q.case} " + (f"--reason {end.reason}" if q.support_began else f"--outcome {end.outcome}")


def _moment(q: Question) -> str:
    """The moment that the task names, else this one, to the minute and in Korea's time."""
    named = next((q.about[name] for name in ("date", "until", "expected_at") if q.about.get(name)), None)
    moment = datetime.fromisoformat(named) if named else q.now
    return moment.astimezone(KST).isoformat(timespec="minutes" if named is None else "auto")


# Kinds whose commands depend on more than the parts of a command.
DEPENDING: Mapping[TaskKind | None, Callable[[Question], list[str]]] = {
    TaskKind.HELD_NOTICE: _held,
    TaskKind.ASSESS: _assess,
    TaskKind.GAP: _gap,
    TaskKind.SAFETY_CHECK: _safety,
}


def tasks_of(clock: str, subject: str) -> tuple[tuple[TaskKind, str], ...]:
    """Kind and subject of the tasks that may stand behind a clock, the usual one first; `chase` where none is usual."""
    word, _, about = clock.partition(":")
    limit = LimitName.known(word)
    if limit is LimitName.CONTACT_ATTEMPT:
        kind = TaskKind.known(about)
        return ((kind if kind and kind.row.by_attempts else TaskKind.CONTACT, ""),)
    kinds = limit.row.tasks if limit else ()
    named = tuple((kind, subject if kind.row.of_a_part else "") for kind in kinds)
    return named or ((TaskKind.CHASE, clock),)
