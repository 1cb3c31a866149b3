"""Free space on the disk: without it PostgreSQL and Kafka stop."""

import shutil
from pathlib import Path

from workers.oncall.finding import Finding
from workers.process import UnfitError

_MEGABYTE = 1024 * 1024
_LITTLE, _LEAST = 1024, 200  # megabytes free


def disk(folder: Path) -> Finding:
    """How much space is free for a data folder."""
    free = _free(folder)
    says = f"{free} MB free under {folder}"
    if free < _LITTLE:
        do = "Free space: PostgreSQL and Kafka stop when the disk is full, and nothing is acknowledged."
        return Finding("disk", "fail" if free < _LEAST else "warn", says, do)
    return Finding("disk", "ok", says)


def room(folder: Path) -> None:
    """Check that the disk has room to start servers on a folder.

    Raises:
        UnfitError: too little is free; nothing was started.
    """
    free = _free(folder)
    if free < _LEAST:
        raise UnfitError(
            f"{free} MB are free under {folder}, but PostgreSQL, Kafka and Temporal need {_LEAST} to start: free space "
            "or name another folder with --data; nothing was started."
        )


def shortage(folder: Path) -> str:
    """A sentence to add to an error if the disk is nearly full; else ""."""
    free = _free(folder)
    return (
        f" Only {free} MB are free under {folder}: PostgreSQL and Kafka stop when the disk is full."
        if free < _LEAST
        else ""
    )


def _free(folder: Path) -> int:
    """Free megabytes on the disk of a folder, which need not exist yet."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(there).free // _MEGABYTE
