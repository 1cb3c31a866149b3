"""The lines of a case that was joined, as the case that goes on reads them.

Either case may write first. So a line counts if it is still open, or if it ended by the join itself.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import fetch
from handoff.store.record.plans import LineRow
from handoff.store.record.referrals import AGREED, ReferralRow
from handoff.store.record.visits import OPEN, VisitRow
from handoff.store.tables import plan_lines, plans, referrals, visits
from handoff.vocabulary.outcomes import WithdrawalReason
from handoff.vocabulary.states import LINE_OVER, PlanState, VisitState

JOINED = WithdrawalReason.JOINED


@dataclass(frozen=True)
class JoinedLine:
    """A line of the case that was joined.

    Attributes:
        approved: whether it belongs to the plan in force.
        provider: who had accepted it; "": nobody.
        visits: all its visits, as they were before the join took back those that were booked.
        offer: id of the accepted offer; "": there is none.
    """

    line: LineRow
    approved: bool
    provider: str
    visits: list[VisitRow]
    offer: str = ""

    def booked(self, now: datetime) -> VisitRow | None:
        """The next visit that was booked; None: there is none."""
        ahead = [visit for visit in self.visits if visit.state in OPEN and visit.planned_at > now]
        return min(ahead, key=lambda visit: visit.planned_at, default=None)


async def open_lines(conn: AsyncConnection, case_id: str) -> list[JoinedLine]:
    """The lines of a case that the case into which it was joined takes over, in their order."""
    lines = [LineRow(**row) for row in await _rows(conn, plan_lines, LineRow, case_id)]
    offers = [ReferralRow(**row) for row in await _rows(conn, referrals, ReferralRow, case_id)]
    booked = [VisitRow(**row) for row in await _rows(conn, visits, VisitRow, case_id)]
    in_force = {
        row["version"]
        for row in await fetch(
            conn, plans, ("version",), "case_id = $1 AND state = $2", case_id, PlanState.APPROVED.value
        )
    }
    return [
        _joined(line, offers, booked, approved=line.version in in_force)
        for line in sorted(lines, key=lambda line: line.seq)
        if line.state not in LINE_OVER or JOINED in (line.reason, line.ending)
    ]


def _joined(line: LineRow, offers: list[ReferralRow], booked: list[VisitRow], *, approved: bool) -> JoinedLine:
    accepted = [
        offer
        for offer in offers
        if offer.line_id == line.line_id
        and (offer.state in AGREED or (offer.answered_at is not None and offer.reason == JOINED))
    ]
    own = [_before(visit) for visit in booked if visit.line_id == line.line_id]
    last = max(accepted, key=lambda offer: offer.offered_at, default=None)
    return JoinedLine(line, approved, last.provider if last else "", own, last.offer_id if last else "")


def _before(visit: VisitRow) -> VisitRow:
    """The visit as it was before the join took it back."""
    if visit.state == VisitState.CANCELLED and visit.reason == JOINED:
        visit.state = VisitState.SCHEDULED
    return visit


async def _rows(conn: AsyncConnection, table: Any, row: type[Any], case_id: str) -> list[dict[str, Any]]:
    return await fetch(conn, table, tuple(field.name for field in fields(row)), "case_id = $1", case_id)
