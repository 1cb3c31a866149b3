"""An error that nobody foresaw: its frames are kept, its words are not, as they may quote what was typed or sent."""

import time
import traceback
from pathlib import Path


def write_down(error: Exception, folder: Path) -> str:
    """Write down where an unforeseen error happened; the sentence says in which file.

    A container has no folder that can be written: there the frames follow at once.
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
