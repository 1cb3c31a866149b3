"""What providers and visitors tell: answers to offers, visits, the end of a service, checks; and a gap's answer."""

from handoff.case import Case, Refusal, entry
from handoff.line import Line
from handoff.milestones import Entry, Told

Taken = list[Entry] | Refusal
GONE = Refusal("offer-gone", "This offer is no longer open; nothing was changed.")
NO_LINE = Refusal("subject-unknown", "No such line in this case; `handoff show` lists them.")


def _offered(case: Case, told: Told) -> Line | None:
    line = case.line_of(told.subject)
    return line if line and line.offer == told.subject and line.state == "offered" else None


def _accepted(case: Case, told: Told) -> Line | None:
    line = case.line_of(told.subject)
    return line if line and line.state == "accepted" and told.subject in (line.offer, line.line) else None


def accepted(case: Case, told: Told) -> Taken:
    """The provider takes the whole line."""
    if (line := _offered(case, told)) is None:
        return GONE
    line.accepted(told.name)
    return [entry(told, "offer_accepted")]


def partly_accepted(case: Case, told: Told) -> Taken:
    """The provider takes a part; the rest becomes a line of its own and is offered on."""
    if (line := _offered(case, told)) is None:
        return GONE
    line.accepted(told.name)
    return [entry(told, "offer_partly_accepted")]


def declined(case: Case, told: Told) -> Taken:
    """That line alone goes to the next by rank."""
    if (line := _offered(case, told)) is None:
        return GONE
    line.needs_offer(told.name)
    return [entry(told, "offer_declined")]


def changed_mind(case: Case, told: Told) -> Taken:
    """A provider that had accepted can do less, or gives the line back; before it accepted, that is a decline."""
    if (line := _accepted(case, told)) is None:
        return declined(case, told)
    if told.code == "quantity" and told.quantity > 0:
        return [entry(told, "offer_partly_accepted")]
    line.needs_offer(told.name)
    return [entry(told, "offer_changed_mind")]


def gap_answered(case: Case, told: Told) -> Taken:
    """The municipality answers a service gap: another provider, another service, wait, or give up with a reason."""
    line = case.line_of(told.subject)
    if line is None:
        return NO_LINE
    if line.state not in ("gap", "waiting"):
        return Refusal("no-gap", f"Line {line.line} is {line.state}: there is no gap to answer.")
    word = told.code.partition(":")[0]
    if word not in ("provider", "service", "wait", "give-up"):
        return Refusal("field-invalid", "Answer with --provider, --service, --wait or --give-up.")
    line.state = {"wait": "waiting", "give-up": "given-up"}.get(word, "planned")
    line.cause = told.name
    return [entry(told, "gap_answered")]


def visit_proposed(case: Case, told: Told) -> Taken:
    """The provider names another moment."""
    if (line := case.line_of(told.subject)) is None:
        return NO_LINE
    return [entry(told, "visit_moved", subject=line.visit or told.subject)]


def visit_requested(case: Case, told: Told) -> Taken:
    """The person needs an on-demand or stand-by service at a certain moment."""
    if (line := case.line_of(told.subject)) is None:
        return NO_LINE
    if line.kind not in ("on-demand", "stand-by") or line.state != "accepted":
        return Refusal("not-on-request", f"Line {line.line} ({line.kind}, {line.state}) takes no requests now.")
    line.asked_for, line.visit_cause = told.until or told.at, told.name
    return [entry(told, "noted", why="visit-requested")]


def visit_completed(case: Case, told: Told) -> Taken:
    """A service was delivered; the next visit follows."""
    if (line := case.line_of(told.subject)) is None:
        return NO_LINE
    _visit_over(line, told)
    return [entry(told, "visit_completed")]


def visit_missed(case: Case, told: Told) -> Taken:
    """Nobody was served: its ladder begins, and a make-up visit follows."""
    if (line := case.line_of(told.subject)) is None:
        return NO_LINE
    _visit_over(line, told)
    return [entry(told, "visit_missed")]


def _visit_over(line: Line, told: Told) -> None:
    if line.visit == told.subject:
        line.visit, line.visit_cause = "", told.name
        line.asked_for = None


def service_ended(case: Case, told: Told) -> Taken:
    """The provider, or the municipality, ends this service."""
    if (line := _accepted(case, told)) is None:
        return GONE
    line.state, line.visit = ("failed" if told.code == "failed" else "completed"), ""
    return [entry(told, "service_ended")]


def checked(case: Case, told: Told) -> Taken:
    """Somebody looked after the person."""
    del case
    return [entry(told, "check_completed")]


def check_failed(case: Case, told: Told) -> Taken:
    """The person was not found well, or not found: the ladder of checks begins."""
    del case
    return [entry(told, "check_failed")]
