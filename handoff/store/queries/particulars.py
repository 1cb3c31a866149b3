"""The numbers and findings that are recorded with what a person says again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.tables import assessments, plans, visits
from handoff.vocabulary.states import Survey
from handoff.vocabulary.words import EventKind

DECISIONS = (EventKind.PLAN_APPROVED, EventKind.PLAN_REJECTED)
_SURVEYS: Mapping[EventKind, Survey] = {
    EventKind.PRESURVEY_COMPLETED: Survey.PRESURVEY,
    EventKind.DETERMINATION_RETURNED: Survey.DETERMINATION,
}


@dataclass(frozen=True)
class ParticularsNow:
    """What counts now beside kind, code and moment.

    Attributes:
        quantity: the score of a survey, the units of a visit, or the version that was decided last; None: none of them.
        found: what a survey found about eligibility.
    """

    quantity: int | None = None
    found: Mapping[str, Any] = field(default_factory=dict)


async def particulars(conn: AsyncConnection, kind: str, subject: str) -> ParticularsNow:
    """What counts of an event of this kind. `subject`: id of its case or visit."""
    event = EventKind.known(kind)
    if event in DECISIONS:
        versions = select(func.max(plans.c.version)).where(plans.c.case_id == subject)
        return ParticularsNow(await conn.scalar(versions.where(plans.c.decided_at.is_not(None))))
    if event and (survey := _SURVEYS.get(event)):
        surveys = select(assessments.c.score, assessments.c.found).where(assessments.c.case_id == subject)
        row = (await conn.execute(surveys.where(assessments.c.key == survey))).first()
        return ParticularsNow(row.score, row.found) if row else ParticularsNow()
    return ParticularsNow(await conn.scalar(select(visits.c.units).where(visits.c.visit_id == subject)))
