"""Services that run although consent has ended: a person is asked, line by line, whether each goes on."""

from collections.abc import Mapping

from handoff.case.messages import CaseEvent
from handoff.case.state import CONSENT_OVER, NO_LINE, CaseState, Refusal, Taken, Transition, milestone_for
from handoff.vocabulary.states import LineState
from handoff.vocabulary.words import EventKind, MilestoneName


def kept(case: CaseState, event: CaseEvent) -> Taken:
    """The service of a line goes on: the person wants it, though nobody else may be told about the person."""
    line = case.lines.get(event.subject)
    if line is None:
        return NO_LINE
    if line.state != LineState.ACCEPTED:
        return Refusal("offer-gone", f"Line {line.line} is {line.state}: no service runs that could go on.")
    if case.consent not in CONSENT_OVER:
        return Refusal("not-awaited", "Consent has not ended, so the service goes on anyway. There is nothing to do.")
    return [milestone_for(event, MilestoneName.SERVICE_KEPT)]


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.SERVICE_KEPT: kept,
}
