"""Every kind of task comes about on the running stack, and the command that the list names answers it."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handoff.worklist.task_kinds import KINDS
from tests.console.test_every_task import filled_in
from tests.journeys.city import City, until
from tests.journeys.makings import MAKINGS, Task

AT_ONCE = 8  # cases made side by side: much of it is waiting for clocks
PLAN = Path(__file__).parents[2] / "examples" / "plan.toml"


@pytest.fixture(scope="module")
async def makings(city: City) -> AsyncIterator[Mapping[str, "asyncio.Task[Task]"]]:
    """A task of every kind, each on its way."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def made(kind: str) -> Task:
        async with gate:
            return await MAKINGS[kind](city)

    under_way = {kind: asyncio.create_task(made(kind), name=kind) for kind in MAKINGS}
    yield under_way
    for each in under_way.values():
        each.cancel()
    await asyncio.gather(*under_way.values(), return_exceptions=True)


def test_every_kind_of_task_is_made_here() -> None:
    assert set(MAKINGS) == set(KINDS)


# A promise that is broken already is not kept by an earlier day: somebody says that the visit stands.
STANDS = "late-first-visit"


@pytest.mark.parametrize("kind", MAKINGS)
async def test_the_command_in_the_list_answers_the_task(
    kind: str,
    city: City,
    makings: Mapping[str, "asyncio.Task[Task]"],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(shutil.copy(PLAN, tmp_path / "plan.toml").parent)
    task = await makings[kind]
    assert task["kind"] == kind
    assert task["owner"]
    assert task["due_at"]
    listed = next(each for each in await city.tasks() if each["task"] == task["task"])
    command = listed["or"][-1] if kind == STANDS else listed["do"]
    await city.does(filled_in(command, datetime.now(UTC)))

    async def gone() -> bool:
        return all(each["task"] != task["task"] for each in await city.tasks())

    await until(gone, f"{task} is answered by {command}")
