"""The timeline of a case: each milestone once, under its key; rows are never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handoff.store.record.row_set import RowSet
from handoff.store.tables import timeline


@dataclass(frozen=True)
class MilestoneRow:
    """One row of the timeline: what happened, by whom, why, when it occurred and when it became known."""

    case_id: str
    seq: int
    key: str
    what: str
    who: str
    why: str
    subject: str
    code: str
    occurred_at: datetime
    known_at: datetime
    entry_hash: bytes
    outcome: Mapping[str, Any]
    corrects: str = ""  # key of the milestone that it corrects


class Timeline(RowSet[MilestoneRow]):
    """Those rows of a case's timeline that have certain keys ($2).

    To add a row, hold the lock of the case and take its number from `cases.entries`.
    """

    table, row = timeline, MilestoneRow
    where = "case_id = $1 AND key = ANY($2)"
    how = "new"

    def written(self) -> dict[str, MilestoneRow]:
        """The rows by key."""
        return {row.key: row for row in self}
