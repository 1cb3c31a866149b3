"""The whole handoff up to follow-up, beside an empty workflow and a bare one of the same shape: CPU for each case."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from handoff.store.engine import connect
from handoff.store.tables import metadata
from handoff.store.vault import Vault
from tests.benchmarks.bare import QUEUE, TABLE, Empty, Shape, Step
from tests.benchmarks.course import BareCourse, Course, in_lanes
from tests.benchmarks.ground import Ground
from tests.benchmarks.meter import Meter, Rounds, spent
from workflows.client import workflow_id

PROCESSES = ("temporal", "postgres")
FLUSHED = 11.0  # seconds until PostgreSQL has counted what idle connections did


async def compared(ground: Ground, rounds: int, size: int) -> dict[str, Rounds]:
    """CPU in ms a case, by process, in rounds by turns: empty, then bare and ours, all accepted and once declined."""
    url = await ground.database()
    engine, client = connect(url), await ground.temporal()
    async with engine.begin() as conn:
        await conn.exec_driver_sql(TABLE)
    async with AsyncExitStack() as running:
        for module in ("our_worker", "bare_worker"):
            await running.enter_async_context(ground.process(f"tests.benchmarks.{module}", postgres_url=url))
        bench = _Bench(ground, engine, client, size)
        shapes = {declined: await bench.shape(declined=declined) for declined in (False, True)}
        seen: dict[str, list[float]] = {}
        for _ in range(rounds):
            for name, value in (await bench.round(shapes)).items():
                seen.setdefault(name, []).append(value)
    await engine.dispose()
    return {name: Rounds(values) for name, values in seen.items()}


class _Bench:
    def __init__(self, ground: Ground, engine: AsyncEngine, client: Client, size: int) -> None:
        self.ground, self.engine, self.client, self.size = ground, engine, client, size
        self.vault = Vault(ground.keys.master_key)

    async def round(self, shapes: Mapping[bool, Shape]) -> dict[str, float]:
        found = _named("empty", await self._empty())
        for declined, shape in shapes.items():
            way = "declined once" if declined else "accepted"
            bare = await self._measured(BareCourse(self.client, self.engine, self.size, shape), "bare_worker")
            ours = await self._measured(self._course(declined=declined), "our_worker")
            found |= _named(f"bare, {way}", bare) | _named(f"ours, {way}", ours)
            found[f"ours / bare, {way}"] = sum(ours.values()) / sum(bare.values())
        return found

    async def shape(self, *, declined: bool) -> Shape:
        """What a case of ours does, counted: its history, and what PostgreSQL says was written."""
        course = self._course(declined=declined)
        rows, changed = Counter[str](), await self._changed()
        async for step in course.steps():
            before = await self._inserted()
            await step()
            rows += await self._inserted() - before
        rows += await self._changed() - changed
        rows -= Counter(
            {"cases": course.facts, "facts": course.facts}
        )  # intake numbers them, the teller notes them told
        sizes = await self._sizes()
        volume = sum(count * sizes[table] for table, count in rows.items())
        history = await self.client.get_workflow_handle(workflow_id(course.cases[0])).fetch_history()
        steps = steps_of(history.events)
        writes = sum(len(step.answers) for step in steps)
        return Shape(steps, round(rows.total() / self.size / writes), round(volume / rows.total()))

    def _course(self, *, declined: bool) -> Course:
        return Course(self.client, self.engine, self.vault, self.size, declined)

    async def _measured(self, course: Course | BareCourse, worker: str) -> dict[str, float]:
        meter = Meter({name: self.ground.pids[name] for name in (*PROCESSES, worker)})
        total = dict.fromkeys(meter.pids, 0.0)
        async for step in course.steps():
            before = meter.look()
            await step()
            for name, value in spent(before, meter.look(), self.size).items():
                total[name] += value
        return {"worker" if name == worker else name: value for name, value in total.items()}

    async def _empty(self) -> dict[str, float]:
        meter = Meter({name: self.ground.pids[name] for name in (*PROCESSES, "bare_worker")})
        before, mark = meter.look(), uuid.uuid4().hex
        await in_lanes(
            [
                lambda number=number: self.client.execute_workflow(  # type: ignore[misc]
                    Empty.run, id=f"empty-{mark}-{number}", task_queue=QUEUE
                )
                for number in range(self.size)
            ]
        )
        found = spent(before, meter.look(), self.size)
        return {"worker" if name == "bare_worker" else name: value for name, value in found.items()}

    async def _inserted(self) -> Counter[str]:
        """Rows that there are, by table."""
        return await self._ask("SELECT count(*) FROM {table}")

    async def _changed(self) -> Counter[str]:
        """Rows changed so far, by table, as PostgreSQL counts them: a while later."""
        await asyncio.sleep(FLUSHED)
        return await self._ask("SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = '{table}'")

    async def _sizes(self) -> Counter[str]:
        """Mean bytes of a row, by table."""
        return await self._ask("SELECT coalesce(avg(pg_column_size(t.*)), 0)::integer FROM {table} AS t")

    async def _ask(self, query: str) -> Counter[str]:
        async with self.engine.connect() as conn:
            names = [table.name for table in metadata.sorted_tables]
            found = [(name, await conn.exec_driver_sql(query.format(table=name))) for name in names]
            return Counter({name: result.scalar_one() for name, result in found})


def steps_of(events: Any) -> list[Step]:
    """What follows each signal in a history, in numbers."""
    steps: list[dict[str, Any]] = []
    for event in events:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
            size = event.workflow_execution_signaled_event_attributes.input.ByteSize()
            steps.append({"signal": size, "answers": [], "timers": 0, "cancelled": 0})
        elif event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED:
            steps[-1]["answers"].append(_answer(event))
        elif event.event_type == EventType.EVENT_TYPE_TIMER_STARTED:
            steps[-1]["timers"] += 1
        elif event.event_type == EventType.EVENT_TYPE_TIMER_CANCELED:
            steps[-1]["cancelled"] += 1
    return [Step(**step) for step in steps]


def _answer(event: HistoryEvent) -> int:
    return event.marker_recorded_event_attributes.details["result"].ByteSize()


def _named(name: str, by_process: Mapping[str, float]) -> dict[str, float]:
    return {f"{name}, {process}": value for process, value in by_process.items()} | {
        f"{name}, all": sum(by_process.values())
    }
