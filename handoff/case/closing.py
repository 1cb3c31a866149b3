"""The end of a case by a person's decision.

Once support has begun, a case ends for one of the five statutory reasons. Before that, it ends with an outcome.
"""

from collections.abc import Mapping
from typing import Literal, get_args

from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState, Refusal, Taken, Transition, milestone_for
from handoff.vocabulary.words import EventKind, MilestoneName

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


def closed(case: CaseState, event: CaseEvent) -> Taken:
    """End the case by a person's decision: for a statutory reason, or with an outcome if support has not begun."""
    word, _, value = event.code.partition("-")
    if word == "reason" and value in "12345" and len(value) == 1:
        if not case.support_began:
            return Refusal("support-not-begun", f"Support has not begun: close with --outcome {'|'.join(OUTCOMES)}.")
    elif word == "outcome" and value in OUTCOMES:
        if case.support_began:
            return Refusal("support-began", "Support has begun: close with --reason 1 to 5.")
    else:
        return Refusal("end-unknown", f"Name --reason 1 to 5, or --outcome {'|'.join(OUTCOMES)}.")
    case.end, case.end_told = event.code, event.name
    return [milestone_for(event, MilestoneName.NOTED, why="closing")]


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.CASE_CLOSED: closed,
}
