"""Assessments of a case: pre-survey, determination, re-surveys."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handoff.store.record.row_set import RowSet
from handoff.store.tables import assessments


@dataclass
class AssessmentRow:
    """One assessment; `key` is presurvey, determination or resurvey-N."""

    case_id: str
    key: str
    assessor: str
    score: int | None
    result: str
    assessed_at: datetime
    found: dict[str, Any] = field(default_factory=dict)


class Assessments(RowSet[AssessmentRow]):
    """The assessments of one case."""

    table, row = assessments, AssessmentRow

    def all(self) -> dict[str, AssessmentRow]:
        """Every assessment by its key."""
        return {row.key: row for row in self}
