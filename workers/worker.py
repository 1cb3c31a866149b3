"""The worker process: `python -m workers.worker`. It runs the cases' workflows and the activity that writes."""

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
from workers.preflight import store_fits
from workers.preflight_temporal import namespace_fits, versioning_fits
from workers.process import DRAIN_WITHIN, drain, passing, run, serve_health, until_told_to_stop
from workers.settings import Settings
from workflows.archive import Archive
from workflows.client import TASK_QUEUE
from workflows.discharge_handoff import DischargeHandoff
from workflows.namespace import DEPLOYMENT, builds, make_current, polled_lately
from workflows.payloads import PAYLOADS
from workflows.runs import Runs
from workflows.steps import stepped

_LOG = structlog.get_logger("worker")
_AGAIN = 1.0  # seconds between tries to reach Temporal
_LOOK_EVERY = 2.0  # seconds between checks that Temporal sees our polls
_COUNT_EVERY, _COUNT_WITHIN = 120.0, 60.0  # seconds; it lists all cases
_SILENCE = 15.0  # seconds without a successful check before the worker is unready
_AT_ONCE = 8  # workflow tasks; more might trip the deadlock detector (2 s) on two cores
_CACHED = 1000  # cases in memory; replaying another one costs 5 ms


async def worker() -> None:
    """Run workflows until SIGTERM or SIGINT; work in progress is finished first."""
    settings = Settings.read()
    session = SessionSettings(plan_once=True, transaction_within=60)
    engine = connect(settings.postgres, name="handoff-record", session=session)
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
    """The Temporal worker for production, without the sandbox, which takes a third of the memory; tests use it."""
    record = CaseRecord(engine, settings.vault(), profiles_around(settings.municipality_now()), wall_clock, stepped)
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
    """The worker's build, as named in histories. If pinned, a workflow run stays with the build that began it."""
    pinned = settings.worker_versioning == "pinned"
    behavior = VersioningBehavior.PINNED if pinned else VersioningBehavior.UNSPECIFIED
    return WorkerDeploymentConfig(WorkerDeploymentVersion(DEPLOYMENT, settings.build_id), pinned, behavior)


async def ensure_current_build(client: Client, settings: Settings) -> None:
    """Make the first build ever the current one; later builds wait for `handoff builds --current`. Never returns."""

    async def used() -> bool:
        listed = await builds(client)
        if any(build.used for build in listed):
            return True
        if settings.build_id in [build.build for build in listed]:
            await make_current(client, settings.build_id)
        return False

    if settings.worker_versioning == "pinned":
        await until(used, _LOOK_EVERY, on_error=partial(say_away, _LOG, "build_waits"))
    await asyncio.Event().wait()


async def count_without_workflow(engine: AsyncEngine, client: Client) -> None:
    """Count open cases without a running workflow every two minutes, for ever."""

    async def count() -> None:
        async with asyncio.timeout(_COUNT_WITHIN), engine.connect() as conn:
            case_ids = await list_without_workflow(conn, client)
        metrics.WAITING.labels("without-workflow").set(len(case_ids))

    await every(_COUNT_EVERY, count, on_error=partial(say_away, _LOG, "not_counted"))


async def connect_when_up(settings: Settings) -> Client:
    """Wait for Temporal and connect.

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
    """Checks that Temporal sees this worker poll for tasks: only then it is ready."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._seen_at = float("-inf")
        self._stop = asyncio.Event()

    def ready(self) -> bool:
        """Whether Temporal saw it poll lately."""
        return self._clock() - self._seen_at < _SILENCE

    def stop(self) -> None:
        """Stop watching."""
        self._stop.set()

    async def watch(self, client: Client) -> None:
        """Check repeatedly until stopped."""

        async def look() -> None:
            if await polled_lately(client, client.identity):
                self._seen_at = self._clock()

        say = partial(say_away, _LOG, "temporal_away")
        await every(lambda: _LOOK_EVERY if self.ready() else _LOOK_EVERY / 10, look, stop=self._stop, on_error=say)


if __name__ == "__main__":
    run("worker", worker)
