"""Doctor's check after restores: was the record compared with the workflows, and do these know their last facts?

A restored Temporal cannot be recognised as such, so the workflows with the newest facts are asked.
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
    """One finding."""
    engine = connect(settings.postgres, pool=1, name="handoff doctor")
    try:
        async with asyncio.timeout(_WITHIN), engine.connect() as conn:
            last = await restores.last(conn)
            numbers = await restores.told_last(conn)
            if last and last.compared_at is None:
                says = "the record was restored and is not compared yet: facts are not delivered meanwhile"
                return [Finding(PART, "warn", says, "Intake compares once it has read its topics: check that it runs.")]
            client = await Client.connect(settings.temporal, namespace=settings.temporal_namespace)
            behind = [case for case, number in numbers.items() if await _knows(client, case) < number]
    except (SQLAlchemyError, RPCError, RuntimeError, OSError):
        return [Finding(PART, "warn", "cannot be compared", "See PostgreSQL, database and Temporal first.")]
    finally:
        await engine.dispose()
    if behind:
        says = f"of {len(numbers)} cases with the newest facts, {len(behind)} do not know them, such as {behind[0]}"
        return [Finding(PART, "fail", says, "Temporal is older than the record: run `handoff compare`.")]
    return [Finding(PART, "ok", "agree, as far as the cases with the newest facts show")]


async def _knows(client: Client, case: str) -> int:
    """Number of the last fact that a case's workflow knows; very large without a workflow (`orphaned_cases`)."""
    chapter = await Runs(client).read(case)
    try:
        return heard(chapter) if chapter else 2**31
    except ValueError:  # its input cannot be read; `still` reports it
        return 2**31
