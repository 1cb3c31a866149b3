"""`handoff demo`: simulates the whole handoff on a real stack, and counts the result."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.live import Live
from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from console.cli.order import Answer, Exit
from console.cli.run import run_command
from console.count.meant import meant_run
from console.count.situations import NotShown, missing
from console.count.summary import Summary, count
from handoff.profile.model import Profile
from handoff.store.queries.notice_cases import NoticeProgress, counted, progress
from simulation.coordinator import Coordinator
from simulation.journal import FILE, Journal, lines
from simulation.kafka import KafkaTopics
from simulation.play import Seat, all_told, begin, cast
from simulation.player import Player, Town
from simulation.scenario import Scenario, scenario
from workers.commands.external import elsewhere, named
from workers.commands.up import speaker, start_all, where_to_look
from workers.connections import LazyConnections
from workers.demo.progress import NowAndThen, in_a_line, moving, summed_up
from workers.embedded.stack import Stack
from workflows.client import NotDoneError

AT_MOST = 600.0  # seconds from the first notice to the end
LOOK_EVERY = 1.0  # seconds
SAYS_EVERY = 10  # seconds
SETTLES_WITHIN = 20.0  # seconds that work in progress gets before it counts as lost
AWAY = (OSError, TimeoutError, SQLAlchemyError, RPCError, NotDoneError)

T = TypeVar("T")


@dataclass(frozen=True)
class DemoOptions:
    """What the command line asks for."""

    cases: int
    seed: int
    leave: bool  # end when all is played
    summary: Path | None
    external: str | None = None  # processes that are started elsewhere, comma-separated


async def demo(folder: Path, options: DemoOptions) -> Answer:
    """Start the stack on a folder, play one run, count it, and stay up unless `leave` is set.

    Raises:
        ProfileError: the profile `demo` has mistakes.
        InUseError: another process holds the folder.
        PartFailedError: a part keeps dying or does not become ready.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # during the demonstration brokers are killed on purpose
    console = Console(stderr=True)
    say, runs = speaker(console), list[DemoRun]()
    async with Stack(folder, say, elsewhere(folder, named(options.external))) as stack:
        profile = await start_all(stack, "demo", say)
        run = DemoRun(stack, profile, options, LazyConnections(stack.data), console)
        runs.append(run)
        try:
            return await stack.keep_while(run.whole())
        finally:
            await run.connections.close()
    counted = next((run.counted for run in runs), None)  # None if it was stopped before the count
    code = counted.code if counted else Exit.INTERRUPTED
    return Answer({"stopped": True}, ["Everything is stopped."], code)


