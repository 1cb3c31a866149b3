"""Everything that the record has of one case, for the workflow that is made of it again."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.case.messages import CaseEvent, MilestoneResult
from handoff.case.record_rows import (
    RowsOfCase,
    StandingCase,
    StandingClock,
    StandingLine,
    StandingOffer,
    StandingVisit,
    TimelineRow,
)
from handoff.store.tables import cases, clocks, plan_lines, referrals, timeline, visits

Row = Mapping[str, Any]
# The tables, and what orders the rows of a case.
_TABLES: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (cases, ("case_id",)),
    (timeline, ("seq",)),
    (clocks, ("started_at", "name")),
    (plan_lines, ("seq",)),
    (referrals, ("offered_at", "offer_id")),
    (visits, ("line_id", "number")),
)
_RESULT = TypeAdapter(MilestoneResult)


async def read(conn: AsyncConnection, case_id: str) -> dict[str, list[Row]]:
    """The rows of a case, by table. The caller holds the lock of the case, so that they belong together."""
    rows: dict[str, list[Row]] = {}
    for table, order in _TABLES:
        chosen = select(table).where(table.c.case_id == case_id).order_by(*(table.c[name] for name in order))
        rows[table.name] = [dict(row) for row in (await conn.execute(chosen)).mappings()]
    return rows


def rows_of(tables: Mapping[str, Sequence[Row]], events: Mapping[str, CaseEvent]) -> RowsOfCase:
    """The record of a case. `tables`: its rows by table, in order. `events`: by name, its facts and actions."""
    [case] = tables["cases"]
    return RowsOfCase(
        case=_case(case),
        timeline=[_timeline(row) for row in tables["timeline"]],
        events=events,
        clocks=[_clock(row) for row in tables["clocks"] if row["ended_at"] is None],
        lines=[StandingLine(row["line_id"], row["kind"], row["urgent"], row["state"]) for row in tables["plan_lines"]],
        offers=[StandingOffer(row["offer_id"], row["line_id"], row["state"]) for row in tables["referrals"]],
        visits=[
            StandingVisit(row["visit_id"], row["line_id"], row["number"], row["state"]) for row in tables["visits"]
        ],
    )


def _case(row: Row) -> StandingCase:
    return StandingCase(
        case=row["case_id"],
        consent=row["consent"],
        expected_at=row["expected_at"],
        discharged_at=row["discharged_at"],
        admitted_at=row["admitted_at"],
        support_began=row["support_began_at"] is not None,
        death=row["death"],
        restricted=row["restricted"],
        closing=row["closing"],
    )


def _clock(row: Row) -> StandingClock:
    paused = any(pause["until"] is None for pause in row["pauses"])
    return StandingClock(row["name"], row["due_at"], row["warn_at"], row["owner"], paused)


def _timeline(row: Row) -> TimelineRow:
    names = ("seq", "key", "what", "who", "why", "subject", "code", "occurred_at", "known_at")
    result = _RESULT.validate_python(row["outcome"]) if row["outcome"] is not None else None
    return TimelineRow(**{name: row[name] for name in names}, result=result)
