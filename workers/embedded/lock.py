"""The lock of a data folder: a file lock, which ends with the process that holds it."""

import fcntl
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from handoff.timezone import KST
from workers.data_folder import files

FILE = "lock"


class InUseError(Exception):
    """Another process holds the data folder; the text says which."""


@contextmanager
def held(data: Path) -> Iterator[None]:
    """Hold the lock of a data folder within the block.

    Raises:
        InUseError: another process holds it.
    """
    # The file is never deleted: two processes could then lock different files.
    with os.fdopen(os.open(data / FILE, os.O_RDWR | os.O_CREAT, 0o644), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUseError(_who(data)) from None
        file.truncate()
        json.dump({"pid": os.getpid(), "started_at": _now(), "command": " ".join(sys.argv)}, file)
        file.flush()
        yield
        file.truncate(0)


def _who(data: Path) -> str:
    holder = files.read_json(data / FILE)
    if not holder:
        return f"{data} is in use."
    since = datetime.fromisoformat(holder["started_at"]).astimezone(KST)
    return (
        f"{data} is in use by `{holder['command']}` (pid {holder['pid']}, since {since:%Y-%m-%d %H:%M}). "
        f"Stop it (Ctrl+C there, or kill {holder['pid']}), or name another folder with --data."
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
