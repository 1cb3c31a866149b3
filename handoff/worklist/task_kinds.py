"""The exact commands that answer a task. Everything else about a kind of task is in `TaskKind`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handoff.rules.occurrence import IMPOSSIBLE
from handoff.timezone import KST
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.consents import ConsentScope
from handoff.vocabulary.details import Detail
from handoff.vocabulary.outcomes import AnswerCode
from handoff.vocabulary.rows import Asked, Close
from handoff.vocabulary.states import Role
from handoff.vocabulary.words import EventKind, PersonKind

COORDINATOR, DUTY_OFFICER, TEAM_LEAD = Role.COORDINATOR, Role.DUTY_OFFICER, Role.TEAM_LEAD
URGENT = "urgent"  # in what a task is about: it comes before all others
BLANK = "…"  # placeholder in a command: the owner has to fill it in
# What a notice may lack, and the option that adds it.
FILLED_IN = {
    "address-missing": "--address",
    "municipality-not-found": "--address",
    "address-code-differs": "--address",
    "contact-missing": "--phone",
}
# What sources may contradict each other about, and the option that says what is right.
DETAIL_OPTIONS = {str(detail): f"--{detail}" for detail in Detail if detail.disputable}
# The option that names the part that is refused.
REFUSED_PARTS: Mapping[ConsentScope | None, str] = {ConsentScope.SERVICE: "--line", ConsentScope.PROVIDER: "--provider"}
OPENING = tuple(kind for kind in EventKind if kind.opens)
KINDS: Mapping[str, Asked] = {kind: kind.row for kind in TaskKind}


@dataclass(frozen=True)
class Question:
    """What the answer to an open task depends on.

    Attributes:
        task: its id.
        kind: a `TaskKind`, or a word that only another build knows.
        case: "" if there is no case yet.
        subject: id of the offer, line, visit or check; "" or the case id for the case itself.
        about: codes from the milestone that opened it.
        support_began: if so, the case closes with one of the five statutory reasons, else with an outcome.
        now: the current moment, for commands that need one.
    """

    task: str
    kind: str
    case: str
    now: datetime
    subject: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)
    support_began: bool = False


def commands(question: Question, owner: str) -> list[str]:
    """Commands that answer a task, ready to run, the usual one first.

    For an unknown kind: the commands that show and acknowledge it.
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
    return [_close(q, answer) if isinstance(answer, Close) else _filled(q, answer) for answer in answers]


def _filled(q: Question, answer: str) -> str:
    """Fill in the placeholders of a command."""
    version = f" --version {q.about['version']}" if q.about.get("version") else ""
    moment = _moment(q) if "{moment}" in answer else ""
    names = {name: q.about.get(name, "") for name in ("provider", "week")}
    return answer.format(task=q.task, case=q.case, subject=q.subject, version=version, moment=moment, **names)


def _assess(q: Question) -> list[str]:
    """Commands for survey and determination; those for the one that was requested come first."""
    requested = q.about.get("assessment") or q.about.get("limit") or q.subject
    scores, results = TaskKind.RESURVEY.row.answers, TaskKind.DETERMINE.row.answers
    return _written(q, *((*results, *scores) if requested == LimitName.DETERMINATION else (*scores, *results)))


def _gap(q: Question) -> list[str]:
    others = [f"gap {q.subject} --provider {code}" for code in q.about.get("providers", [])]
    return [*others, f"gap {q.subject} --wait 3d", f"gap {q.subject} --give-up no-provider"]


def _safety(q: Question) -> list[str]:
    """A safety check after a failed check is answered like that check, else like a missed visit."""
    kind = TaskKind.CHECK if q.about.get("check") else TaskKind.MISSED_VISIT
    return _written(q, *kind.row.answers)


def _held(q: Question) -> list[str]:
    kind, cases = q.about.get("kind", ""), q.about.get("cases", [])
    acts = EventKind.known(kind) is not None or PersonKind.known(kind) is not None  # others change no case
    when = f" --at '{BLANK}'" if any(doubt.get("code") in IMPOSSIBLE for doubt in q.about.get("settle", [])) else ""
    joins = [f"settle {q.task} --same {case}{when}" for case in cases if acts]
    opens = [f"settle {q.task} --new"] if q.about.get("kind") in OPENING else []
    if PersonKind.known(kind) and len(cases) > 1:  # two records of one person
        return [*(f"join {case} --into {cases[0]}" for case in cases[1:]), f"settle {q.task} --drop"]
    return [*_filled_in(q), *joins, *opens, f"settle {q.task} --drop"]


