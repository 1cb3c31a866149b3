"""The status file of a data folder: what runs, for people, other processes, and the next start after a kill."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workers.data_folder import files
from workers.embedded import processes
from workers.embedded.processes import Identity
from workers.embedded.supervisor import Supervisor

FILE = "status.json"
_GRACE = 15.0  # seconds for a leftover to end by itself


@dataclass(frozen=True)
class PartStatus:
    """One part as `handoff status` shows it.

    Attributes:
        name: name of the part.
        pid: pid of its process, if it runs and was started here.
        port: its port on loopback.
        log: path of its log; "" if it is started elsewhere.
        ready: whether it answers.
        restarts: number of restarts by this `up`.
    """

    name: str
    pid: int | None
    port: int | None
    log: str
    ready: bool
    restarts: int


def status(data: Path) -> list[PartStatus]:
    """The parts of a data folder, checked against the processes that run.

    Returns:
        Empty if nothing was ever started on the folder.
    """
    return [_checked(entry) for entry in _entries(data)]


def note(data: Path, keepers: Sequence[Supervisor]) -> None:
    """Write the status file."""
    files.write_json(data / FILE, {"parts": [_entry(keeper) for keeper in keepers]})


async def stop_leftovers(data: Path, say: Callable[[str], None]) -> None:
    """End the processes that a killed `up` left running on the folder, and no others.

    The caller holds the folder's lock.
    """
    leftovers = [(entry, identity) for entry in _entries(data) if (identity := _alive(entry))]
    for entry, identity in leftovers:
        say(f"{entry['name']} (pid {identity.pid}) is left over from an earlier start and is stopped")
    await asyncio.gather(
        *(processes.end(identity, signal.Signals(entry["stop_signal"]), _GRACE) for entry, identity in leftovers)
    )


def _entry(keeper: Supervisor) -> dict[str, Any]:
    identity = Identity.of(keeper.pid) if keeper.pid else None
    return {
        "name": keeper.part.name,
        "pid": identity.pid if identity else None,
        "port": keeper.part.port,
        "log": "" if keeper.outside else str(keeper.part.log),
        "ready": keeper.ready,
        "restarts": keeper.restarts,
        "started": identity.started if identity else None,
        "boot": identity.boot if identity else None,
        "stop_signal": int(keeper.part.stop_signal),
        "outside": keeper.outside,
    }


def _entries(data: Path) -> list[dict[str, Any]]:
    return list(files.read_json(data / FILE).get("parts", []))


def _alive(entry: dict[str, Any]) -> Identity | None:
    if entry["pid"] is None:
        return None
    identity = Identity(entry["pid"], entry["started"], entry["boot"])
    return identity if identity.is_alive() else None


def _checked(entry: dict[str, Any]) -> PartStatus:
    identity = _alive(entry)
    return PartStatus(
        name=entry["name"],
        pid=identity.pid if identity else None,
        port=entry["port"],
        log=entry["log"],
        ready=entry["ready"] and (identity is not None or entry.get("outside", False)),
        restarts=entry["restarts"],
    )