@dataclass
class DemoRun:
    """One run of the demonstration."""

    stack: Stack
    profile: Profile
    options: DemoOptions
    connections: LazyConnections
    console: Console
    seats: list[Seat] = field(default_factory=list)
    out_of_time: bool = False
    counted: Answer | None = None
    lines: NowAndThen = field(default_factory=lambda: NowAndThen(SAYS_EVERY))

    async def whole(self) -> Answer:
        """Play and count; without `--exit` institutions then go on, and people may answer the tasks."""
        journal = Journal.next_run(self.connections.folder)
        meant = scenario(self.options.seed, journal.run, self.options.cases, self.profile)
        town = Town.of([*self._earlier(journal), meant], self.profile.seconds_per_day)
        journal.began(meant, self.profile.seconds_per_day)
        players = cast(self.profile, town)
        self.seats = [Seat(player, self._topics(player), journal) for player in players]
        async with asyncio.TaskGroup() as playing:
            parts = [playing.create_task(seat.play(), name=f"{seat.player.code} plays") for seat in self.seats]
            answer = self.counted = await self._played_and_counted(town, journal, players)
            if not self.options.leave:
                rest = "The institutions go on; the tasks are yours."
                for line in (*where_to_look(self.stack, self.profile), rest):
                    self.console.print(line, highlight=False, markup=False, soft_wrap=True)
                await asyncio.Event().wait()
            for part in parts:
                part.cancel()
        await asyncio.gather(*(seat.topics.close() for seat in self.seats))
        return answer

    async def _played_and_counted(self, town: Town, journal: Journal, players: Sequence[Player]) -> Answer:
        coordinator = Coordinator(self._command, town, self.profile, self.connections.folder / "simulation" / "papers")
        working = asyncio.create_task(coordinator.work(), name="the coordinator plays")
        try:
            await self._played(town.scenario, journal, players, coordinator)
            summary = await self._counted(journal.run)
        finally:
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working
        return self._told(summary)

    async def _played(
        self, meant: Scenario, journal: Journal, players: Sequence[Player], coordinator: Coordinator
    ) -> None:
        """Return when no case can go further and every situation came about, or when time is out."""
        await asyncio.gather(*(seat.topics.listening() for seat in self.seats))
        began = time.monotonic()
        begin(players, datetime.now(UTC))
        with Live(moving(NoticeProgress(), len(meant.meant), 0), console=self.console, refresh_per_second=2) as live:
            while not self.out_of_time:
                await asyncio.sleep(LOOK_EVERY)
                now = await self._asked(lambda: self._progress(journal))
                seconds = time.monotonic() - began
                self._say_now_and_then(now, seconds)
                if now is not None:
                    live.update(moving(now, len(meant.meant), seconds))
                    if all_told(players) and not now.held and not await self._goes_on(now, journal, coordinator):
                        return
                self.out_of_time = seconds > AT_MOST

    def _say_now_and_then(self, now: NoticeProgress | None, seconds: float) -> None:
        """Print a line of progress if the output is no terminal, which would show a table."""
        if not self.console.is_terminal and self.lines.due(seconds):
            self.console.print(f"after {seconds:.0f} s: {in_a_line(now)}", soft_wrap=True)

    async def _progress(self, journal: Journal) -> NoticeProgress:
        named = meant_run(lines(journal.path), journal.run).notices
        async with self.connections.engine.connect() as conn:
            return await progress(conn, named)

    async def _missing(self, journal: Journal) -> list[NotShown]:
        meant = meant_run(lines(journal.path), journal.run)
        async with self.connections.engine.connect() as conn:
            return missing(await counted(conn, meant.notices), meant)

    async def _goes_on(self, now: NoticeProgress, journal: Journal, coordinator: Coordinator) -> bool:
        """Whether a case waits for a simulated person or institution, or may still show its situation."""
        listed = await run_command(self.connections, ["tasks", "--json"])
        tasks = [task for task in listed.content or [] if task["case"] in now.open]
        stuck = {task["case"] for task in tasks if task["task"] in coordinator.stuck}
        if now.open - stuck:
            return True
        left = await self._asked(lambda: self._missing(journal))
        return left is None or any(discharge.waits_for - stuck for discharge in left)

    async def _counted(self, run: int) -> Summary | None:
        """The count, once work in progress has arrived or time is out; None: a server is away."""
        until, summary = time.monotonic() + SETTLES_WITHIN, None
        meant = meant_run(lines(self.connections.folder / FILE), run)
        while time.monotonic() < until:
            summary = await self._asked(lambda: count(self.connections, meant, lambda: self.stack.restarts)) or summary
            if summary and _sound(summary):
                break
            await asyncio.sleep(LOOK_EVERY)
        return summary

    async def _asked(self, ask: Callable[[], Awaitable[T]]) -> T | None:
        """The answer; None if a server is away."""
        with suppress(*AWAY):
            return await ask()
        return None

    def _told(self, summary: Summary | None) -> Answer:
        if summary is None:
            return Answer(None, ["Nothing could be counted: a server is away."], Exit.FAILED)
        if self.options.summary:
            self.options.summary.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
        self.console.print()
        self.console.print(summed_up(summary, self.profile.seconds_per_day))
        shown = ["Ten minutes are over, and some cases still wait."] if self.out_of_time else []
        if summary["missing"]:
            shown.append(f"Did not come about: {', '.join(summary['missing'])}.")
        sound = _sound(summary) and not shown
        return Answer(summary, shown, Exit.DONE if sound else Exit.FAILED)

    def _earlier(self, journal: Journal) -> list[Scenario]:
        """The earlier runs on the folder, whose cases may still be open."""
        runs = [line for line in lines(journal.path) if line["what"] == "run" and line["run"] < journal.run]
        return [scenario(line["seed"], line["run"], line["cases"], self.profile) for line in runs]

    def _topics(self, player: Player) -> KafkaTopics:
        return KafkaTopics(self.stack.endpoints.kafka_bootstrap, self.connections.login(player.code))

    async def _command(self, argv: Sequence[str]) -> tuple[int, Any]:
        ran = await run_command(self.connections, argv)
        return ran.code, ran.content


def _sound(summary: Summary) -> bool:
    """Whether no case is lost, doubled or without an owner."""
    return not any(summary["cases"][name] for name in ("lost", "doubled", "unowned"))
