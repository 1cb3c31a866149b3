"""Logs an unexpected error: its stack frames, but not its text, which may have personal data."""

import time
import traceback
from pathlib import Path


def write_down(error: Exception, folder: Path) -> str:
    """Append the stack frames of an error to the folder's log; returns a sentence that names the file.

    If the file cannot be written, as in a container, the sentence has the frames.
    """
    path = folder / "logs" / "handoff.log"
    frames = "".join(traceback.format_tb(error.__traceback__))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as log:
            log.write(f"{time.strftime('%FT%T%z')} {type(error).__name__}\n{frames}\n")
    except OSError:
        return f"It happened here:\n{frames}"
    return f"What happened is in {path}."
