"""Says how a plan line ended, by whom and why."""

from collections.abc import Mapping

from console.reasons import in_words
from handoff.store.queries.stored import StoredLine
from handoff.vocabulary.states import LINE_OVER, EndedBy, LineState

_ENDED_BY: Mapping[str, str] = {
    EndedBy.PROVIDER: "the provider",
    EndedBy.MUNICIPALITY: "the municipality",
    EndedBy.PERSON: "the person",
    EndedBy.PLAN_CHANGED: "a change of the plan",
    EndedBy.DEATH: "the death",
    EndedBy.READMISSION: "a stay in hospital",
}
_OVER: Mapping[str, str] = {
    LineState.COMPLETED: "all delivered",
    LineState.PARTLY_DELIVERED: "over, delivered in part: visits were missed",
    LineState.NOT_REPORTED: "over, not reported: nobody has said whether the visits took place",
    LineState.FAILED: "over, nothing was delivered",
    LineState.GIVEN_UP: "given up",
    LineState.REMOVED: "removed before it began",
}


def line_ended(line: StoredLine) -> str:
    """How a line ended, by whom and why; "" while it goes on."""
    if line.state not in LINE_OVER:
        return ""
    if line.state == LineState.ENDED_EARLY:
        named = line.ended_who if line.ended_by in (EndedBy.PROVIDER, EndedBy.MUNICIPALITY) else ""
        by = " ".join(filter(None, (_ENDED_BY.get(line.ended_by, line.ended_by), named)))
        why = f": {in_words(line.reason)}" if line.reason and line.reason != line.ended_by else ""
        return f"ended early by {by}{why}"
    why = f": {in_words(line.reason)}" if line.state in (LineState.GIVEN_UP, LineState.FAILED) and line.reason else ""
    return _OVER.get(line.state, line.state) + why
