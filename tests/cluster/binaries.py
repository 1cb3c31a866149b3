"""What the cluster needs and pip does not bring: Go, from which Temporal's real server is built, and PostgreSQL."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

VERSION = "1.32.0"  # of the dev server in the wheel, too: the journeys run on the same code
_GO = "Go (1.25 or newer) is missing. Install it: sudo apt-get install golang-go, or unpack go from go.dev/dl."
_POSTGRES = "PostgreSQL with its contrib modules is missing. Install it: sudo apt-get install postgresql"
_CONTRIB = "{} has no btree_gin, which Temporal's visibility needs. Install it: sudo apt-get install postgresql-contrib"


class MissingError(Exception):
    """Something is missing on the machine; the text names the command that installs it."""


@dataclass(frozen=True)
class Temporal:
    """Temporal's own programs.

    Attributes:
        server: the server, all four of its services.
        sql: the tool that makes and upgrades its schemas.
    """

    server: Path
    sql: Path

    @property
    def built(self) -> bool:
        """Whether both are there."""
        return self.server.exists() and self.sql.exists()


def kept_in() -> Path:
    """Where the programs are kept for every clone of this user's."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "discharge-handoff" / "temporal" / VERSION


def temporal(say: Callable[[str], None], folder: Path | None = None) -> Temporal:
    """Temporal's programs, built from the Go module proxy if they are not there: once, for some minutes.

    Args:
        say: told what takes long.
        folder: where they are kept.

    Raises:
        MissingError: there is no Go.
        CalledProcessError: the build failed, and said why.
    """
    folder = folder or kept_in()
    folder.mkdir(parents=True, exist_ok=True)
    programs = Temporal(folder / "server", folder / "sql")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another clone may be building the same
        if not programs.built:
            _build(folder, say)
    return programs


def _build(folder: Path, say: Callable[[str], None]) -> None:
    go = shutil.which("go")
    if go is None:
        raise MissingError(_GO)
    for package in ("cmd/server", "cmd/tools/sql"):
        say(f"building go.temporal.io/server/{package} {VERSION}, once; some minutes")
        wanted = f"go.temporal.io/server/{package}@v{VERSION}"
        subprocess.run([go, "install", wanted], env={**os.environ, "GOBIN": str(folder)}, check=True)


def postgres(roots: Path = Path("/usr/lib/postgresql")) -> Path:
    """The folder of a PostgreSQL's programs that has btree_gin: the newest that Debian's packages hold, else PATH's.

    Raises:
        MissingError: there is none, or it lacks btree_gin.
    """
    debians = sorted(roots.glob("*/bin"), key=lambda found: found.parent.name.zfill(4), reverse=True)
    on_path = [Path(found).resolve().parent] if (found := shutil.which("postgres")) else []
    servers = [folder for folder in (*debians, *on_path) if (folder / "postgres").exists()]
    if not servers:
        raise MissingError(_POSTGRES)
    for folder in servers:
        if _has_btree_gin(folder):
            return folder
    raise MissingError(_CONTRIB.format(servers[0]))


def _has_btree_gin(folder: Path) -> bool:
    asked = [str(folder / "pg_config"), "--sharedir"]
    try:
        share = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return False
    return Path(share, "extension", "btree_gin.control").exists()
