"""CPU and memory of processes, and what several rounds say together."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import median

import psutil


def cpu_ms(pid: int) -> float:
    """CPU that a process and what it started have used so far, in milliseconds, with children that have ended."""
    used = 0.0
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = each.cpu_times()
                used += times.user + times.system + times.children_user + times.children_system
    return used * 1000


def memory_mb(pid: int) -> float:
    """Resident memory of a process, in megabytes."""
    return float(psutil.Process(pid).memory_info().rss) / 1e6


def load() -> float:
    """The machine's load of the last minute: figures taken under another's load are worth little."""
    return os.getloadavg()[0]


@dataclass(frozen=True)
class Meter:
    """Looks at some processes twice.

    Attributes:
        pids: process ids by name.
    """

    pids: Mapping[str, int]

    def look(self) -> dict[str, float]:
        """CPU of each so far, in milliseconds."""
        return {name: cpu_ms(pid) for name, pid in self.pids.items()}


def spent(before: Mapping[str, float], after: Mapping[str, float], by: int) -> dict[str, float]:
    """CPU by process for each of so many cases, in milliseconds."""
    return {name: (after[name] - before[name]) / by for name in before}


@dataclass(frozen=True)
class Rounds:
    """The same figure in several rounds."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        """The one in the middle."""
        return median(self.values)

    def json(self) -> dict[str, object]:
        """Median, spread and every round."""
        low, high = min(self.values), max(self.values)
        return {"median": round(self.median, 3), "low": round(low, 3), "high": round(high, 3), "rounds": self.values}

    def __str__(self) -> str:
        return f"{self.median:.2f} ({min(self.values):.2f}-{max(self.values):.2f})"
