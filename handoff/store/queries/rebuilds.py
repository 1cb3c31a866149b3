"""Rebuilds: the row of the timeline that says that the workflow of a case was made of the record again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.intake import restores, timeline
from handoff.store.intake.timeline import Happened
from handoff.store.tables import cases
from handoff.store.tables import timeline as rows
from handoff.vocabulary.losses import WorkflowLoss
from handoff.vocabulary.words import MilestoneName

WHAT = MilestoneName.REBUILT
_MAY_LAST = (  # the transaction only holds a lock meanwhile
    "SELECT set_config(name, '10min', true) FROM pg_settings"
    " WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')"
)


@dataclass(frozen=True)
class OpenCase:
    """A case that may be rebuilt, locked. `lost`: a `WorkflowLoss`; "": none is noted."""

    case_id: str
    lost: str
    closed_at: datetime | None


async def alone(conn: AsyncConnection) -> None:
    """Lock rebuilds and comparisons of record and workflows, until the transaction ends. It may last ten minutes."""
    await conn.execute(text(_MAY_LAST))
    await restores.alone(conn)


async def locked(conn: AsyncConnection, case_id: str) -> OpenCase | None:
    """The case, locked until the transaction ends; None: there is none."""
    columns = select(cases.c.case_id, cases.c.lost, cases.c.closed_at).where(cases.c.case_id == case_id)
    row = (await conn.execute(columns.with_for_update())).one_or_none()
    return OpenCase(*row) if row else None


async def noted(conn: AsyncConnection, case: OpenCase, who: str, now: datetime) -> str:
    """Write the row of a rebuild, with the number of earlier rows of the workflow as code. Returns its key.

    If the last row is one already, the command was interrupted before the workflow began: this row counts.
    """
    last = select(rows.c.key, rows.c.what).where(rows.c.case_id == case.case_id).order_by(rows.c.seq.desc()).limit(1)
    row = (await conn.execute(last)).one_or_none()
    if row and row.what == WHAT:
        return str(row.key)
    given = update(cases).where(cases.c.case_id == case.case_id).values(entries=cases.c.entries + 1)
    seq = await conn.scalar(given.returning(cases.c.entries)) or 0
    key = key_of(seq)
    written = select(func.count()).where(rows.c.case_id == case.case_id, rows.c.outcome.is_not(None))
    earlier = str(await conn.scalar(written) or 0)
    entry = Happened(case.case_id, seq, key, WHAT, who, now, why=case.lost, code=earlier)
    await timeline.add(conn, [entry], now)
    return key


def key_of(row: int) -> str:
    """The key of the rebuild that is this row of the timeline."""
    return f"{WHAT}:{row}"


async def lost_by(conn: AsyncConnection, kind: WorkflowLoss) -> set[str]:
    """The open cases that lost their workflow in this way."""
    return set(await conn.scalars(select(cases.c.case_id).where(cases.c.lost == kind, cases.c.closed_at.is_(None))))
