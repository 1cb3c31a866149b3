"""`handoff demo`: the whole handoff, played by a simulated town on the real stack, and counted afterwards."""

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
from console.count.summary import Summary, count
from handoff.profile.model import Profile
from handoff.store.queries.notice_cases import NoticeProgress, progress
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
SETTLES_WITHIN = 20.0  # seconds in which what is under way arrives before it is counted as lost
AWAY = (OSError, TimeoutError, SQLAlchemyError, RPCError, NotDoneError)

T = TypeVar("T")


@dataclass(frozen=True)
class DemoOptions:
    """What the command line asks for."""

    cases: int
    seed: int
    leave: bool  # when all is played
    summary: Path | None
    external: str | None = None  # processes that somebody else starts, commas between


async def demo(folder: Path, wanted: DemoOptions) -> Answer:
    """Start the stack on a folder, play one run on it, count it, and stay up if that is wanted.

    Raises:
        ProfileError: the profile `demo` has mistakes.
        InUseError: somebody else holds the folder.
        PartFailedError: a part cannot be kept.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a broker that is killed is part of the play
    console = Console(stderr=True)
    say, runs = speaker(console), list[DemoRun]()
    async with Stack(folder, say, elsewhere(folder, named(wanted.external))) as stack:
        profile = await start_all(stack, "demo", say)
        run = DemoRun(stack, profile, wanted, LazyConnections(stack.data), console)
        runs.append(run)
        try:
            return await stack.keep_while(run.whole())
        finally:
            await run.connections.close()
    counted = next(
        (run.counted for run in runs), None
    )  # whoever stops it before has no count, and may not take it for one
    code = counted.code if counted else Exit.INTERRUPTED
    return Answer({"stopped": True}, ["Everything is stopped."], code)


@dataclass
class DemoRun:
    """One run of the demonstration."""

    stack: Stack
    profile: Profile
    wanted: DemoOptions
    connections: LazyConnections
    console: Console
    seats: list[Seat] = field(default_factory=list)
    out_of_time: bool = False
    counted: Answer | None = None
    lines: NowAndThen = field(default_factory=lambda: NowAndThen(SAYS_EVERY))

    async def whole(self) -> Answer:
        """Play, count, tell; without `--exit` the institutions then go on, and the tasks are for whoever watches."""
        journal = Journal.next_run(self.connections.folder)
        meant = scenario(self.wanted.seed, journal.run, self.wanted.cases, self.profile)
        town = Town.of([*self._earlier(journal), meant], self.profile.seconds_per_day)
        journal.began(meant, self.profile.seconds_per_day)
        players = cast(self.profile, town)
        self.seats = [Seat(player, self._topics(player), journal) for player in players]
        async with asyncio.TaskGroup() as playing:
            parts = [playing.create_task(seat.play(), name=f"{seat.player.code} plays") for seat in self.seats]
            answer = self.counted = await self._played_and_counted(town, journal, players)
            if not self.wanted.leave:
                for line in (
                    *where_to_look(self.stack, self.profile),
                    "The institutions play on; the tasks are yours.",
                ):
                    self.console.print(line, highlight=False, markup=False, soft_wrap=True)
                await asyncio.Event().wait()
            for part in parts:
                part.cancel()
        await asyncio.gather(*(self._close(seat) for seat in self.seats))
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
        """Returns when every case has come as far as it goes, or when time is out."""
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
                    if all_told(players) and not now.held and not await self._played_by_somebody(now, coordinator):
                        return
                self.out_of_time = seconds > AT_MOST

    def _say_now_and_then(self, now: NoticeProgress | None, seconds: float) -> None:
        """Where no table moves, as in a log, a line tells how far it is."""
        if not self.console.is_terminal and self.lines.due(seconds):
            self.console.print(f"after {seconds:.0f} s: {in_a_line(now)}", soft_wrap=True)

    async def _progress(self, journal: Journal) -> NoticeProgress:
        named = meant_run(lines(journal.path), journal.run).notices
        async with self.connections.engine.connect() as conn:
            return await progress(conn, named)

    async def _played_by_somebody(self, now: NoticeProgress, coordinator: Coordinator) -> bool:
        """Whether a case is still to come further: it waits for somebody who is played."""
        if not now.open:
            return False
        listed = await run_command(self.connections, ["tasks", "--json"])
        tasks = [task for task in listed.content or [] if task["case"] in now.open]
        stuck = {task["case"] for task in tasks if task["task"] in coordinator.stuck}
        return bool(now.open - stuck)

    async def _counted(self, run: int) -> Summary | None:
        """The count; what is still under way is waited for, but not for ever. None: one of the three is away."""
        until, found = time.monotonic() + SETTLES_WITHIN, None
        meant = meant_run(lines(self.connections.folder / FILE), run)
        while time.monotonic() < until:
            found = await self._asked(lambda: count(self.connections, meant, lambda: self.stack.restarts)) or found
            if found and _sound(found):
                break
            await asyncio.sleep(LOOK_EVERY)
        return found

    async def _asked(self, ask: Callable[[], Awaitable[T]]) -> T | None:
        """The answer; None while a part is away."""
        with suppress(*AWAY):
            return await ask()
        return None

    def _told(self, summary: Summary | None) -> Answer:
        if summary is None:
            return Answer(None, ["Nothing could be counted: a part is away."], Exit.FAILED)
        if self.wanted.summary:
            self.wanted.summary.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
        self.console.print()
        self.console.print(summed_up(summary, self.profile.seconds_per_day))
        shown = ["Ten minutes are over, and somebody still has to act."] if self.out_of_time else []
        sound = _sound(summary) and not self.out_of_time
        return Answer(summary, shown, Exit.DONE if sound else Exit.FAILED)

    def _earlier(self, journal: Journal) -> list[Scenario]:
        """The runs before this one on the folder: their people are still about."""
        told = [
            line
            for line in lines(self.connections.folder / FILE)
            if line["what"] == "run" and line["run"] < journal.run
        ]
        return [scenario(line["seed"], line["run"], line["cases"], self.profile) for line in told]

    def _topics(self, player: Player) -> KafkaTopics:
        return KafkaTopics(self.stack.endpoints.kafka_bootstrap, self.connections.login(player.code))

    async def _command(self, argv: Sequence[str]) -> tuple[int, Any]:
        ran = await run_command(self.connections, argv)
        return ran.code, ran.content

    async def _close(self, seat: Seat) -> None:
        await seat.topics.close()


def _sound(summary: Summary) -> bool:
    """Nothing is lost, doubled, or nobody's."""
    return not any(summary["cases"][name] for name in ("lost", "doubled", "unowned"))
