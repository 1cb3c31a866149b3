"""The id of this build. Histories are replayed with the build that wrote them."""

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

_DECIDES = ("workflows", "handoff")  # packages whose code workflows run


@cache
def this_build() -> str:
    """Version and digest of the code that workflows run, e.g. `0.1.0-3f9a0c4d21be`; equal code gives an equal id."""
    digest = sha256()
    for package in _DECIDES:
        root = Path(str(files(package)))
        for file in sorted(root.rglob("*.py")):
            if "store" not in file.relative_to(root).parts:
                digest.update(str(file.relative_to(root)).encode())
                digest.update(file.read_bytes())
    return f"{version('discharge-handoff')}-{digest.hexdigest()[:12]}"
