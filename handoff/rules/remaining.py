"""What is left of a plan line that another case takes over: visits, or days."""

from collections.abc import Sequence
from datetime import datetime

from handoff.rules.series import LineLike, VisitLike, regular
from handoff.timezone import KST
from handoff.vocabulary.states import LineKind, VisitState


def left(line: LineLike, visits: Sequence[VisitLike], now: datetime) -> tuple[int, int]:
    """Quantity and days of the line that goes on: at least one visit or day, and no end if the line has none.

    A series goes on until the day on which it would have ended. Other lines have a number of visits in all.
    """
    if line.kind != LineKind.SERIES:
        delivered = sum(visit.state == VisitState.COMPLETED for visit in visits)
        return max(1, line.quantity - delivered), line.days
    begun = min((visit.planned_at for visit in regular(visits)), default=now)
    gone = max(0, (now.astimezone(KST).date() - begun.astimezone(KST).date()).days)
    return line.quantity, max(1, line.days - gone) if line.days else 0
