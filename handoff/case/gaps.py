"""Service gaps: plan lines for which no provider is left. The municipality answers each of them."""

from collections.abc import Mapping

from handoff.case.messages import CaseEvent
from handoff.case.refusals import refused_of
from handoff.case.state import NO_LINE, CaseState, Expiry, Refusal, Taken, Transition, milestone_for
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.states import GapAnswer, LineState
from handoff.vocabulary.words import EventKind, MilestoneName

# The state of a line after an answer. After any other answer the line is offered again.
AFTER = {GapAnswer.WAIT: LineState.WAITING, GapAnswer.GIVE_UP: LineState.GIVEN_UP}


def gap_answered(case: CaseState, event: CaseEvent) -> Taken:
    """Apply the municipality's answer: another provider, another service, a wait, or giving up with a reason."""
    line = case.line_of(event.subject)
    if line is None:
        return NO_LINE
    if line.state not in (LineState.GAP, LineState.WAITING):
        return Refusal("no-gap", f"Line {line.line} is {line.state}: there is no gap to answer.")
    answer = GapAnswer.known(event.code.partition(":")[0])
    if answer is None:
        return Refusal("field-invalid", "Answer with --provider, --service, --wait or --give-up.")
    word, _, what = event.code.partition(":")
    if word == GapAnswer.PROVIDER and refused_of(what) in case.refused:
        return Refusal(
            "provider-refused",
            f"The person refuses this provider. Name another one. If the person accepts it after all: `handoff consent "
            f"{case.case} --give --scope provider --provider {what}`.",
        )
    line.state = AFTER.get(answer, LineState.PLANNED)
    line.cause = event.name
    return [milestone_for(event, MilestoneName.GAP_ANSWERED)]


def wait_expired(case: CaseState, name: str, cause: str) -> None:
    """Offer the line again, since the wait that the municipality chose is over."""
    line = case.lines[name]
    if line.state == LineState.WAITING:
        line.needs_offer(cause)


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.GAP_ANSWERED: gap_answered,
}

EXPIRIES: Mapping[LimitName, Expiry] = {
    LimitName.WAIT: wait_expired,
}
