"""Supervises one part: starts it, watches it, restarts it when it dies, stops it."""

import asyncio
import contextlib
import os
import signal
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from handoff.repeat import until
from workers.embedded.managed_process import ManagedProcess, StepFailedError, spawn

_DEATHS, _WITHIN = 5, 60.0  # give up after 5 deaths within 60 seconds
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0  # seconds
_READY_WITHIN = 120.0  # seconds, at the first start
_GRACE = 15.0  # seconds from the stop signal to SIGKILL
_SLOW = 2.0  # seconds between two messages about a slow start

Say = Callable[[str], None]


class PartFailedError(Exception):
    """A part keeps dying or does not become ready; the text has its name and log."""

    def __init__(self, part: ManagedProcess, what: str) -> None:
        super().__init__(f"{part.name} {what}; its log is {part.log}{_last_line(part.log)}")
        self.part = part


class PartKeepsDyingError(PartFailedError):
    """A part died five times within a minute."""

    def __init__(self, part: ManagedProcess) -> None:
        super().__init__(part, f"died {_DEATHS} times within a minute")


class PartNotReadyError(PartFailedError):
    """A part runs but did not become ready."""

    def __init__(self, part: ManagedProcess, trouble: Exception | None) -> None:
        super().__init__(part, f"is not ready after {_READY_WITHIN:.0f} s{f' ({trouble})' if trouble else ''}")


class Supervisor:
    """Supervisor of one part.

    Attributes:
        part: the process.
        restarts: number of restarts.
        ready: whether it answered when last asked.
        outside: whether it is started elsewhere.
    """

    outside = False

    def __init__(self, part: ManagedProcess, say: Say, changed: Callable[[], None] = lambda: None) -> None:
        """Args: say: prints a line for people. changed: called when pid, restarts or ready change."""
        self.part = part
        self.restarts = 0
        self.ready = False
        self._say = say
        self._changed = changed
        self._deaths: deque[float] = deque(maxlen=_DEATHS)
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._becoming: asyncio.Task[None] | None = None
        self._usable = asyncio.Event()
        self._stirred_at = 0.0
        self._trouble: Exception | None = None  # why it was not usable when last asked

    @property
    def pid(self) -> int | None:
        """Pid of the running process; None if none runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start it and wait until it is usable.

        Raises:
            PartFailedError: it keeps dying or does not become ready.
        """
        await self._spawn()
        self._watch = asyncio.create_task(self._keep(), name=f"keep {self.part.name}")
        became_usable = asyncio.create_task(self._usable.wait(), name=f"{self.part.name} is usable")
        try:
            await asyncio.wait({became_usable, self._watch}, timeout=_READY_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        finally:
            became_usable.cancel()
        if self._watch.done():
            self._watch.result()
        if not self._usable.is_set():
            raise PartNotReadyError(self.part, self._trouble)

    async def died_for_good(self) -> None:
        """Wait until the part has died too often, and raise PartKeepsDyingError then."""
        if self._watch:
            await asyncio.shield(self._watch)

    async def look(self) -> None:
        """Ask whether it answers, and note that; a part that hangs for long is killed, and so restarted."""
        if self._usable.is_set():
            self._note(ready=self.pid is not None and await self.part.ready())
            await self._end_if_it_hangs()

    async def stop(self, grace: float = _GRACE) -> None:
        """End it: by its own signal, after `grace` seconds by SIGKILL."""
        for task in (self._watch, self._becoming):
            if task:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        if self._process and self._process.returncode is None:
            await _end(self._process, self.part.stop_signal, grace)
        self._usable.clear()
        self.ready = False
        self._changed()

    async def _spawn(self) -> None:
        try:
            await self.part.prepare()
        except StepFailedError as failure:
            raise PartFailedError(self.part, f"cannot be prepared: {failure}") from failure
        self._process = await spawn(self.part)
        self._changed()
        self._becoming = asyncio.create_task(self._become_usable(), name=f"wait for {self.part.name}")

    async def _become_usable(self) -> None:
        began, reported = time.monotonic(), 0.0

        async def is_usable() -> bool:
            nonlocal reported
            if await self._is_usable():
                return True
            waited = time.monotonic() - began
            if waited - reported > _SLOW:
                reported = waited
                self._say(f"{self.part.name} is starting, {waited:.0f} s so far")
            return False

        await until(is_usable, 0.05)
        self._stirred_at = time.monotonic()
        self._usable.set()
        self._note(ready=True)
        self._say(f"{self.part.name} is ready after {time.monotonic() - began:.1f} s")

    async def _is_usable(self) -> bool:
        if not await self.part.ready():
            return False
        try:
            await self.part.settle()
        except Exception as trouble:  # noqa: BLE001 - tried again until the time limit
            self._trouble = trouble
            await asyncio.sleep(0.1)
            return False
        return True

    async def _keep(self) -> None:
        while self._process is not None:
            code = await self._process.wait()
            if self._becoming:
                self._becoming.cancel()
            self._usable.clear()
            self._note(ready=False)
            self._deaths.append(time.monotonic())
            if len(self._deaths) == _DEATHS and self._deaths[-1] - self._deaths[0] < _WITHIN:
                raise PartKeepsDyingError(self.part)
            self._say(f"{self.part.name} died ({_how(code)}) and is restarted; its log is {self.part.log}")
            await asyncio.sleep(self._pause())
            self.restarts += 1
            await self._spawn()

    async def _end_if_it_hangs(self) -> None:
        if self.ready or await self.part.alive():
            self._stirred_at = time.monotonic()
        elif self._process and time.monotonic() - self._stirred_at > self.part.hangs_after:
            self._say(f"{self.part.name} has not answered for {self.part.hangs_after:.0f} s and is killed")
            await _end(self._process, signal.SIGKILL, _GRACE)

    def _pause(self) -> float:
        """Seconds to wait, more with each death in the last minute. Not by stamina, which counts tries."""
        recent = sum(1 for moment in self._deaths if time.monotonic() - moment < _WITHIN)
        return min(_FIRST_PAUSE * float(2 ** (recent - 1)), _LONGEST_PAUSE)

    def _note(self, *, ready: bool) -> None:
        if ready != self.ready:
            self.ready = ready
            self._changed()


async def _end(process: asyncio.subprocess.Process, politely: signal.Signals, grace: float) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(politely)
    try:
        await asyncio.wait_for(process.wait(), grace)
    except TimeoutError:
        # Its whole process group, since it leads its own session.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _how(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace")[-2000:].strip().splitlines()
    except OSError:
        return ""
    return f" and ends with: {lines[-1]}" if lines else ""
