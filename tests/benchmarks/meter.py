"""CPU and memory of processes from /proc, and what several rounds say together."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def tree(pid: int) -> list[int]:
    """A process and all that it started, itself first."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (stat := _stat(int(entry.name))):
            children.setdefault(int(stat[1]), []).append(int(entry.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def cpu_ms(pid: int) -> float:
    """CPU that a process and what it started have used so far, in milliseconds, with children that have ended."""
    stats = [stat for each in tree(pid) if (stat := _stat(each))]
    return sum(int(ticks) for stat in stats for ticks in stat[11:15]) * 1000 / _TICKS


def memory_mb(pid: int) -> float:
    """Resident memory of a process, in megabytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE / 1e6


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


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the command's name: state, parent, ...; none if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