def _filled_in(q: Question) -> list[str]:
    """Commands that add what the notice lacks; with other open questions they also decide same person or new."""
    unclear = [doubt.get("code", "") for doubt in q.about.get("settle", [])]
    blanks = "".join(f" {option} '{BLANK}'" for code, option in FILLED_IN.items() if code in unclear)
    if not blanks:
        return []
    if set(unclear) <= set(FILLED_IN):
        return [f"settle {q.task}{blanks}"]
    decisions = [*(f"--same {case}" for case in q.about.get("cases", [])), "--new"]
    return [f"settle {q.task} {decision}{blanks}" for decision in decisions]


def _first_visit(q: Question) -> list[str]:
    """Commands that name or move a first visit, or give its line to another provider."""
    visit, offer, late = str(q.about.get("visit") or q.subject), q.about.get("offer"), q.kind != TaskKind.FIRST_VISIT
    moves = [f"visit {visit} --move '{BLANK}'"] if visit else []
    gives = [f"answer {offer} --withdraw"] if offer else []
    return [*moves, *gives, *([f"settle {q.task} --done"] if late else [])]


def _differ(q: Question) -> list[str]:
    """Commands that settle which of several details is right: the one that counts, or another."""
    option = DETAIL_OPTIONS[q.subject]
    return [f"person {q.case} --keep {q.subject}", f"person {q.case} {option} '{BLANK}' --told-by person --settle"]


def _renewal(q: Question) -> list[str]:
    """Commands that renew a consent, or say that the person does not."""
    gives = f"consent {q.case} --give"
    ends = _close(q, Close(4, "refused")) if q.about.get("ended") else f"consent {q.case} --withdraw"
    return [f"{gives} --until '{BLANK}'", f"{gives} --no-end", ends]


def _refusal(q: Question) -> list[str]:
    """Commands that say whether the person refuses what others told: all support, one service, or one provider."""
    scope = ConsentScope.known(str(q.about.get("refuses", "")).partition(":")[0])
    named = REFUSED_PARTS.get(scope) if q.subject else None
    part = f"--refuse --scope {scope} {named} {q.subject}" if named else "--withdraw"
    return [f"settle {q.task} --done", f"consent {q.case} {part}"]


def _running(q: Question) -> list[str]:
    """Commands that end or keep each service that runs."""
    lines = q.about.get("lines", [])
    return [f"line {line} {word}" for line in lines for word in ("--keep", f"--end {AnswerCode.REFUSED}")]


def _close(q: Question, end: Close) -> str:
    return f"close {q.case} " + (f"--reason {end.reason}" if q.support_began else f"--outcome {end.outcome}")


def _moment(q: Question) -> str:
    """The moment that the task names, else now to the minute; ISO 8601 in Korean time."""
    named = next((q.about[name] for name in ("date", "until", "expected_at") if q.about.get(name)), None)
    moment = datetime.fromisoformat(named) if named else q.now
    return moment.astimezone(KST).isoformat(timespec="minutes" if named is None else "auto")


# Kinds whose commands cannot be made by filling in placeholders.
DEPENDING: Mapping[TaskKind | None, Callable[[Question], list[str]]] = {
    TaskKind.HELD_NOTICE: _held,
    TaskKind.ASSESS: _assess,
    TaskKind.GAP: _gap,
    TaskKind.FIRST_VISIT: _first_visit,
    TaskKind.LATE_FIRST_VISIT: _first_visit,
    TaskKind.FIRST_SERVICE_LATE: _first_visit,
    TaskKind.SAFETY_CHECK: _safety,
    TaskKind.DETAILS_DIFFER: _differ,
    TaskKind.RENEW_CONSENT: _renewal,
    TaskKind.RUNNING_SERVICES: _running,
    TaskKind.CONFIRM_REFUSAL: _refusal,
}


def tasks_of(clock: str, subject: str) -> tuple[tuple[TaskKind, str], ...]:
    """Kind and subject of the tasks that may belong to a clock, the usual one first; `chase` if its limit has none."""
    word, _, about = clock.partition(":")
    limit = LimitName.known(word)
    if limit is LimitName.CONTACT_ATTEMPT:
        kind = TaskKind.known(about)
        return ((kind if kind and kind.row.by_attempts else TaskKind.CONTACT, ""),)
    kinds = limit.row.tasks if limit else ()
    named = tuple((kind, subject if kind.row.of_a_part else "") for kind in kinds)
    return named or ((TaskKind.CHASE, clock),)
