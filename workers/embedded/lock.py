"""Who works on a data folder: a held lock, so that it ends with its holder, however that ends."""

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
    """Somebody else holds the data folder; the text says who."""


@contextmanager
def held(data: Path) -> Iterator[None]:
    """Hold the data folder.

    Raises:
        InUseError: somebody else does.
    """
    # Never removed: whoever waits for a removed file would wait for nobody.
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
