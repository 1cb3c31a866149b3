"""The cases that some notices led to: their progress, and everything that the count needs."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store import tables
from handoff.store.queries.stored import (
    StoredCase,
    StoredCheck,
    StoredClock,
    StoredLine,
    StoredReferral,
    StoredTask,
    StoredVisit,
)
from handoff.vocabulary.states import CheckState, FactState, Stage

Named = tuple[str, str]  # institution and message id


@dataclass(frozen=True)
class NoticeRow:
    """A notice in the store."""

    named: Named
    case: str  # "" while it is held
    state: str


@dataclass
class Counted:
    """The cases, and everything about them that the count needs."""

    notices: list[NoticeRow] = field(default_factory=list)
    cases: dict[str, StoredCase] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)  # ids of all cases in the store
    lines: Sequence[StoredLine] = ()
    referrals: Sequence[StoredReferral] = ()
    visits: Sequence[StoredVisit] = ()
    checks: Sequence[StoredCheck] = ()
    tasks: Sequence[StoredTask] = ()
    clocks: Sequence[StoredClock] = ()
    milestones: dict[str, set[str]] = field(default_factory=dict)  # cases by milestone


async def counted(conn: AsyncConnection, named: Collection[Named]) -> Counted:
    """Read the cases that these notices led to."""
    read = Counted()
    facts = tables.facts
    keys = tuple_(facts.c.sender, facts.c.message_id)
    rows = await conn.execute(
        select(facts.c.sender, facts.c.message_id, facts.c.case_id, facts.c.state).where(keys.in_(list(named)))
    )
    read.notices = [NoticeRow((row.sender, row.message_id), row.case_id or "", row.state) for row in rows]
    read.known = set((await conn.scalars(select(tables.cases.c.case_id))).all())
    ids = sorted({notice.case for notice in read.notices if notice.case})
    read.cases = {row.case_id: row for row in await StoredCase.of_cases(conn, ids)}
    read.lines = await StoredLine.of_cases(conn, ids)
    read.referrals = await StoredReferral.of_cases(conn, ids)
    read.visits = await StoredVisit.of_cases(conn, ids)
    read.checks = await StoredCheck.of_cases(conn, ids)
    read.tasks = await StoredTask.of_cases(conn, ids)
    read.clocks = await StoredClock.of_cases(conn, ids)
    timeline = tables.timeline.c
    for what, cases in await conn.execute(
        select(timeline.what, func.array_agg(timeline.case_id.distinct()))
        .where(timeline.case_id.in_(ids))
        .group_by(timeline.what)
    ):
        read.milestones[what] = set(cases)
    return read


@dataclass(frozen=True)
class NoticeProgress:
    """How far the cases have come."""

    stages: Counter[str] = field(default_factory=Counter)
    held: int = 0  # notices without a case yet
    served: int = 0  # cases with a delivered service
    tasks: int = 0
    ripe: frozenset[str] = frozenset()  # cases closed, or past their first check and at home
    open: frozenset[str] = frozenset()  # the others

    @property
    def cases(self) -> int:
        """All cases of these notices."""
        return self.stages.total()


async def progress(conn: AsyncConnection, named: Collection[Named]) -> NoticeProgress:
    """Look at the cases that these notices led to."""
    facts, cases = tables.facts.c, tables.cases.c
    keys = tuple_(facts.sender, facts.message_id).in_(list(named))
    ids = select(facts.case_id).where(keys, facts.case_id.is_not(None)).distinct()
    rows = await StoredCase.read(conn, cases.case_id.in_(ids))
    checks, tasks = tables.checks.c, tables.tasks.c
    ended = (checks.ended_at.is_not(None), checks.state != CheckState.CANCELLED)
    checked = set((await conn.scalars(select(checks.case_id).where(checks.case_id.in_(ids), *ended))).all())
    waiting = await conn.scalar(
        select(func.count()).where(tasks.case_id.in_(ids) | tasks.case_id.is_(None), tasks.closed_at.is_(None))
    )
    held = await conn.scalar(select(func.count()).where(keys, facts.state == FactState.HELD))
    ripe = frozenset(row.case_id for row in rows if row.closed_at or (row.case_id in checked and not row.admitted_at))
    return NoticeProgress(
        stages=Counter(Stage.CLOSED if row.closed_at else row.stage for row in rows),
        held=held or 0,
        served=sum(row.support_began_at is not None for row in rows),
        tasks=waiting or 0,
        ripe=ripe,
        open=frozenset(row.case_id for row in rows) - ripe,
    )
