"""Small files of the data folder, written so that a reader never sees half of one."""

import json
import os
from pathlib import Path
from typing import Any


def write(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace the file in one step.

    Args:
        path: the file; its folder exists.
        text: its new content.
        mode: its permissions, set before the first byte is written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
            file.write(text)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)  # a half-written one, on a full disk


def write_json(path: Path, content: object, mode: int = 0o644) -> None:
    """Replace a JSON file in one step."""
    write(path, json.dumps(content, indent=1) + "\n", mode)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file; empty if the file is missing or has something else."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
