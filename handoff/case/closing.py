"""The end of a case by a person's decision.

Once support has begun, a case ends for one of the five statutory reasons. Before that, it ends with an outcome. Contact
stops at once; the end is final, and told, when its grace is over. Until then a person may take it back. If support has
begun meanwhile, or has not begun after all, the case goes on, and a task asks for an end that fits.
"""

from collections.abc import Mapping
from typing import Literal, get_args

from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState, Expiry, Refusal, Taken, Transition, milestone_for
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.states import Interruption
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
    "wrong-person",
]  # how a case ends before support began; the last one also after it


OUTCOMES: tuple[str, ...] = get_args(End)
WRONG_PERSON = "outcome-wrong-person"  # it was about another person than the one named: that is no end of support


def fits(end: str, *, support_began: bool) -> bool:
    """Whether a case can end so: for a statutory reason once support has begun, else with an outcome.

    A case about the wrong person ends with that outcome at any time.
    """
    return end == WRONG_PERSON or end.startswith("reason-") is support_began


def closed(case: CaseState, event: CaseEvent) -> Taken:
    """End the case by a person's decision: for a statutory reason, or with an outcome if support has not begun."""
    word, _, value = event.code.partition("-")
    if word == "reason" and value in "12345" and len(value) == 1:
        if not case.support_began:
            return Refusal("support-not-begun", f"Support has not begun: close with --outcome {'|'.join(OUTCOMES)}.")
    elif word == "outcome" and value in OUTCOMES:
        if case.support_began and event.code != WRONG_PERSON:
            return Refusal("support-began", "Support has begun: close with --reason 1 to 5.")
    else:
        return Refusal("end-unknown", f"Name --reason 1 to 5, or --outcome {'|'.join(OUTCOMES)}.")
    if case.closing is not None:
        return Refusal("closing-already", "The case is being closed already. `handoff reopen` takes that back.")
    if case.close_waits:
        case.closing = event
        return [milestone_for(event, MilestoneName.CLOSING)]
    case.end, case.end_told, case.ended_at = event.code, event.name, event.occurred
    return [milestone_for(event, MilestoneName.NOTED, why=Interruption.CLOSING)]


def reopened(case: CaseState, event: CaseEvent) -> Taken:
    """Take the end of the case back, while it can be: nobody has been told of it yet."""
    if case.closing is None:
        return Refusal("not-closing", "The case is open, and nobody is closing it. There is nothing to take back.")
    case.closing = None
    return [milestone_for(event, MilestoneName.CASE_REOPENED)]


def grace_expired(case: CaseState, _subject: str, _cause: str) -> MilestoneName | None:
    """Nobody has taken the end back in time: the case ends, unless what was recorded since does not fit its end."""
    if case.closing is None:
        return None
    if case.end_looked_at and not fits(case.closing.code, support_began=case.support_began):
        case.closing = None
        return MilestoneName.CLOSING_UNFIT
    case.end, case.end_told, case.ended_at = case.closing.code, case.closing.name, case.closing.occurred
    return None


EVENTS: Mapping[EventKind, Transition] = {
    EventKind.CASE_CLOSED: closed,
    EventKind.CASE_REOPENED: reopened,
}

EXPIRIES: Mapping[LimitName, Expiry] = {
    LimitName.CLOSING_GRACE: grace_expired,
}
