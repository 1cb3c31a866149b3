"""The worker of the bare workflows, with our worker's settings: `python -m tests.benchmarks.bare_worker`."""

from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from handoff.store.engine import SessionSettings, connect
from tests.benchmarks.bare import QUEUE, Bare, Empty, Store
from workers.process import run, until_told_to_stop
from workers.settings import Settings
from workers.worker import connect_when_up


async def worker() -> None:
    """Carry bare workflows until told to stop."""
    settings = Settings()
    carrying = Worker(
        await connect_when_up(settings),
        task_queue=QUEUE,
        workflows=[Bare, Empty],
        activities=[Store(connect(settings.postgres, session=SessionSettings(plan_once=True))).write],
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=1000,
        max_concurrent_workflow_tasks=8,
    )
    await until_told_to_stop(carrying=carrying.run())
    await carrying.shutdown()


if __name__ == "__main__":
    run("bare-worker", worker)
