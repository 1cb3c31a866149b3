"""Two builds of the worker side by side: a case begun on the old code ends well while the new takes new cases."""

import asyncio
import secrets
import shutil
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from events.dispatcher import Dispatcher
from handoff.store.engine import Bell
from tests.conftest import SessionStack
from tests.patience import PATIENCE
from tests.store.databases import create, migrated
from tests.workers.oncall.ward import Ward
from workers.commands.examine import list_builds
from workers.connections import LazyConnections
from workers.settings import Settings
from workflows import namespace
from workflows.client import Handoffs, workflow_id

TIMER_STARTED = EventType.EVENT_TYPE_TIMER_STARTED
STORY = "        await self.consent.given()\n"
OTHER_STORY = "        await asyncio.sleep(0.001)\n" + STORY  # a timer more: neither code can replay the other's cases


@pytest.fixture
async def ward(stack: SessionStack, tmp_path: Path, postgres_url: str) -> AsyncIterator[Ward]:
    """A namespace and a database of their own."""
    name = f"builds_{secrets.token_hex(3)}"
    await create(postgres_url, name, like=await migrated(postgres_url))
    ward = await Ward.of(tmp_path, stack, name, temporal_namespace=name, worker_versioning="pinned")
    ran = await ward.runs("provision")
    assert ran.code == 0, ran.error
    yield ward
    for running in ward.running.values():
        await running.end(signal.SIGKILL)


def old_code(folder: Path) -> Path:
    """A folder with the workflows of another day."""
    shutil.copytree(str(files("workflows")), folder / "workflows")
    story = folder / "workflows" / "discharge_handoff.py"
    assert STORY in story.read_text()
    story.write_text(story.read_text().replace(STORY, OTHER_STORY))
    return folder


async def opened(ward: Ward, number: int) -> str:
    """A case, told to its workflow."""
    words = ("notice", "--as", "desk", "--name", "김복순", "--address", f"경기도 광명시 철산로 {number}", "--consent")
    told = await ward.runs(*words, "--phone", f"010-2345-{number:04}", "--discharged-at", "2026-05-04T10:00")
    assert told.code == 0, told.error
    desk = LazyConnections(ward.folder)
    dispatcher = Dispatcher(
        desk.engine, desk.vault, desk.profile, Handoffs(await desk.temporal()).tell, Bell(desk.settings.postgres, "-")
    )
    assert await dispatcher.deliver_once() == 1
    await desk.close()
    return str(told.content["case"])


async def done(ward: Ward, *words: str) -> None:
    ran = await ward.runs(*words, "--as", "kim")
    assert ran.code == 0, ran.error


async def client(ward: Ward) -> Client:
    settings = Settings.read(ward.folder)
    return await Client.connect(settings.temporal, namespace=settings.temporal_namespace)


async def builds_of(ward: Ward, case: str) -> list[str]:
    """Which builds ran the case's chapters, the first one first."""
    temporal = await client(ward)
    runs = [run async for run in temporal.list_workflows(f"WorkflowId = '{workflow_id(case)}'")]
    found = []
    for run in sorted(runs, key=lambda each: each.start_time):
        history = await temporal.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
        tasks = [event.workflow_task_completed_event_attributes for event in history.events]
        found.append({task.deployment_version.build_id for task in tasks if task.deployment_version.build_id})
    return ["+".join(sorted(each)) for each in found]


async def timers_of(ward: Ward, case: str) -> list[timedelta]:
    """The timers of the case's running chapter."""
    history = await (await client(ward)).get_workflow_handle(workflow_id(case)).fetch_history()
    started = [event.timer_started_event_attributes for event in history.events if event.event_type == TIMER_STARTED]
    return [each.start_to_fire_timeout.ToTimedelta() for each in started]


