"""Plan versions and their lines. A line keeps its id from version to version."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handoff.store.record.row_set import RowSet
from handoff.store.tables import plan_lines, plans
from handoff.vocabulary.states import LINE_OVER, LineState

ENDED = LINE_OVER  # final states of a line


@dataclass
class PlanRow:
    """One version of the individual support plan."""

    case_id: str
    version: int
    state: str
    submitted_by: str
    submitted_at: datetime
    decided_by: str = ""
    decided_at: datetime | None = None
    reason: str = ""
    fact_id: int | None = None


@dataclass
class LineRow:
    """One line of a plan: service, quantity, period."""

    line_id: str
    case_id: str
    version: int
    service: str
    kind: str
    quantity: int
    per: str = ""
    days: int = 0
    urgent: bool = False
    prefers: str = ""
    state: str = LineState.PLANNED
    provider: str = ""
    reason: str = ""
    part_of: str = ""
    asked_anew_at: datetime | None = None  # providers that declined before this moment may be asked again
    seq: int = 0  # the number in its id; a rest of a line has a number of its own
    safety: list[str] = field(default_factory=list)  # `SafetyNeed` codes
    ended_by: str = ""  # an `EndedBy`; "": it goes on, or its time was over
    ended_who: str = ""  # the institution or person that ended it; "": the engine
    ended_at: datetime | None = None
    starts_on: str = ""  # first day of its visits, ISO 8601; "": as soon as possible
    weekdays: str = ""  # of its visits: "mon,thu"; "": as they follow from the first visit
    changes: list[dict[str, Any]] = field(default_factory=list)  # to come: `{begins_at, quantity, weekdays}`
    ends_at: datetime | None = None  # it ends early: no visit is planned at or after this moment
    ending: str = ""  # why it ends early


class PlanRows(RowSet[PlanRow]):
    """The plan versions of one case."""

    table, row = plans, PlanRow

    def versions(self) -> list[PlanRow]:
        """All versions, oldest first."""
        return sorted(self, key=lambda plan: plan.version)


class Lines(RowSet[LineRow]):
    """The plan lines of one case."""

    table, row = plan_lines, LineRow
    where = "case_id = $1 ORDER BY seq"

    def all(self) -> dict[str, LineRow]:
        """All lines of any plan version by id, in the order in which they were added."""
        return {line.line_id: line for line in self}
