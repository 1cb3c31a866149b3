"""What waits for a person, and the exact command that answers it: one row for every kind of task."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handoff.timezone import KST

COORDINATOR, DUTY_OFFICER, TEAM_LEAD = "coordinator", "duty-officer", "team-lead"  # owners, as profiles name them
BLANK = "…"  # in a command: what the owner has to find out first
# What a notice may leave out, and the option with which it is written in.
FILLED_IN = {"address-missing": "--address", "municipality-not-found": "--address", "contact-missing": "--phone"}
OPENING = ("discharge.expected", "discharge.notified", "application.received")  # what opens a case


@dataclass(frozen=True)
class Question:
    """An open task, as far as its answer depends on it.

    Attributes:
        task: its id.
        kind: what is asked, a key of `KINDS`.
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


@dataclass(frozen=True)
class Kind:
    """A kind of task.

    Attributes:
        asks: what the owner is to do, in words.
        answers: the commands that answer it, the usual one first, without `handoff` and `--as`.
    """

    asks: str
    answers: Callable[[Question], list[str]]


def commands(question: Question, owner: str) -> list[str]:
    """Every command that answers a task, the usual one first, each ready to be run.

    A kind that is not known here is answered by looking at it and acknowledging it.
    """
    answers = KINDS[question.kind].answers if question.kind in KINDS else _seen
    return [f"handoff {answer} --as {owner}" for answer in answers(question)]


def asks(kind: str) -> str:
    """What a task of this kind asks for, in words."""
    return KINDS[kind].asks if kind in KINDS else kind.replace("-", " ")


def _contact(q: Question) -> list[str]:
    return [f"contact {q.case} --made", f"contact {q.case} --failed"]


def _result(q: Question) -> list[str]:
    return [f"contact {q.case} --made --about result"]


def _consent(q: Question) -> list[str]:
    return [f"consent {q.case} --give", f"consent {q.case} --refuse"]


def _assess(q: Question) -> list[str]:
    scores = [f"assess {q.case} --score {score}" for score in (3, 4, 1)]
    results = [f"assess {q.case} --result {result}" for result in ("eligible", "not-eligible")]
    wanted = q.about.get("assessment") or q.about.get("limit") or q.subject
    return [*results, *scores] if wanted == "determination" else [*scores, *results]


def _determine(q: Question) -> list[str]:
    return [f"assess {q.case} --result {result}" for result in ("eligible", "not-eligible")]


def _resurvey(q: Question) -> list[str]:
    return [f"assess {q.case} --score {score}" for score in (3, 4, 1)]


def _eligibility(q: Question) -> list[str]:
    return [_close(q, 5, "not-eligible"), f"assess {q.case} --score 4 --complex-need"]


def _guide(q: Question) -> list[str]:
    return [_close(q, 5, "guided-elsewhere"), f"assess {q.case} --result eligible"]


def _plan(q: Question) -> list[str]:
    return [f"plan {q.case} --file plan.toml"]


def _escalated(q: Question) -> list[str]:
    return [*_plan(q), _close(q, 5, "unmet-need")]


def _decide(q: Question) -> list[str]:
    version = f" --version {q.about['version']}" if q.about.get("version") else ""
    return [f"decide {q.case} --approve{version}", f"decide {q.case} --reject other{version}"]


def _answer(q: Question) -> list[str]:
    answers = ["--accept", "--partly 1", "--decline no-capacity", "--decline waitlist", "--decline other"]
    return [f"answer {q.subject} {answer}" for answer in answers]


def _gap(q: Question) -> list[str]:
    others = [f"gap {q.subject} --provider {code}" for code in q.about.get("providers", [])]
    return [*others, f"gap {q.subject} --wait 3d", f"gap {q.subject} --give-up no-provider"]


def _visit(q: Question) -> list[str]:
    reasons = [f"visit {q.subject} --missed {reason}" for reason in ("no-answer", "provider", "refused")]
    return [f"visit {q.subject} --completed", *reasons]


def _reached(q: Question) -> list[str]:
    return [f"contact {q.case} --made", f"contact {q.case} --failed", f"settle {q.task} --done"]


def _safety(q: Question) -> list[str]:
    """A safety check that a failed check led to is answered as that check."""
    return _check(q) if q.about.get("check") else _reached(q)


