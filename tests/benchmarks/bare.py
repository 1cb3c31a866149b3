"""What a case costs at the least: a workflow with our signals, timers, local activities, rows and bytes, no more."""

import asyncio
import os
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity, workflow

QUEUE = "bench-bare"
TABLE = "CREATE TABLE bare (case_id text, step text, row integer, content bytea, PRIMARY KEY (case_id, step, row))"
_INSERT = "INSERT INTO bare SELECT $1, $2, row, $3 FROM generate_series(1, $4::integer) AS row"


@dataclass(frozen=True)
class Step:
    """What follows a signal.

    Attributes:
        signal: bytes of its payload.
        answers: bytes of each local activity's answer.
        timers: started.
        cancelled: timers of before.
    """

    signal: int
    answers: list[int] = field(default_factory=list)
    timers: int = 0
    cancelled: int = 0


@dataclass(frozen=True)
class Shape:
    """A case's course in numbers.

    Attributes:
        rows: that one local activity writes.
        row_bytes: of each of them.
    """

    steps: list[Step]
    rows: int
    row_bytes: int


@dataclass(frozen=True)
class Write:
    """One local activity."""

    case: str
    name: str
    rows: int
    row_bytes: int
    answer: int


@dataclass(frozen=True)
class Store:
    """Writes rows that say nothing."""

    engine: AsyncEngine

    @activity.defn
    async def write(self, write: Write) -> str:
        """Write so many rows in one transaction, and answer so many bytes."""
        content = os.urandom(write.row_bytes)
        async with self.engine.begin() as conn:
            await conn.exec_driver_sql(_INSERT, (write.case, write.name, content, write.rows))
        return "x" * write.answer


@workflow.defn(sandboxed=False)
class Bare:
    """Waits, writes, sets timers; nothing else."""

    @workflow.init
    def __init__(self, shape: Shape) -> None:  # noqa: ARG002 - Temporal gives it to both
        self.told = 0
        self.timers: list[asyncio.Task[None]] = []

    @workflow.run
    async def run(self, shape: Shape) -> None:
        """Take its course, then stay open."""
        for number, step in enumerate(shape.steps):
            await self._told(number + 1)
            for place, answer in enumerate(step.answers):
                name = f"{number}-{place}"
                write = Write(workflow.info().workflow_id, name, shape.rows, shape.row_bytes, answer)
                await workflow.execute_local_activity_method(
                    Store.write, write, activity_id=name, start_to_close_timeout=timedelta(seconds=2)
                )
            self._set_timers(step)
        await workflow.wait_condition(lambda: False)

    @workflow.signal
    def tell(self, content: str) -> None:  # noqa: ARG002 - it only has to arrive
        """A signal of so many bytes."""
        self.told += 1

    async def _told(self, signals: int) -> None:
        await workflow.wait_condition(lambda: self.told >= signals)

    def _set_timers(self, step: Step) -> None:
        for _ in range(step.cancelled):
            self.timers.pop().cancel()
        self.timers += [asyncio.create_task(asyncio.sleep(30 * 86400)) for _ in range(step.timers)]


@workflow.defn(sandboxed=False)
class Empty:
    """Begins and ends."""

    @workflow.run
    async def run(self) -> None:
        """Do nothing."""
