"""What the old build left: see README.md. `make` and `situations` are that build's, and are not imported here."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BACKUP, SECRETS = (Path(__file__).with_name(name) for name in ("backup.tgz", "secrets.json"))
_ARCHIVE = zipfile.ZipFile(io.BytesIO(Path(__file__).with_name("as-it-was.zip").read_bytes()))


def said(file: str) -> Any:
    """What the old build said, of the tasks or of one case; or a history, as Temporal has it."""
    return json.loads(_ARCHIVE.read(f"{file}.json"))


CASES: Mapping[str, str] = said("cases")
RUNNING = [name for name in CASES if f"histories/{name}.json" in _ARCHIVE.namelist()]
ENDED = [name for name in CASES if name not in RUNNING]
