"""The worker process: `python -m workers.worker`. It carries the cases: workflows, and the record they write."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from time import monotonic

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkerDeploymentConfig

from activities.case_record import CaseRecord
from handoff.repeat import again_after, every, until
from handoff.store.engine import SessionSettings, connect, say_away
from workers import metrics
from workers.connections import profiles_around, wall_clock
from workers.heartbeat import for_worker, present
from workers.oncall.orphaned_cases import list_without_workflow
from workers.preflight import namespace_fits, store_fits, versioning_fits
from workers.process import DRAIN_WITHIN, drain, passing, run, serve_health, until_told_to_stop
from workers.settings import Settings
from workflows.archive import Archive
from workflows.client import TASK_QUEUE
from workflows.discharge_handoff import DischargeHandoff
from workflows.namespace import DEPLOYMENT, builds, make_current, polled_lately
from workflows.payloads import PAYLOADS
from workflows.runs import Runs

_LOG = structlog.get_logger("worker")
_AGAIN = 1.0  # seconds until a Temporal that is away is asked again
_LOOK_EVERY = 2.0  # seconds between looks at our own polls
_COUNT_EVERY, _COUNT_WITHIN = 120.0, 60.0  # seconds: it lists every case there is
_SILENCE = 15.0  # seconds without a look that succeeded that make the worker unready
_AT_ONCE = 8  # workflow tasks; the deadlock detector's 2 s are short on two cores
_CACHED = 1000  # cases held in memory; waking another one costs 5 ms


async def worker() -> None:
    """Carry cases until told to stop; what is at hand is finished first."""
    settings = Settings.read()
    engine = connect(settings.postgres, name="handoff-record", session=SessionSettings(plan_once=True))
    polls = Polls()
    async with serve_health(settings, polls.ready):
        await store_fits(settings)
        client = await connect_when_up(settings)
        carrying = a_worker(client, engine, settings)
        archive = Archive(engine, settings.vault(), Runs(client), wall_clock)
        working = await until_told_to_stop(
            carrying=carrying.run(),
            polls=polls.watch(client),
            archive=archive.run(),
            build=ensure_current_build(client, settings),
            presence=present(settings.postgres, "worker", settings.build_id, for_worker),
            counting=count_without_workflow(engine, client),
        )
        polls.stop()
        archive.stop()
        await carrying.shutdown()
        await drain(working["carrying"], working["polls"], working["archive"])
    await engine.dispose()


def a_worker(client: Client, engine: AsyncEngine, settings: Settings) -> Worker:
    """The Temporal worker of production, without the sandbox: tests have it, and it costs a third of the memory."""
    record = CaseRecord(engine, settings.vault(), profiles_around(settings.municipality_now()), wall_clock)
    return Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[DischargeHandoff],
        activities=[record.write_milestones],
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=_CACHED,
        max_concurrent_workflow_tasks=_AT_ONCE,
        graceful_shutdown_timeout=timedelta(seconds=DRAIN_WITHIN / 2),
        deployment_config=deployment_config(settings),
    )


def deployment_config(settings: Settings) -> WorkerDeploymentConfig:
    """Which build this worker is, as histories name it; pinned, a case stays with the build that began its chapter."""
    pinned = settings.worker_versioning == "pinned"
    behavior = VersioningBehavior.PINNED if pinned else VersioningBehavior.UNSPECIFIED
    return WorkerDeploymentConfig(WorkerDeploymentVersion(DEPLOYMENT, settings.build_id), pinned, behavior)


async def ensure_current_build(client: Client, settings: Settings) -> None:
    """The first build ever takes the new cases by itself; every later one waits for `handoff builds --current`."""

    async def used() -> bool:
        found = await builds(client)
        if any(each.used for each in found):
            return True
        if settings.build_id in [each.build for each in found]:
            await make_current(client, settings.build_id)
        return False

    if settings.worker_versioning == "pinned":
        await until(used, _LOOK_EVERY, on_error=partial(say_away, _LOG, "build_waits"))
    await asyncio.Event().wait()


async def count_without_workflow(engine: AsyncEngine, client: Client) -> None:
    """Count for ever, now and then, the open cases that no workflow carries."""

    async def count() -> None:
        async with asyncio.timeout(_COUNT_WITHIN), engine.connect() as conn:
            found = await list_without_workflow(conn, client)
        metrics.WAITING.labels("without-workflow").set(len(found))

    await every(_COUNT_EVERY, count, on_error=partial(say_away, _LOG, "not_counted"))


async def connect_when_up(settings: Settings) -> Client:
    """The connection to Temporal; while it is away it is waited for.

    Raises:
        UnfitError: its namespace lacks what a case needs, or it would give this worker no work.
    """

    async def fitting() -> Client:
        client = await Client.connect(settings.temporal, namespace=settings.temporal_namespace, data_converter=PAYLOADS)
        await namespace_fits(client)
        await versioning_fits(client, settings)
        return client

    return await again_after(_AGAIN)(passing(_LOG, "temporal_away"), fitting)


class Polls:
    """Whether Temporal sees this worker ask for work: that it runs is not enough to be ready."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._seen_at = float("-inf")
        self._stop = asyncio.Event()

    def ready(self) -> bool:
        """Whether Temporal saw it lately."""
        return self._clock() - self._seen_at < _SILENCE

    def stop(self) -> None:
        """End the watch."""
        self._stop.set()

    async def watch(self, client: Client) -> None:
        """Look again and again until stopped."""

        async def look() -> None:
            if await polled_lately(client, client.identity):
                self._seen_at = self._clock()

        say = partial(say_away, _LOG, "temporal_away")
        await every(lambda: _LOOK_EVERY if self.ready() else _LOOK_EVERY / 10, look, stop=self._stop, on_error=say)


if __name__ == "__main__":
    run("worker", worker)
