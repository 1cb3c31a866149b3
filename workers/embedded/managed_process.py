"""A part of the stack: an operating-system process with a name, a log and a readiness check."""

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
    """A command that prepares a part failed; the text has its name and output."""


async def nothing() -> None:
    """The default for `prepare` and `settle`: do nothing."""


async def unasked() -> bool:
    """The default for `alive`: no check."""
    return True


@dataclass(frozen=True, kw_only=True)
class ManagedProcess:
    """One process of the stack.

    Attributes:
        name: its name in messages and in the status.
        command: an absolute path and its arguments.
        log: file to which its output is appended.
        ready: whether it answers now. Called often, so it must be cheap, and must not raise.
        alive: whether it reacts at all. Called while it is not ready; cheap, must not raise.
        hangs_after: seconds without a reaction after which it is killed and started again.
        port: its port on loopback, if it has one.
        env: variables to add to the inherited environment.
        stop_signal: signal for a clean stop.
        prepare: run before every start; must be safe to repeat.
        settle: makes it usable once it is ready; repeated until it does not raise.
        as_nobody: run as the user `nobody` if we are root.
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
        arguments: arguments of the interpreter, such as `["-m", "workers.worker"]`.
        log: file to which its output is appended.
        env: its settings; `HANDOFF_HEALTH_PORT` is its HTTP port for `/ready` and `/live`.
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
    """Whether a server listens on the port, by default on loopback."""
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
    """Start a part's process in its own session, so that Ctrl+C in the terminal reaches only the supervisor."""
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
    """The command line that runs a command which ends with this process; `as_nobody`: not as root."""
    who = "nobody" if as_nobody else "same"
    return [sys.executable, "-I", "-S", _LAUNCHER, str(os.getpid()), str(int(stop_signal)), who, *command]


async def run(
    command: Sequence[str], *, as_nobody: bool = False, env: Mapping[str, str] | None = None, says: str = ""
) -> str:
    """Run a command to its end.

    Args:
        command: an absolute path and its arguments.
        as_nobody: run as the user `nobody` if we are root.
        env: variables to add to the inherited environment.
        says: its standard input.

    Returns:
        Its output.

    Raises:
        StepFailedError: its exit code is not 0.
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
