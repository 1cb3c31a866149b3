"""Everything started in one command, kept running, and shown."""

import os
import shlex
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console

from console.cli.order import Answer
from console.cli.output import table
from console.errors import TryAgainError
from handoff.profile.load import load
from handoff.profile.model import Profile
from handoff.store.engine import connect
from handoff.store.migrations import migrate
from handoff.store.queries.monitoring import open_cases_of_others
from workers.commands.external import PROCESSES, elsewhere, handed_over, named, provision_temporal
from workers.connections import LazyConnections
from workers.data_folder import institutions
from workers.embedded.stack import Stack
from workers.embedded.status import status
from workers.oncall.disk import room
from workers.oncall.provision import wanted_by
from workers.settings import Settings

_NO_SIGN_IN = (
    "Temporal's development server asks nobody who they are: any user of this machine may act through its port."
)
Say = Callable[[str], None]


async def keep_up(
    folder: Path, profile: str | None, *, without: str | None = None, external: str | None = None
) -> Answer:
    """Start everything, but for the processes left out, and keep it running until somebody asks to stop.

    Args:
        folder: the data folder.
        profile: a bundled profile's name or a file's path; None: the one that the folder has.
        without: processes to leave out, commas between.
        external: processes that somebody else starts and that are waited for, commas between.

    Raises:
        UsageError: there is no such process.
        UnfitError: the disk has no room; nothing was started.
        ProfileError: the profile has mistakes; nothing was made or started.
        InUseError: somebody else holds the folder.
        PartFailedError: a part cannot be kept.
    """
    room(folder)
    load(profile or institutions.chosen(folder))  # a mistake in it is found before the folder is made
    say, left_out = speaker(Console(stderr=True)), named(without)
    async with Stack(folder, say, elsewhere(folder, named(external))) as stack:
        chosen = await start_all(stack, profile, say, left_out)
        for line in where_to_look(stack, chosen):
            say(line)
        await stack.keep()
    return Answer({"stopped": True}, ["Everything is stopped."])


async def start_all(stack: Stack, profile: str | None, say: Say, left_out: Collection[str] = frozenset()) -> Profile:
    """Start servers, bring the database up to date, provision institutions, start the processes: what `up` is."""
    chosen = institutions.choose(stack.data, profile or institutions.chosen(stack.data))
    say(f"profile {chosen.code}: {chosen.name}")
    say("starting PostgreSQL, Kafka and Temporal")
    await stack.start_servers()
    await migrate(stack.endpoints.postgres_url)
    for line in await _left_behind(stack, chosen):
        say(line)
    if stack.elsewhere.temporal_address:
        await provision_temporal(Settings.read(stack.data))
    await stack.provision(wanted_by(chosen, Settings.read(stack.data).institution_keys() or stack.keys))
    await _start_processes(stack, say, [name for name in PROCESSES if name not in left_out])
    return chosen


async def _left_behind(stack: Stack, profile: Profile) -> list[str]:
    """What becomes of open cases when the folder's profile is another one than theirs."""
    engine = connect(stack.endpoints.postgres_url, pool=1)
    try:
        async with engine.connect() as conn:
            others = await open_cases_of_others(conn, profile.code)
    finally:
        await engine.dispose()
    return [
        f"open cases of the profile {code}: {count}. They go on by it, but institutions that {profile.code} lacks are "
        "no longer heard: if that is not meant, start again with the profile they had."
        for code, count in others.items()
    ]


async def _start_processes(stack: Stack, say: Say, names: Sequence[str]) -> None:
    """Start ours; then say what the others need, and wait for them."""
    theirs = [name for name in names if name in stack.elsewhere.processes]
    if ours := [name for name in names if name not in theirs]:
        say(f"starting {', '.join(ours)}")
        await stack.start([stack.process(name, ["-m", f"workers.{name}"], {}) for name in ours])
    if theirs:
        for line in handed_over(stack, theirs):
            say(line)
        await stack.wait_for(theirs)


def speaker(console: Console) -> Say:
    """Says a line at once, whoever reads it."""
    return lambda line: console.print(line, highlight=False, markup=False, soft_wrap=True)


def where_to_look(stack: Stack, profile: Profile) -> list[str]:
    """What somebody who has just started everything wants to know."""
    named = f" --data {shlex.quote(str(stack.data))}"
    hospital = next((each.code for each in profile.institutions if each.role == "hospital"), "INSTITUTION")
    return [
        "",
        f"Everything runs. Data, logs and keys: {stack.data}",
        f"Temporal's own pages: {stack.endpoints.temporal_ui or 'none'}",
        f"What waits for a person:  handoff tasks{named}",
        f"The cases:                handoff cases{named}",
        f"A hospital's notice:      handoff publish --from {hospital} examples/notice.json{named}",
        f"What it is answered:      handoff listen --as {hospital} --once{named}",
        *([_NO_SIGN_IN] if stack.endpoints.temporal_ui else []),
        "Ctrl+C stops everything.",
    ]


def show_status(folder: Path) -> Answer:
    """What runs on a folder, as it is now."""
    parts, start = status(folder), f"handoff up --data {shlex.quote(str(folder))}"
    if not parts:
        return Answer([], [f"Nothing was started on {folder}. Start it: {start}"])
    rows = [
        (
            part.name,
            "ready" if part.ready else "[red]not ready[/]",
            str(part.pid or ""),
            str(part.port or ""),
            str(part.restarts),
            part.log,
        )
        for part in parts
    ]
    shown: list[Any] = [table(("Part", "", "Pid", "Port", "Restarts", "Log"), rows)]
    if not any(part.pid or part.ready for part in parts):
        shown.append(f"Nothing runs. Start it: {start}")
    return Answer([asdict(part) for part in parts], shown)


async def migrate_database(connections: LazyConnections) -> Answer:
    """Bring the database to this version's tables.

    Raises:
        TryAgainError: PostgreSQL cannot be reached.
    """
    try:
        await migrate(connections.endpoints.postgres_url)
    except OSError as error:
        raise TryAgainError("PostgreSQL cannot be reached: start it with `handoff up`, then try again.") from error
    return Answer({"migrated": True}, ["The database is up to date."])


def become(module: str, folder: Path) -> NoReturn:
    """Run one of the engine's processes in this one's place, so that signals reach it."""
    sys.stdout.flush()
    os.environ["HANDOFF_DATA"] = str(folder)
    os.execv(sys.executable, [sys.executable, "-m", module])  # noqa: S606 - ours, and no shell
