"""How much of a plan line was delivered, and how the line ended."""

from collections.abc import Mapping
from dataclasses import dataclass

from handoff.rules.rhythm import MONTH, WEEK
from handoff.vocabulary.states import LineKind, LineState, ReferralState

_DAYS: Mapping[str, int] = {"day": 1, "week": WEEK, "month": MONTH}


def planned_visits(kind: str, quantity: int, per: str, days: int) -> int | None:
    """How many visits a plan line means in all, rounded up; None: as many as are asked for.

    A series of `quantity` visits per day, week or month lasts `days` calendar days. A one-off has `quantity` visits.
    """
    if kind == LineKind.ONE_OFF:
        return quantity
    if kind != LineKind.SERIES or not days or per not in _DAYS:
        return None
    return -(-quantity * days // _DAYS[per])


@dataclass(frozen=True)
class Tally:
    """The visits of a line, without those that were cancelled.

    Attributes:
        regular: visits of the line itself, without those that make up for a missed one.
        delivered: visits that took place.
        missed: visits that did not.
        unreported: visits whose moment has passed, and that nobody has reported.
    """

    regular: int
    delivered: int
    missed: int = 0
    unreported: int = 0


def ended_in_full(tally: Tally, goal: int) -> LineState:
    """The state of a line whose time is over: what was delivered decides, and never silence. `goal`: visits due."""
    if goal and tally.delivered >= goal:
        return LineState.COMPLETED
    if tally.unreported:
        return LineState.NOT_REPORTED
    return LineState.PARTLY_DELIVERED if tally.delivered else LineState.FAILED


def ended_by_word(tally: Tally, planned: int | None, *, all_done: bool) -> LineState:
    """The state of a line that somebody ended. `all_done`: with the word that everything was delivered.

    `planned`: its visits in all; None: as many as were asked for, so that one is enough if everything was delivered.
    """
    goal = planned or (1 if all_done else None)
    if goal is None or tally.delivered + tally.unreported < goal:
        return LineState.ENDED_EARLY
    return LineState.COMPLETED if tally.delivered >= goal else LineState.NOT_REPORTED


# A referral has the states of the Gravity Task, which has no word for a part: it is completed only with its line.
REFERRAL_STATES: Mapping[str, ReferralState] = {
    LineState.COMPLETED: ReferralState.COMPLETED,
    LineState.PARTLY_DELIVERED: ReferralState.FAILED,
    LineState.NOT_REPORTED: ReferralState.FAILED,
    LineState.FAILED: ReferralState.FAILED,
    LineState.ENDED_EARLY: ReferralState.CANCELLED,
    LineState.REMOVED: ReferralState.CANCELLED,
}
