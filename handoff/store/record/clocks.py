"""The clocks of a case. Ended ones stay in the table, with the milestone that ended them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handoff.store.record.row_set import RowSet
from handoff.store.tables import clocks

APPOINTMENT = "appointment"  # not a limit: a clock for an agreed moment


@dataclass
class ClockRow:
    """One clock. `pauses`: a list of `{why, from, until}`, moments as ISO 8601, `until` null during a pause."""

    case_id: str
    name: str
    limit: str
    owner: str
    started_at: datetime
    warn_at: datetime | None
    due_at: datetime
    pauses: list[dict[str, Any]] = field(default_factory=list)
    ended_at: datetime | None = None
    ended_by: str = ""
    subject: str = ""

    @property
    def paused(self) -> bool:
        """Whether a pause has not ended."""
        return any(pause["until"] is None for pause in self.pauses)


class ClockRows(RowSet[ClockRow]):
    """The clocks of one case that have not ended, by name."""

    table, row = clocks, ClockRow
    where = "case_id = $1 AND ended_at IS NULL ORDER BY started_at, name"

    def running(self) -> dict[str, ClockRow]:
        """All clocks that have not ended, including paused ones, by name."""
        return {clock.name: clock for clock in self if clock.ended_at is None}
