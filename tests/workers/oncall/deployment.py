"""A deployment restored from a backup: its own PostgreSQL and Temporal, and in this process what works on them."""

import asyncio
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from console.cli.run import Ran
from events.comparing import Comparing
from events.dispatcher import Dispatcher
from events.intake.inbox import Inbox
from events.intake.writes import Taken
from handoff.store.engine import Bell
from handoff.store.intake import restores
from tests.conftest import SessionStack
from tests.events.desk import record
from tests.patience import PATIENCE
from workers.command import run_command
from workers.connections import LazyConnections, wall_clock
from workers.oncall.restore import RestoreOrder
from workers.worker import a_worker, connect_when_up
from workflows.archive import Archive
from workflows.runs import Runs


@dataclass
class Deployment:
    """What intake, worker and relay share; a part of them works when a test says so."""

    desk: LazyConnections
    temporal: Client

    async def ran(self, line: str) -> Ran:
        """What became of a command line."""
        return await run_command(self.desk, shlex.split(line))

    async def does(self, line: str) -> Any:
        """What a command line that has to succeed answers."""
        ran = await self.ran(line)
        assert ran.code == 0, (line, ran)
        return ran.content

    async def compares(self) -> list[dict[str, Any]]:
        """Bring record and workflows to one state, as intake does after a restore; what had to be mended."""
        fits, profile = asyncio.Event(), self.desk.profile
        comparing = Comparing(
            self.desk.engine, self.desk.vault, lambda: profile, self.temporal, lambda: None, lambda: True, fits
        )
        running = asyncio.create_task(comparing.run())
        await asyncio.wait_for(fits.wait(), PATIENCE)
        running.cancel()
        async with self.desk.engine.connect() as conn:
            last = await restores.last(conn)
        assert last
        assert last.compared_at
        return last.mended

    async def hears(self, kind: str, sender: str, subject: str = "", **data: Any) -> Taken:
        """An institution says something: intake takes it, the dispatcher tells the case."""
        now, about = datetime.now(UTC), {"subject": subject} if subject else {}
        inbox = Inbox(self.desk.engine, self.desk.vault, self.desk.profile)
        told = record(kind, data, sender, id=f"after-{kind}", time=now.isoformat(), **about)
        [taken] = await inbox.take([told], now)
        await self.tells()
        return taken

    async def tells(self) -> int:
        """The dispatcher tells the cases what they do not know yet; how many it told."""
        deliver, bell = (await self.desk.handoffs()).tell, Bell(self.desk.settings.postgres, "nobody")
        dispatcher = Dispatcher(self.desk.engine, self.desk.vault, self.desk.profile, deliver, bell)
        return await dispatcher.deliver_once()

    async def keeps_ended(self) -> int:
        """The archive keeps runs that ended; how many."""
        archive = Archive(self.desk.engine, self.desk.vault, Runs(self.temporal), wall_clock)
        return await archive.keep_ended(whole=True)


@asynccontextmanager
async def restored(folder: Path, backup: Path, keys: Path) -> AsyncIterator[Deployment]:
    """A backup put in place as `handoff restore` does, its servers and a worker on them."""
    await RestoreOrder(backup, folder, keys, replace=False, only="", say=lambda _: None).done()
    stack, desk = SessionStack(folder), LazyConnections(folder)
    try:
        await stack.started(stack.servers.postgres.part())
        await stack.started(stack.servers.temporal.part())
        client = await connect_when_up(desk.settings)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TEMPORAL_DEBUG", "1")  # without deadlock detection, see tests/workflows/cases_worker.py
            carrying = a_worker(client, desk.engine, desk.settings)
        async with carrying:
            yield Deployment(desk, client)
    finally:
        await desk.close()
        await stack.stop()
