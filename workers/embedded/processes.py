"""Which process is which: a number alone is not enough, for Linux gives it to somebody else later."""

import asyncio
import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path


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
            # The second field is the command's name in parentheses, and may hold anything.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            return None
        return None if fields[0] in "ZX" else cls(pid, int(fields[19]), boot)

    def is_alive(self) -> bool:
        """Whether this very process still runs."""
        return Identity.of(self.pid) == self

    def send(self, what: signal.Signals) -> None:
        """Signal this very process; nothing happens if it has ended."""
        if self.is_alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, what)


async def end(process: Identity, politely: signal.Signals, grace: float) -> None:
    """End a process that need not be our child: by its own signal, after `grace` seconds by SIGKILL."""
    process.send(politely)
    if not await _gone_within(process, grace):
        process.send(signal.SIGKILL)
        await _gone_within(process, grace)


async def _gone_within(process: Identity, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            while process.is_alive():  # noqa: ASYNC110 - nobody tells us of processes that are not our children
                await asyncio.sleep(0.05)
    except TimeoutError:
        return False
    return True
