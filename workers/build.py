"""Which build of ours this is: what decides whether a history can be replayed by it."""

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

_DECIDES = ("workflows", "handoff")  # the packages whose code a workflow runs


@cache
def this_build() -> str:
    """Version and digest of the code that workflows run, e.g. `0.1.0-3f9a0c4d21be`: the same code, the same name."""
    digest = sha256()
    for package in _DECIDES:
        root = Path(str(files(package)))
        for file in sorted(root.rglob("*.py")):
            if "store" not in file.relative_to(root).parts:
                digest.update(str(file.relative_to(root)).encode())
                digest.update(file.read_bytes())
    return f"{version('discharge-handoff')}-{digest.hexdigest()[:12]}"