def _check(q: Question) -> list[str]:
    return [f"check {q.subject} --ok", f"check {q.subject} --failed"]


def _confirm_discharge(q: Question) -> list[str]:
    return [f"discharge {q.case} --at {_moment(q)}", f"discharge {q.case} --cancel"]


def _cancelled_discharge(q: Question) -> list[str]:
    return [f"discharge {q.case} --at {_moment(q)}", _close(q, 5, "discharge-cancelled")]


def _dates_differ(q: Question) -> list[str]:
    return [f"settle {q.task} --done", f"discharge {q.case} --at {_moment(q)}"]


def _readmission(q: Question) -> list[str]:
    return [_close(q, 2, "admitted"), f"discharge {q.case} --at {_moment(q)}"]


def _death(q: Question) -> list[str]:
    return [_close(q, 1, "died"), f"settle {q.task} --done"]


def _review(q: Question) -> list[str]:
    return [_close(q, 3, "unmet-need"), *_plan(q)]


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


def _seen(q: Question) -> list[str]:
    return [f"settle {q.task} --done"]


def _later(q: Question) -> list[str]:
    return [f"settle {q.task} --done", f"parked drop {q.subject}"]


def _ours(q: Question) -> list[str]:
    return [f"parked retry {q.subject}", f"parked drop {q.subject}"]


def _close(q: Question, reason: int, outcome: str) -> str:
    return f"close {q.case} " + (f"--reason {reason}" if q.support_began else f"--outcome {outcome}")


def _moment(q: Question) -> str:
    """The moment that the task names, else this one, to the minute and in Korea's time."""
    named = next((q.about[name] for name in ("date", "until", "expected_at") if q.about.get(name)), None)
    moment = datetime.fromisoformat(named) if named else q.now
    return moment.astimezone(KST).isoformat(timespec="minutes" if named is None else "auto")


KINDS: Mapping[str, Kind] = {
    "held-notice": Kind("settle what is unclear about a notice", _held),
    "contact": Kind("speak with the person", _contact),
    "consent": Kind("ask for consent", _consent),
    "consent-again": Kind("ask again, since consent was withdrawn", _consent),
    "eligibility": Kind("end the case of somebody who is not eligible, or find out more", _eligibility),
    "assess": Kind("assess the needs", _assess),
    "determine": Kind("see to the determination that is due", _determine),
    "guide": Kind("guide the person to other help, and close", _guide),
    "tell-result": Kind("tell the person the result of the assessment", _result),
    "resurvey": Kind("survey the needs again after the return", _resurvey),
    "draft-plan": Kind("write the plan", _plan),
    "plan-escalated": Kind("settle a plan that was rejected too often", _escalated),
    "decide": Kind("decide the plan", _decide),
    "answer": Kind("ask the provider for its answer", _answer),
    "gap": Kind("find help for a line that no provider takes", _gap),
    "visit-report": Kind("find out whether the visit took place", _visit),
    "missed-visit": Kind("call the person whose visit was missed", _reached),
    "missed-visit-escalated": Kind("see to a person who missed visits in a row", _reached),
    "safety-check": Kind("make sure that the person is safe", _safety),
    "check": Kind("look after the person", _check),
    "confirm-discharge": Kind("find out whether the person was discharged", _confirm_discharge),
    "cancelled-discharge": Kind("ask for the new date of a cancelled discharge", _cancelled_discharge),
    "dates-differ": Kind("settle which discharge date counts; until then the facility's does", _dates_differ),
    "readmission-review": Kind("decide whether support is still needed", _readmission),
    "confirm-death": Kind("confirm or deny a death in doubt", _death),
    "review-end": Kind("end the support, or plan more", _review),
    "first-service-late": Kind("see why the first service is late", _seen),
    "chase": Kind("see why somebody did not act in time", _seen),
    "after-closing": Kind("see what was told about a closed case", _seen),
    "type-not-yet-handled": Kind("act on an event that the engine does not handle yet", _later),
    "records-missing": Kind("ask the institution to send again what Kafka lost before it was read", _seen),
    "lost-in-restore": Kind("do again what people did to a case since the backup that was restored", _seen),
    "letter-undeliverable": Kind("tell the institution by another way what could not be sent to it", _seen),
    "parked-ours": Kind("mend what fails to take a record; each new build tries it again", _ours),
}
