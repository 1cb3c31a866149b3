"""What PostgreSQL says of a run's cases."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store import tables
from workers.cli.count.meant import Named


@dataclass(frozen=True)
class NoticeRow:
    """A notice of the run, as the store has it."""

    named: Named
    case: str  # "" while it is held
    state: str


@dataclass
class Record:
    """A run's cases, and everything about them that the count asks for."""

    notices: list[NoticeRow] = field(default_factory=list)
    cases: dict[str, Row[Any]] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)  # all cases, of whatever run
    lines: Sequence[Row[Any]] = ()
    referrals: Sequence[Row[Any]] = ()
    visits: Sequence[Row[Any]] = ()
    checks: Sequence[Row[Any]] = ()
    tasks: Sequence[Row[Any]] = ()
    clocks: Sequence[Row[Any]] = ()
    milestones: dict[str, set[str]] = field(default_factory=dict)  # cases by milestone


async def record(conn: AsyncConnection, named: Collection[Named]) -> Record:
    """Read the cases that these notices led to."""
    found = Record()
    facts = tables.facts
    keys = tuple_(facts.c.sender, facts.c.message_id)
    rows = await conn.execute(
        select(facts.c.sender, facts.c.message_id, facts.c.case_id, facts.c.state).where(keys.in_(list(named)))
    )
    found.notices = [NoticeRow((row.sender, row.message_id), row.case_id or "", row.state) for row in rows]
    found.known = set((await conn.scalars(select(tables.cases.c.case_id))).all())
    ids = sorted({notice.case for notice in found.notices if notice.case})
    found.cases = {row.case_id: row for row in await _of(conn, tables.cases, ids)}
    found.lines = await _of(conn, tables.plan_lines, ids)
    found.referrals = await _of(conn, tables.referrals, ids)
    found.visits = await _of(conn, tables.visits, ids)
    found.checks = await _of(conn, tables.checks, ids)
    found.tasks = await _of(conn, tables.tasks, ids)
    found.clocks = await _of(conn, tables.clocks, ids)
    timeline = tables.timeline.c
    for what, cases in await conn.execute(
        select(timeline.what, func.array_agg(timeline.case_id.distinct()))
        .where(timeline.case_id.in_(ids))
        .group_by(timeline.what)
    ):
        found.milestones[what] = set(cases)
    return found


async def _of(conn: AsyncConnection, table: Table, ids: list[str]) -> Sequence[Row[Any]]:
    return (await conn.execute(select(table).where(table.c.case_id.in_(ids)))).all()


def is_owned(record: Record, case: str) -> bool:
    """Somebody owns what comes next: an open task, or a clock that runs and has an owner."""
    if any(task.case_id == case and task.closed_at is None and task.owner for task in record.tasks):
        return True
    return any(clock.case_id == case and runs(clock) and clock.owner for clock in record.clocks)


def runs(clock: Row[Any]) -> bool:
    """The clock has not ended and does not stand still."""
    return clock.ended_at is None and all(pause.get("until") for pause in clock.pauses)


def past_first_check(record: Record, case: str) -> bool:
    """Somebody looked after the person at least once since the discharge."""
    return any(check.case_id == case and check.ended_at and check.state != "cancelled" for check in record.checks)


def first_service_days(record: Record, discharges: dict[str, list[datetime]], seconds_per_day: float) -> list[float]:
    """Days from each case's actual discharge to its first delivered service.

    Args:
        record: what PostgreSQL says.
        discharges: what the journal says, by case: for somebody discharged again since, the discharge before counts.
        seconds_per_day: of the demonstration.
    """
    days = []
    for case, row in record.cases.items():
        began, left = row.support_began_at, row.discharged_at
        if began is None:
            continue
        if left is None or left > began:
            left = max((moment for moment in discharges.get(case, []) if moment <= began), default=None)
        if left is not None:
            days.append((began - left).total_seconds() / seconds_per_day)
    return sorted(days)
