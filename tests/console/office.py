"""The desk of a town: the commands, run in process on the town's database and Temporal."""

import shlex
from pathlib import Path
from typing import Any

from console.cli.app import parse
from console.cli.order import Order
from console.cli.output import show, terminal
from console.cli.run import Ran
from tests.workflows.town import Town
from workers.command import run_command
from workers.connections import LazyConnections
from workers.data_folder.endpoints import Endpoints


class Office:
    """Runs command lines as people type them; the clock is the town's."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.desk = LazyConnections(Path("no-folder"), now=lambda: town.now)
        self.desk.__dict__.update(engine=town.desk.engine, vault=town.desk.vault, profile=town.profile)
        self.desk.client = town.env.client

    async def runs(self, line: str) -> Ran:
        """What became of a line such as `handoff tasks --json`."""
        return await run_command(self.desk, shlex.split(line))

    async def answers(self, line: str) -> Any:
        """What a line that has to be done answers."""
        ran = await self.runs(line)
        assert ran.code == 0, f"{line}: {ran.error}"
        return ran.content

    async def tasks(self) -> list[dict[str, Any]]:
        """What waits for a person in the town's case."""
        listed: list[dict[str, Any]] = await self.answers("tasks --json")
        return [task for task in listed if task["case"] in (self.town.case_id, None)]

    async def task(self, kind: str) -> dict[str, Any]:
        """The first task of a kind."""
        return next(task for task in await self.tasks() if task["kind"] == kind)

    def lose_temporal(self) -> None:
        """From here on Temporal cannot be reached."""
        self.desk.client = None
        self.desk.__dict__["endpoints"] = Endpoints(self.desk.folder, self.town.desk.url, "127.0.0.1:1", None, "")


async def shown(office: Office, line: str, width: int = 200) -> str:
    """As a person reads it."""
    order = parse(line.split())
    assert isinstance(order, Order)
    console = terminal(width)
    with console.capture() as seen:
        show(console, (await order.does(office.desk)).shown)
    return seen.get()
