"""Visits of a case: planned, completed, missed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.record.row_set import RowSet
from handoff.store.tables import visits
from handoff.vocabulary.outcomes import WithdrawalReason
from handoff.vocabulary.states import VisitState

OPEN = frozenset(
    {VisitState.SCHEDULED, VisitState.UNREPORTED, VisitState.SUSPENDED}
)  # may still be completed or missed


@dataclass
class VisitRow:
    """One visit of one line."""

    visit_id: str
    line_id: str
    case_id: str
    offer_id: str
    number: int
    provider: str
    state: str
    planned_at: datetime
    makes_up: str = ""
    ended_at: datetime | None = None
    reason: str = ""
    units: int | None = None  # delivered, such as meals or half hours; None: not delivered, or before they were kept
    reported_by: str = ""  # whose word it is: a provider, or a person of the municipality
    typed_by: str = ""  # who typed the word of a provider; "": the provider's own event, or a person's own word
    slot: datetime | None = None  # its place in the rhythm of a series; None: `planned_at`
    named_by: str = ""  # "provider" or "engine"; "": it follows the rhythm


class Visits(RowSet[VisitRow]):
    """The visits of one case that are needed: open ones ($5), and those of some lines ($4). A series may have many."""

    table, row = visits, VisitRow
    where = "case_id = $1 AND (state = ANY($5) OR line_id = ANY($4)) ORDER BY planned_at, visit_id"

    def __init__(self, conn: AsyncConnection, lines: Collection[str]) -> None:
        super().__init__()
        self._conn = conn
        self._lines = set(lines)

    def open(self) -> list[VisitRow]:
        """All visits that may still be completed or missed."""
        return [visit for visit in self if visit.state in OPEN]

    async def of_line(self, line_id: str) -> list[VisitRow]:
        """All visits of a line, in the order of their numbers."""
        if line_id not in self._lines:
            await self.read(self._conn, "line_id = $1", line_id)
            self._lines.add(line_id)
        return sorted((visit for visit in self if visit.line_id == line_id), key=lambda visit: visit.number)

    async def completed_since(self, case_id: str, moment: datetime) -> list[VisitRow]:
        """The completed visits of a case that were planned and took place after a moment."""
        after = "case_id = $1 AND state = $2 AND planned_at > $3 AND ended_at > $3"
        await self.read(self._conn, after, case_id, VisitState.COMPLETED, moment)
        return [
            visit
            for visit in self
            if visit.state == VisitState.COMPLETED and visit.planned_at > moment and (visit.ended_at or moment) > moment
        ]

    async def first_completed(self, case_id: str) -> datetime | None:
        """When the first visit of a case, or of one that it absorbed, took place; None: none has.

        A case that had closed before it was linked counted its own visits.
        """
        absorbed = "SELECT case_id FROM cases WHERE joined_into = $1 AND (closed_at IS NULL OR outcome = $3)"
        of_case = f"case_id = ANY(ARRAY(SELECT $1::text UNION ALL {absorbed})) AND state = $2"
        await self.read(self._conn, of_case, case_id, VisitState.COMPLETED, WithdrawalReason.JOINED)
        return min(
            (visit.ended_at for visit in self if visit.state == VisitState.COMPLETED and visit.ended_at), default=None
        )

    def one(self, visit_id: str) -> VisitRow | None:
        """One of the visits read so far, by id; None if it is not among them."""
        return next((visit for visit in self if visit.visit_id == visit_id), None)