async def test_a_case_begun_on_the_old_code_ends_well_while_the_new_takes_new_cases(ward: Ward) -> None:
    await (await ward.start("worker", cwd=old_code(ward.folder / "old"), HANDOFF_BUILD="old")).ready()
    old = ward.running.pop("worker")
    await listed(ward, [("old", True)])
    begun = await opened(ward, 1)
    await done(ward, "contact", begun, "--made")

    await (await ward.start("worker", HANDOFF_BUILD="new")).ready()
    await listed(ward, [("new", False), ("old", True)])
    assert await shown(ward) == {"new": "takes no cases yet", "old": "takes new cases"}
    assert (await ward.runs("builds", "--current", "new")).code == 0
    fresh = await opened(ward, 2)
    await done(ward, "contact", fresh, "--made")
    assert await shown(ward) == {"new": "takes new cases", "old": "still has open cases"}
    assert await builds_of(ward, fresh) == ["new"]
    assert await builds_of(ward, begun) == ["old"]
    assert timedelta(milliseconds=1) in await timers_of(ward, begun)
    assert timedelta(milliseconds=1) not in await timers_of(ward, fresh)

    await done(ward, "assess", begun, "--score", "3")
    for answer in ("--withdraw", "--refuse"):
        await done(ward, "consent", begun, answer)
    temporal = await client(ward)
    ended: Any = temporal.get_workflow_handle(workflow_id(begun))
    assert await asyncio.wait_for(ended.result(), PATIENCE) == "outcome-refused"
    assert await builds_of(ward, begun) == ["old", "new"]  # it moved when it was quiet
    assert await old.end(signal.SIGTERM) == 0
    for running in (old, ward.running["worker"]):
        assert "Failed activation" not in running.log.read_text()


async def test_a_worker_that_would_get_no_cases_is_refused_until_versioning_is_given_up(ward: Ward) -> None:
    await (await ward.start("worker", HANDOFF_BUILD="old")).ready()
    await listed(ward, [("old", True)])
    pinned = ward.running.pop("worker")
    code, says = await ward.refused("worker", HANDOFF_WORKER_VERSIONING="off")
    assert (code, "HANDOFF_WORKER_VERSIONING=pinned" in says, "builds --current off" in says) == (3, True, True), says
    assert (await ward.runs("builds", "--current", "off")).code == 0
    assert await pinned.end(signal.SIGTERM) == 0
    await (await ward.start("worker", HANDOFF_BUILD="old")).ready()  # one that starts again does not take them back
    again = ward.running.pop("worker")
    await (await ward.start("worker", HANDOFF_WORKER_VERSIONING="off")).ready()
    await listed(ward, [("old", False)])
    await done(ward, "contact", await opened(ward, 3), "--made")
    assert await again.end(signal.SIGTERM) == 0


async def test_a_build_that_nobody_runs_takes_no_cases(ward: Ward) -> None:
    ran = await ward.runs("builds", "--current", "nowhere")
    assert (ran.code, "nowhere" in ran.error) == (3, True), ran


async def test_whoever_asks_for_the_builds_while_others_ask_is_answered(ward: Ward) -> None:
    await (await ward.start("worker", HANDOFF_BUILD="old")).ready()
    await listed(ward, [("old", True)])
    temporal = await client(ward)
    meanwhile = asyncio.create_task(namespace.make_current(temporal, "old"))
    answers = await asyncio.gather(*(namespace.builds(temporal) for _ in range(8)))
    await meanwhile
    assert answers == [[namespace.Build("old", current=True, draining=False, used=True)]] * 8


async def shown(ward: Ward) -> dict[str, str]:
    """What `builds` says of each build to whoever reads it, up to the colon."""
    desk = LazyConnections(ward.folder)
    [told] = (await list_builds(desk, None)).shown
    await desk.close()
    names, says = ([str(cell) for cell in column.cells] for column in told.columns)
    return {name: word.partition(":")[0] for name, word in zip(names, says, strict=True)}


async def listed(ward: Ward, wanted: list[tuple[str, bool]]) -> None:
    """Wait until Temporal knows these builds."""
    async with asyncio.timeout(PATIENCE):
        while True:
            content = (await ward.runs("builds")).content or []
            if sorted((each["build"], each["current"]) for each in content) == wanted:
                return
            await asyncio.sleep(1)
