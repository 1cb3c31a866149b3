"""The doctor's look at restores: was the record compared with workflows, and do they know what they were told.

A Temporal that was restored from a backup says so nowhere: of the cases that were told something last, some are asked.
"""

import asyncio

from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client
from temporalio.service import RPCError

from handoff.store.engine import connect
from handoff.store.intake import restores
from workers.oncall.finding import Finding
from workers.settings import Settings
from workflows.rewind import heard
from workflows.runs import Runs

PART = "record and workflows"
_WITHIN = 20.0  # seconds


async def restored(settings: Settings) -> list[Finding]:
    """One line."""
    engine = connect(settings.postgres, pool=1, name="handoff doctor")
    try:
        async with asyncio.timeout(_WITHIN), engine.connect() as conn:
            last = await restores.last(conn)
            told = await restores.told_last(conn)
            if last and last.compared_at is None:
                says = "the record was restored, and is not compared yet: no case is told anything meanwhile"
                return [Finding(PART, "warn", says, "Intake compares as soon as it has read its topics: look at it.")]
            client = await Client.connect(settings.temporal, namespace=settings.temporal_namespace)
            behind = [case for case, number in told.items() if await _knows(client, case) < number]
    except (SQLAlchemyError, RPCError, RuntimeError, OSError):
        return [Finding(PART, "warn", "cannot be compared", "See PostgreSQL, database and Temporal first.")]
    finally:
        await engine.dispose()
    if behind:
        says = f"of {len(told)} cases that were told something last, {len(behind)} do not know it, such as {behind[0]}"
        return [Finding(PART, "fail", says, "Temporal is older than the record: run `handoff compare`.")]
    return [Finding(PART, "ok", "of one state, as far as the cases know that were told something last")]


async def _knows(client: Client, case: str) -> int:
    """The number of the last fact that a case's workflow was told; one without a workflow is named elsewhere."""
    chapter = await Runs(client).read(case)
    try:
        return heard(chapter) if chapter else 2**31
    except ValueError:  # what began it cannot be read: it stands still, and is named as that
        return 2**31
