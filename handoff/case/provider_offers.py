"""Plan lines and their providers: offered, accepted, declined, given back; gaps and their answers."""

from handoff.case.line import Line, line_from
from handoff.case.messages import CaseEvent, Milestone, MilestoneResult
from handoff.case.state import NO_LINE, CaseState, Refusal, Taken, milestone_for

GONE = Refusal("offer-gone", "This offer is no longer open; nothing was changed.")


def _open_offer(case: CaseState, event: CaseEvent) -> Line | None:
    line = case.line_of(event.subject)
    return line if line and line.offer == event.subject and line.state == "offered" else None


def _accepted_line(case: CaseState, event: CaseEvent) -> Line | None:
    line = case.line_of(event.subject)
    return line if line and line.state == "accepted" and event.subject in (line.offer, line.line) else None


def accepted(case: CaseState, event: CaseEvent) -> Taken:
    """The provider takes the whole line."""
    if (line := _open_offer(case, event)) is None:
        return GONE
    line.accepted(event.name)
    return [milestone_for(event, "offer_accepted")]


def partly_accepted(case: CaseState, event: CaseEvent) -> Taken:
    """The provider takes a part; the rest becomes a line of its own and is offered on."""
    if (line := _open_offer(case, event)) is None:
        return GONE
    line.accepted(event.name)
    return [milestone_for(event, "offer_partly_accepted")]


def declined(case: CaseState, event: CaseEvent) -> Taken:
    """That line alone goes to the next by rank."""
    if (line := _open_offer(case, event)) is None:
        return GONE
    line.needs_offer(event.name)
    return [milestone_for(event, "offer_declined")]


def changed_mind(case: CaseState, event: CaseEvent) -> Taken:
    """A provider that had accepted can do less, or gives the line back; before it accepted, that is a decline."""
    if (line := _accepted_line(case, event)) is None:
        return declined(case, event)
    if event.code == "quantity" and event.quantity > 0:
        return [milestone_for(event, "offer_partly_accepted")]
    line.needs_offer(event.name)
    return [milestone_for(event, "offer_changed_mind")]


def gap_answered(case: CaseState, event: CaseEvent) -> Taken:
    """The municipality answers a service gap: another provider, another service, wait, or give up with a reason."""
    line = case.line_of(event.subject)
    if line is None:
        return NO_LINE
    if line.state not in ("gap", "waiting"):
        return Refusal("no-gap", f"Line {line.line} is {line.state}: there is no gap to answer.")
    word = event.code.partition(":")[0]
    if word not in ("provider", "service", "wait", "give-up"):
        return Refusal("field-invalid", "Answer with --provider, --service, --wait or --give-up.")
    line.state = {"wait": "waiting", "give-up": "given-up"}.get(word, "planned")
    line.cause = event.name
    return [milestone_for(event, "gap_answered")]


def service_ended(case: CaseState, event: CaseEvent) -> Taken:
    """The provider, or the municipality, ends this service."""
    if (line := _accepted_line(case, event)) is None:
        return GONE
    line.state, line.visit = ("failed" if event.code == "failed" else "completed"), ""
    return [milestone_for(event, "service_ended")]


def learn_offer(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Take in whether the line was offered, is a gap, or is held back."""
    line = case.lines[milestone.subject]
    if line.state != "planned":
        return
    line.state = result.verdict  # offered; gap; held: the record knew of a reason to wait that the story hears of next
    line.offer = result.subject if result.verdict == "offered" else ""


def learn_release(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Lines whose offers the record took back: also an offer that was still being written when the reason came."""
    for told in result.lines:
        if not case.lines[told.line].over:
            case.lines[told.line].needs_offer(milestone.key)


def learn_part(case: CaseState, milestone: Milestone, result: MilestoneResult) -> None:
    """Take in the rest that the provider left, as a line of its own."""
    line = case.line_of(milestone.subject)
    if result.verdict == "declined" and line:
        line.needs_offer(milestone.key)
    for told in result.lines:
        case.lines.setdefault(told.line, line_from(told, milestone.key))
        if line and line.line in case.proposed:
            case.proposed.append(told.line)


def answer_expired(case: CaseState, offer: str, cause: str) -> str:
    """The provider did not answer in time: the line goes to the next one."""
    line = case.line_of(offer)
    if line is None or line.offer != offer or line.state != "offered":
        return ""
    line.needs_offer(cause)
    return "offer_silent"


def wait_expired(case: CaseState, name: str, cause: str) -> str:
    """The wait that somebody chose for a gap is over: the line is offered again."""
    line = case.lines[name]
    if line.state == "waiting":
        line.needs_offer(cause)
    return ""
