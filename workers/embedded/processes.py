"""Which process is which: a number alone is not enough, for Linux gives it to somebody else later."""

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from handoff.repeat import until

_GONE = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
_TICKS = os.sysconf("SC_CLK_TCK")  # a second
_BOOT = Path("/proc/sys/kernel/random/boot_id")  # psutil has the moment of the start only, which moves with the clock
_LOOK_EVERY = 0.05  # seconds


@dataclass(frozen=True)
class Identity:
    """One process, for ever.

    Attributes:
        pid: its number.
        started: when it started, in clock ticks since the machine's start.
        boot: which start of the machine.
    """

    pid: int
    started: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> "Identity | None":
        """The process that has this number now; None if none has, or if it has ended and nobody took note."""
        try:
            process = psutil.Process(pid)
            if process.status() in _GONE:
                return None
            since_start = process.create_time() - psutil.boot_time()  # both by the wall clock: its changes cancel out
            return cls(pid, round(since_start * _TICKS), _BOOT.read_text().strip())
        except (psutil.Error, OSError):
            return None

    def is_alive(self) -> bool:
        """Whether this very process still runs."""
        return Identity.of(self.pid) == self

    def send(self, what: signal.Signals) -> None:
        """Signal this very process; nothing happens if it has ended."""
        if self.is_alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, what)


async def end(process: Identity, politely: signal.Signals, grace: float) -> None:
    """End a process that need not be our child: by its own signal, after `grace` seconds by SIGKILL."""
    process.send(politely)
    if not await _gone_within(process, grace):
        process.send(signal.SIGKILL)
        await _gone_within(process, grace)


async def _gone_within(process: Identity, seconds: float) -> bool:
    async def gone() -> bool:
        return not process.is_alive()

    # Not psutil's own wait: it blocks, and a process that has ended and that its parent forgot counts as running.
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            return await until(gone, _LOOK_EVERY)
    return False
