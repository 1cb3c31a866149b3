"""What is written of a case: each thing that happened once, under its name, for ever."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handoff.store.record.row_set import RowSet
from handoff.store.tables import timeline


@dataclass(frozen=True)
class MilestoneRow:
    """One row of the timeline: what happened, by whom, why, when it occurred and when we knew."""

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


class Timeline(RowSet[MilestoneRow]):
    """The timeline of one case, as far as certain names ($2) stand in it.

    Whoever adds to it holds the lock of the case and draws the numbers from `cases.entries`.
    """

    table, row = timeline, MilestoneRow
    where = "case_id = $1 AND key = ANY($2)"
    how = "new"

    def written(self) -> dict[str, MilestoneRow]:
        """Which of the names are written, by name."""
        return {row.key: row for row in self}
