"""Identity of processes. A pid alone is not enough, since Linux reuses it."""

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from handoff.repeat import until

_GONE = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
_TICKS = os.sysconf("SC_CLK_TCK")  # per second
_BOOT = Path("/proc/sys/kernel/random/boot_id")  # psutil has only the time of the start, which changes with the clock
_LOOK_EVERY = 0.05  # seconds


@dataclass(frozen=True)
class Identity:
    """Identifies one process for ever.

    Attributes:
        pid: its pid.
        started: when it started, in clock ticks since boot.
        boot: the machine's boot id.
    """

    pid: int
    started: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> "Identity | None":
        """The process with this pid now; None if there is none or it is a zombie."""
        try:
            process = psutil.Process(pid)
            if process.status() in _GONE:
                return None
            since_start = (
                process.create_time() - psutil.boot_time()
            )  # both by the wall clock, so its changes cancel out
            return cls(pid, round(since_start * _TICKS), _BOOT.read_text().strip())
        except (psutil.Error, OSError):
            return None

    def is_alive(self) -> bool:
        """Whether this same process still runs."""
        return Identity.of(self.pid) == self

    def send(self, what: signal.Signals) -> None:
        """Send it a signal; does nothing if it has ended."""
        if self.is_alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, what)


async def end(process: Identity, politely: signal.Signals, grace: float) -> None:
    """End a process, even if it is not our child: by signal `politely`, after `grace` seconds by SIGKILL."""
    process.send(politely)
    if not await _gone_within(process, grace):
        process.send(signal.SIGKILL)
        await _gone_within(process, grace)


async def _gone_within(process: Identity, seconds: float) -> bool:
    async def gone() -> bool:
        return not process.is_alive()

    # Not psutil's `wait`: it blocks, and it counts a zombie as running.
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            return await until(gone, _LOOK_EVERY)
    return False
