"""What a part of the stack is: an operating-system process with a name, a log and a sign that it is ready."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workers.data_folder.endpoints import LOOPBACK

_LAUNCHER = str(Path(__file__).with_name("launch.py"))


class StepFailedError(Exception):
    """A command that prepares a part ended with an error; the text says which, and what it printed."""


async def nothing() -> None:
    """Has nothing to prepare."""


async def unasked() -> bool:
    """Shows no sign of life but that it runs."""
    return True


@dataclass(frozen=True, kw_only=True)
class ManagedProcess:
    """One process of the stack.

    Attributes:
        name: as people and the status know it.
        command: an absolute path and its arguments.
        log: where its output is appended.
        ready: whether it answers now; asked often, so it costs little, and it never raises.
        alive: whether it stirs at all, asked while it is not ready; as cheap, and it never raises either.
        hangs_after: seconds without stirring after which it is ended and started again.
        port: where it listens on loopback, if it does.
        env: added to the environment that it inherits.
        stop_signal: ends it cleanly.
        prepare: run before every start, so it does only what is missing.
        settle: makes it usable once it is ready; tried again until it does not raise.
        as_nobody: give root up first, if it is root that starts it.
    """

    name: str
    command: Sequence[str]
    log: Path
    ready: Callable[[], Awaitable[bool]]
    alive: Callable[[], Awaitable[bool]] = unasked
    hangs_after: float = 60.0
    port: int | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    prepare: Callable[[], Awaitable[None]] = nothing
    settle: Callable[[], Awaitable[None]] = nothing
    as_nobody: bool = False


def process_part(name: str, arguments: Sequence[str], log: Path, env: Mapping[str, str]) -> ManagedProcess:
    """One of the engine's own processes, a Python module.

    Args:
        name: worker, intake or relay.
        arguments: what follows the interpreter, such as `["-m", "workers.worker"]`.
        log: where its output is appended.
        env: its settings; `HANDOFF_HEALTH_PORT` says where it answers `/ready` and `/live` over HTTP.
    """
    port = int(env["HANDOFF_HEALTH_PORT"])
    return ManagedProcess(
        name=name,
        command=[sys.executable, *arguments],
        log=log,
        port=port,
        env=env,
        ready=lambda: answers_http(port, "/ready"),
        alive=lambda: answers_http(port, "/live"),
    )


async def answers(port: int, host: str = LOOPBACK) -> bool:
    """Whether somebody listens on the port, of this machine unless another is named."""
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), timeout=1)
    except OSError:
        return False
    await _close(writer)
    return True


async def answers_http(port: int, path: str) -> bool:
    """Whether `GET path` on the loopback port is answered with 200 within a second."""
    try:
        return await asyncio.wait_for(_status_is_200(port, path), timeout=1)
    except (OSError, EOFError):
        return False


async def _status_is_200(port: int, path: str) -> bool:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nConnection: close\r\n\r\n".encode())
        return b" 200 " in await reader.readline()
    finally:
        await _close(writer)


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    try:
        await writer.wait_closed()
    except OSError:
        return


async def spawn(part: ManagedProcess) -> asyncio.subprocess.Process:
    """Start a part's process, in a session of its own: Ctrl+C in the terminal reaches the supervisor alone."""
    part.log.parent.mkdir(parents=True, exist_ok=True)
    with part.log.open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *launched(part.command, stop_signal=part.stop_signal, as_nobody=part.as_nobody),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **part.env},
            cwd=part.log.parent,
            start_new_session=True,
        )


def launched(
    command: Sequence[str], *, stop_signal: signal.Signals = signal.SIGKILL, as_nobody: bool = False
) -> list[str]:
    """The command line that runs a command bound to this process's life, and as `nobody` instead of root."""
    who = "nobody" if as_nobody else "same"
    return [sys.executable, "-I", "-S", _LAUNCHER, str(os.getpid()), str(int(stop_signal)), who, *command]


async def run(
    command: Sequence[str], *, as_nobody: bool = False, env: Mapping[str, str] | None = None, says: str = ""
) -> str:
    """Run a command to its end.

    Args:
        command: an absolute path and its arguments.
        as_nobody: give root up first, if it is root that runs it.
        env: added to the environment that it inherits.
        says: what it reads on its standard input.

    Returns:
        What it printed.

    Raises:
        StepFailedError: it ended with another code than 0.
    """
    process = await asyncio.create_subprocess_exec(
        *launched(command, as_nobody=as_nobody),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **(env or {})},
    )
    printed = (await process.communicate(says.encode()))[0].decode(errors="replace")
    if process.returncode:
        raise StepFailedError(f"{Path(command[0]).name} ended with {process.returncode}: {printed.strip()[-2000:]}")
    return printed
