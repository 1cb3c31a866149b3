"""Visits that providers confirm by the week, and the tasks about them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import among
from handoff.store.tables import cases, plan_lines, tasks, visits
from handoff.vocabulary.awaited import TaskKind
from handoff.vocabulary.states import VisitState

NOTHING_LEFT = "nothing-left"  # who closed a task about a week: its visits were reported one by one


@dataclass(frozen=True)
class VisitToConfirm:
    """A visit whose moment has passed, and that nobody has reported."""

    visit_id: str
    service: str
    provider: str
    planned_at: datetime


@dataclass(frozen=True)
class VisitsSought:
    """Which visits to look for: planned before a moment; if given, not before `since`, and of one provider."""

    services: Collection[str]
    before: datetime
    since: datetime | None = None
    provider: str = ""


async def to_confirm(conn: AsyncConnection, sought: VisitsSought) -> list[VisitToConfirm]:
    """The visits in open cases whose moment has passed, and that nobody has reported, in the order of their moments."""
    chosen = (
        select(visits.c.visit_id, plan_lines.c.service, visits.c.provider, visits.c.planned_at)
        .join_from(visits, plan_lines, visits.c.line_id == plan_lines.c.line_id)
        .join(cases, cases.c.case_id == visits.c.case_id)
        .where(
            visits.c.state.in_((VisitState.SCHEDULED, VisitState.UNREPORTED)),
            visits.c.planned_at < sought.before,
            plan_lines.c.service.in_(sorted(sought.services)),
            cases.c.closed_at.is_(None),
        )
        .order_by(visits.c.planned_at, visits.c.visit_id)
    )
    if sought.provider:
        chosen = chosen.where(visits.c.provider == sought.provider)
    if sought.since:
        chosen = chosen.where(visits.c.planned_at >= sought.since)
    return [VisitToConfirm(*row) for row in await conn.execute(chosen)]


async def of_provider(conn: AsyncConnection, provider: str, visit_ids: Collection[str]) -> dict[str, str]:
    """The states of those of these visits that this provider makes."""
    own = visits.c.provider == provider, among(visits.c.visit_id, sorted(visit_ids))
    chosen = select(visits.c.visit_id, visits.c.state).where(*own)
    return {row.visit_id: row.state for row in await conn.execute(chosen)} if visit_ids else {}


def subject(provider: str, week: str) -> str:
    """What a task about the week of a provider is about."""
    return f"{provider}:{week}"


async def escalate(conn: AsyncConnection, owner: str, now: datetime) -> None:
    """Hand the open tasks about weeks that are late to this owner, each of them once."""
    late = tasks.c.kind == TaskKind.CONFIRM_WEEK, tasks.c.closed_at.is_(None), tasks.c.due_at <= now
    escalated = update(tasks).where(*late, tasks.c.escalated_at.is_(None))
    await conn.execute(escalated.values(owner=owner, escalated_at=now))


async def close_settled(conn: AsyncConnection, asked: Collection[str], now: datetime) -> None:
    """Close the tasks about weeks that are over and not among those asked about: no visit waits for a report."""
    open_ones = tasks.c.kind == TaskKind.CONFIRM_WEEK, tasks.c.closed_at.is_(None), tasks.c.opened_at <= now
    settled = update(tasks).where(*open_ones, ~among(tasks.c.subject, sorted(asked)))
    await conn.execute(settled.values(closed_at=now, closed_by=NOTHING_LEFT))


async def reopen(conn: AsyncConnection, asked: Collection[str], before: datetime) -> None:
    """Open the tasks about these weeks again that were closed before a moment: visits still lack a report."""
    closed = tasks.c.kind == TaskKind.CONFIRM_WEEK, among(tasks.c.subject, sorted(asked)), tasks.c.closed_at <= before
    await conn.execute(update(tasks).where(*closed).values(closed_at=None, closed_by=""))


async def close_task(conn: AsyncConnection, about_week: str, who: str, now: datetime) -> None:
    """Close the task with this `subject`, if one is open."""
    about = tasks.c.kind == TaskKind.CONFIRM_WEEK, tasks.c.subject == about_week
    await conn.execute(update(tasks).where(*about, tasks.c.closed_at.is_(None)).values(closed_at=now, closed_by=who))
