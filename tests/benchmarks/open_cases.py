"""What many open cases cost: how fast new ones start beside them, and the worker's memory."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from handoff.store.engine import connect
from handoff.store.vault import Vault
from tests.benchmarks.course import Course
from tests.benchmarks.ground import Ground, ground
from tests.benchmarks.meter import Rounds, memory_mb

AT_ONCE = 1000  # cases opened together while a municipality fills
WARM = 50  # cases until a worker has loaded what it needs


@dataclass
class Municipality:
    """A stack of its own with a worker and open cases.

    Attributes:
        worker: process id.
        open: how many cases are.
    """

    ground: Ground
    client: Client
    engine: AsyncEngine
    worker: int
    open: int = 0

    async def opens(self, size: int) -> float:
        """So many notices become cases; returns the seconds from the first start to the last milestone."""
        course = Course(self.client, self.engine, Vault(self.ground.keys.master_key), size)
        steps = course.steps()
        step = await anext(steps)
        began = time.perf_counter()
        await step()
        took = time.perf_counter() - began
        await steps.aclose()
        self.open += size
        return took

    async def fills(self, wanted: int) -> None:
        """Cases open until there are so many."""
        while self.open < wanted:
            await self.opens(min(AT_ONCE, wanted - self.open))


@asynccontextmanager
async def municipality() -> AsyncIterator[Municipality]:
    """Start one."""
    async with ground("postgres", "temporal") as own:
        url = await own.database()
        engine = connect(url)
        async with own.process("tests.benchmarks.our_worker", postgres_url=url) as pid:
            yield Municipality(own, await own.temporal(), engine, pid)
        await engine.dispose()


async def compared(rounds: int, few: int, many: int, size: int) -> dict[str, Rounds]:
    """Starts a second beside few open cases and beside many, by turns; and memory for each thousand open cases."""
    seen: dict[str, list[float]] = {}
    async with municipality() as small, municipality() as large:
        await small.fills(WARM)
        before = memory_mb(small.worker)
        await small.fills(few)
        seen["worker, MB for 1,000 open cases"] = [(memory_mb(small.worker) - before) / (few - WARM) * 1000]
        await large.fills(many)
        for _ in range(rounds):
            rates = [size / await each.opens(size) for each in (small, large)]
            seen.setdefault(f"starts a second beside {few:,}", []).append(rates[0])
            seen.setdefault(f"starts a second beside {many:,}", []).append(rates[1])
            seen.setdefault("beside many / beside few", []).append(rates[1] / rates[0])
        seen[f"worker, MB with {large.open:,} open"] = [memory_mb(large.worker)]
    return {name: Rounds(values) for name, values in seen.items()}
