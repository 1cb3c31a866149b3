"""Finds orphaned cases: open in the record, but without a running workflow, so that nothing carries them on."""

import asyncio

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio.client import Client
from temporalio.service import RPCError

from handoff.store import losses
from handoff.store.engine import connect
from handoff.store.queries import monitoring
from workers.oncall.finding import Finding
from workers.settings import Settings
from workflows.runs import Runs

PART = "open cases"
_WITHIN = 20.0  # seconds
_DO = "Nothing carries them on: run `handoff rebuild --all-orphaned --as duty-officer`. docs/operations.md explains it."


async def orphaned_cases(settings: Settings) -> list[Finding]:
    """Read the marks on the cases. Without marks compare all open cases by id: the worker that marks may be down."""
    engine = connect(settings.postgres, pool=1, name="handoff doctor")
    try:
        async with asyncio.timeout(_WITHIN), engine.connect() as conn:
            opened = await monitoring.begun_cases(conn)
            if lost := await losses.counted(conn):
                kinds = ", ".join(f"{count} {kind}" for kind, count in lost.items())
                first = (await losses.marked(conn, 1))[0].case_id
                says = f"{sum(lost.values())} of {opened} lost their workflow ({kinds}), the first is {first}"
                return [Finding(PART, "fail", says, _DO)]
            client = await Client.connect(settings.temporal, namespace=settings.temporal_namespace)
            gone = await _without_workflow(conn, Runs(client))
    except (SQLAlchemyError, RPCError, RuntimeError, OSError):
        return [Finding(PART, "warn", "cannot be checked", "See PostgreSQL, database and Temporal first.")]
    finally:
        await engine.dispose()
    if gone:
        says = f"{len(gone)} of {opened} have no running workflow, the first is {gone[0]}"
        return [Finding(PART, "fail", says, _DO)]
    return [Finding(PART, "ok", f"{opened}, each with its workflow" if opened else "none")]


async def _without_workflow(conn: AsyncConnection, runs: Runs) -> list[str]:
    """Ids of open cases that Temporal does not list as running. Each is asked for itself, since the list lags."""
    opened = await monitoring.begun_case_ids(conn)
    await conn.rollback()  # else PostgreSQL would end the idle transaction while Temporal lists
    unlisted = sorted(opened - await runs.running())
    gone = {case for case in unlisted if (last := await runs.last(case)) is None or last.ended}
    return sorted(gone & await monitoring.begun_case_ids(conn)) if gone else []
