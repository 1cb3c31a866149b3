"""What the commands `up`, `status`, `migrate` and the single processes do."""

import os
import shlex
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.text import Text

from console.cli.order import Answer
from console.cli.output import table
from console.errors import TryAgainError
from handoff.profile.load import load
from handoff.profile.model import Profile
from handoff.store.engine import connect
from handoff.store.look_ups import bring_up_to_date
from handoff.store.queries.monitoring import open_cases_of_others
from workers.commands.external import PROCESSES, elsewhere, handed_over, named, provision_temporal
from workers.connections import LazyConnections
from workers.data_folder import institutions
from workers.embedded.stack import Stack
from workers.embedded.status import status
from workers.oncall.disk import room
from workers.oncall.provision import wanted_by
from workers.settings import Settings

_NO_SIGN_IN = "Temporal's development server has no sign-in: every user of this machine can act through its port."
Say = Callable[[str], None]


async def keep_up(
    folder: Path, profile: str | None, *, without: str | None = None, external: str | None = None
) -> Answer:
    """Start everything and keep it running until a signal stops it.

    Args:
        folder: the data folder.
        profile: a bundled profile's name or a file's path; None: the one of the folder.
        without: processes to leave out, comma-separated.
        external: processes to wait for, which are started elsewhere, comma-separated.

    Raises:
        UsageError: a process is unknown.
        UnfitError: the disk is full; nothing was started.
        ProfileError: the profile has mistakes; nothing was made or started.
        InUseError: another process holds the folder.
        PartFailedError: a part keeps dying or does not become ready.
    """
    room(folder)
    load(profile or institutions.chosen(folder))  # finds mistakes before the folder is made
    say, left_out = speaker(Console(stderr=True)), named(without)
    async with Stack(folder, say, elsewhere(folder, named(external))) as stack:
        chosen = await start_all(stack, profile, say, left_out)
        for line in where_to_look(stack, chosen):
            say(line)
        await stack.keep()
    return Answer({"stopped": True}, ["Everything is stopped."])


async def start_all(stack: Stack, profile: str | None, say: Say, left_out: Collection[str] = frozenset()) -> Profile:
    """Start the servers, migrate the database, provision topics, start the processes; returns the profile."""
    chosen = institutions.choose(stack.data, profile or institutions.chosen(stack.data))
    say(f"profile {chosen.code}: {chosen.name}")
    say("starting PostgreSQL, Kafka and Temporal")
    await stack.start_servers()
    await bring_up_to_date(stack.endpoints.postgres_url, Settings.read(stack.data).vault, say)
    for line in await _left_behind(stack, chosen):
        say(line)
    if stack.elsewhere.temporal_address:
        await provision_temporal(Settings.read(stack.data))
    await stack.provision(wanted_by(chosen, Settings.read(stack.data).institution_keys() or stack.keys))
    await _start_processes(stack, say, [name for name in PROCESSES if name not in left_out])
    return chosen


async def _left_behind(stack: Stack, profile: Profile) -> list[str]:
    """Warnings about open cases that run under another profile than the folder's."""
    engine = connect(stack.endpoints.postgres_url, pool=1)
    try:
        async with engine.connect() as conn:
            others = await open_cases_of_others(conn, profile.code)
    finally:
        await engine.dispose()
    return [
        f"open cases of the profile {code}: {count}. They continue under it, but records of institutions that "
        f"{profile.code} lacks are no longer read. If you do not want that, start again with the profile {code}."
        for code, count in others.items()
    ]


async def _start_processes(stack: Stack, say: Say, names: Sequence[str]) -> None:
    """Start our processes; then print what the external ones need, and wait for them."""
    theirs = [name for name in names if name in stack.elsewhere.processes]
    if ours := [name for name in names if name not in theirs]:
        say(f"starting {', '.join(ours)}")
        await stack.start([stack.process(name, ["-m", f"workers.{name}"], {}) for name in ours])
    if theirs:
        for line in handed_over(stack, theirs):
            say(line)
        await stack.wait_for(theirs)


def speaker(console: Console) -> Say:
    """A function that prints a line as plain text at once."""
    return lambda line: console.print(line, highlight=False, markup=False, soft_wrap=True)


def where_to_look(stack: Stack, profile: Profile) -> list[str]:
    """Lines for people after the start: addresses and useful commands."""
    named = f" --data {shlex.quote(str(stack.data))}"
    hospital = next((body.code for body in profile.institutions if body.role == "hospital"), "INSTITUTION")
    return [
        "",
        f"Everything runs. Data, logs and keys: {stack.data}",
        f"Temporal's web pages: {stack.endpoints.temporal_ui or 'none'}",
        f"Tasks for people:         handoff tasks{named}",
        f"The cases:                handoff cases{named}",
        f"Send a hospital's notice: handoff publish --from {hospital} examples/notice.json{named}",
        f"Read the answers:         handoff listen --as {hospital} --once{named}",
        *([_NO_SIGN_IN] if stack.endpoints.temporal_ui else []),
        "Ctrl+C stops everything.",
    ]


def show_status(folder: Path) -> Answer:
    """What runs on a folder now."""
    parts, start = status(folder), f"handoff up --data {shlex.quote(str(folder))}"
    if not parts:
        return Answer([], [f"Nothing was started on {folder}. Start it: {start}"])
    rows = [
        (
            part.name,
            "ready" if part.ready else Text("not ready", style="red"),
            str(part.pid or ""),
            str(part.port or ""),
            str(part.restarts),
            part.log,
        )
        for part in parts
    ]
    idle = [] if any(part.pid or part.ready for part in parts) else [f"Nothing runs. Start it: {start}"]
    shown = [table(("Part", "", "Pid", "Port", "Restarts", "Log"), rows), *idle]
    return Answer([asdict(part) for part in parts], shown)


async def migrate_database(connections: LazyConnections) -> Answer:
    """Bring the database to this version's tables.

    Raises:
        TryAgainError: PostgreSQL cannot be reached.
    """
    try:
        await bring_up_to_date(connections.endpoints.postgres_url, lambda: connections.vault)
    except OSError as error:
        raise TryAgainError("PostgreSQL cannot be reached: start it with `handoff up`, then try again.") from error
    return Answer({"migrated": True}, ["The database is up to date."])


def become(module: str, folder: Path) -> NoReturn:
    """Replace this process by one of the engine's processes, so that signals reach it."""
    sys.stdout.flush()
    os.environ["HANDOFF_DATA"] = str(folder)
    os.execv(sys.executable, [sys.executable, "-m", module])  # noqa: S606 - ours, and no shell
