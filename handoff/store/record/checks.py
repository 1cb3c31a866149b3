"""Checks on the person: some days after the discharge, then at the Act's intervals after the first plan."""

from dataclasses import dataclass
from datetime import datetime

from handoff.store.record.row_set import RowSet
from handoff.store.tables import checks


@dataclass
class CheckRow:
    """One check."""

    check_id: str
    case_id: str
    name: str
    state: str
    planned_at: datetime
    ended_at: datetime | None = None
    result: str = ""


class Checks(RowSet[CheckRow]):
    """The checks of one case."""

    table, row = checks, CheckRow
    where = "case_id = $1 ORDER BY planned_at, check_id"

    def all(self) -> dict[str, CheckRow]:
        """All checks by id."""
        return {check.check_id: check for check in self}
