"""Room on the disk: without any, PostgreSQL and Kafka stop."""

import shutil
from pathlib import Path

from workers.oncall.finding import Finding
from workers.process import UnfitError

_MEGABYTE = 1024 * 1024
_LITTLE, _LEAST = 1024, 200  # megabytes free


def disk(folder: Path) -> Finding:
    """How much is free under a data folder."""
    free = _free(folder)
    says = f"{free} MB free under {folder}"
    if free < _LITTLE:
        do = "Free space: without any PostgreSQL and Kafka stop, and nothing is acknowledged."
        return Finding("disk", "fail" if free < _LEAST else "warn", says, do)
    return Finding("disk", "ok", says)


def room(folder: Path) -> None:
    """Make sure that servers can be started on a folder.

    Raises:
        UnfitError: too little is free; nothing was started.
    """
    free = _free(folder)
    if free < _LEAST:
        raise UnfitError(
            f"{free} MB are free under {folder}, and PostgreSQL, Kafka and Temporal need {_LEAST} to start: free space "
            "or name another folder with --data; nothing was started."
        )


def shortage(folder: Path) -> str:
    """A sentence to follow what went wrong, where a full disk may be why; "" while there is room."""
    free = _free(folder)
    return f" {free} MB are free under {folder}: without room PostgreSQL and Kafka stop." if free < _LEAST else ""


def _free(folder: Path) -> int:
    """Megabytes free where the folder is, or would be made."""
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    return shutil.disk_usage(there).free // _MEGABYTE
