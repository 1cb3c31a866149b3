"""When persons were in hospital again, for what is said to have taken place at home."""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.case.readmission import NEVER_ADMITTED, OTHER_MOMENT
from handoff.store.bulk import among, fetch
from handoff.store.intake.facts import COLUMNS, FactRow
from handoff.store.tables import cases, facts, timeline, visits
from handoff.vocabulary.states import Earlier
from handoff.vocabulary.words import MilestoneName

_WORDS = """
    case_id = ANY($1) AND number IS NOT NULL
    AND kind IN ('discharge.notified', 'discharge.expected', 'admission.occurred') ORDER BY fact_id
"""
_TOLD = (MilestoneName.SUSPENDED, MilestoneName.RESUMED, MilestoneName.DISCHARGE_CANCELLED)


async def words_of(conn: AsyncConnection, cases_: Collection[str]) -> list[FactRow]:
    """The numbered notices and admissions of these cases, which name when a stay began."""
    if not cases_:
        return []
    return [FactRow(**row) for row in await fetch(conn, facts, ("fact_id", *COLUMNS), _WORDS, list(cases_))]


async def before_visits(conn: AsyncConnection, visit_ids: Collection[str]) -> dict[str, dict[Earlier, datetime]]:
    """Admission and discharge of the last stay that began before the moment for which each visit is planned.

    Only visits with such a stay are listed. Without a discharge the person is in hospital still.
    """
    if not visit_ids:
        return {}
    moved = and_(timeline.c.what == MilestoneName.NOTED, timeline.c.why == OTHER_MOMENT)
    selected = await conn.execute(
        select(visits.c.visit_id, visits.c.planned_at, timeline.c.what, timeline.c.code, timeline.c.occurred_at)
        .add_columns(cases.c.admitted_at, cases.c.discharged_at)
        .join_from(visits, cases, cases.c.case_id == visits.c.case_id)
        .join(timeline, timeline.c.case_id == visits.c.case_id)
        .where(among(visits.c.visit_id, sorted(visit_ids)), or_(timeline.c.what.in_(_TOLD), moved))
        .order_by(visits.c.visit_id, timeline.c.seq)
    )
    by_visit = {visit_id: _before(list(rows)) for visit_id, rows in groupby(selected, lambda row: str(row.visit_id))}
    return {visit_id: stay for visit_id, stay in by_visit.items() if stay}


def _before(rows: list[Any]) -> dict[Earlier, datetime]:
    case = rows[0]
    stays = _stays(rows)
    if stays and Earlier.DISCHARGE not in stays[-1] and case.admitted_at is None:
        stays.pop()
    elif stays and case.admitted_at:
        stays[-1] = {Earlier.ADMISSION: case.admitted_at}
    elif stays and case.discharged_at:
        stays[-1][Earlier.DISCHARGE] = case.discharged_at
    begun = [stay for stay in stays if stay[Earlier.ADMISSION] < case.planned_at]
    return max(begun, key=lambda stay: stay[Earlier.ADMISSION], default={})


def _stays(rows: Iterable[Any]) -> list[dict[Earlier, datetime]]:
    stays: list[dict[Earlier, datetime]] = []
    for row in rows:
        if row.what == MilestoneName.SUSPENDED:
            stays.append({Earlier.ADMISSION: row.occurred_at})
        elif row.what == MilestoneName.DISCHARGE_CANCELLED:
            stays.clear()
        elif stays and row.what == MilestoneName.NOTED:
            stays[-1][Earlier.ADMISSION] = row.occurred_at
        elif stays and row.code == NEVER_ADMITTED:
            stays.pop()
        elif stays:
            stays[-1][Earlier.DISCHARGE] = row.occurred_at
    return stays
