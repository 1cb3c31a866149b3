"""What is told by and about the person before anybody may act: application, contact, consent; and the end."""

from typing import Literal, get_args

from handoff.case import Case, Refusal, entry
from handoff.milestones import Entry, Told
from handoff.told.discharge import consent_came_with, noticed

Taken = list[Entry] | Refusal
WHOLE = ("", "support")  # scopes of consent: that of the support as a whole
PART_ONLY = Refusal(
    "type-not-yet-handled", "Only consent to the support as a whole is acted on yet: tell the coordinator."
)
End = Literal[
    "not-eligible",
    "guided-elsewhere",
    "opened-in-error",
    "transferred",
    "discharge-cancelled",
    "refused",
    "admitted",
    "died",
    "unmet-need",
]  # how a case ends before support began
OUTCOMES: tuple[str, ...] = get_args(End)


def applied(case: Case, told: Told) -> Taken:
    """An application opens a case as a notice does; in an open one it is written down. Consent may come with it."""
    if not case.opener:
        return noticed(case, told)
    consent = consent_came_with(case, told) if told.consent == "given" and case.consent != "given" else []
    return [entry(told, "noted", why="application"), *consent]


def contacted(case: Case, told: Told) -> Taken:
    """Somebody spoke with the person, or told them a result."""
    del case
    return [entry(told, "contact_made")]


def not_reached(case: Case, told: Told) -> Taken:
    """Climb the ladder of attempts; a case never closes silently."""
    del case
    return [entry(told, "contact_failed")]


def consented(case: Case, told: Told) -> Taken:
    """Open the gate: from here on, others may be told."""
    if case.consent == "given":
        return Refusal("already-given", "Consent stands already; nothing to do.")
    case.consent = "given"
    return [entry(told, "consent_given")]


def refused(case: Case, told: Told) -> Taken:
    """No consent, no disclosure to anyone: the case ends by the person's own word."""
    if told.code not in WHOLE:
        return PART_ONLY
    case.consent = "refused"
    case.end, case.end_told = ("reason-4" if case.support_began else "outcome-refused"), told.name
    return [entry(told, "consent_refused")]


def withdrew(case: Case, told: Told) -> Taken:
    """Recall what nobody has accepted yet; what runs goes on until a person decides."""
    if told.code not in WHOLE:
        return PART_ONLY
    if case.consent != "given":
        return Refusal("no-consent", "There is no consent to withdraw; use `consent --refuse`.")
    case.consent = "withdrawn"
    for line in case.lines.values():
        if line.state == "offered":
            line.needs_offer(told.name)
    return [entry(told, "consent_withdrawn")]


def settled(case: Case, told: Told) -> Taken:
    """A person has seen to a task that no other word answers."""
    del case
    return [entry(told, "task_settled")]


def closed(case: Case, told: Told) -> Taken:
    """A person ends the case: for a statutory reason once support began, with an outcome before."""
    word, _, value = told.code.partition("-")
    if word == "reason" and value in "12345" and len(value) == 1:
        if not case.support_began:
            return Refusal("support-not-begun", f"Support has not begun: close with --outcome {'|'.join(OUTCOMES)}.")
    elif word == "outcome" and value in OUTCOMES:
        if case.support_began:
            return Refusal("support-began", "Support has begun: close with --reason 1 to 5.")
    else:
        return Refusal("end-unknown", f"Name --reason 1 to 5, or --outcome {'|'.join(OUTCOMES)}.")
    case.end, case.end_told = told.code, told.name
    return [entry(told, "noted", why="closing")]
