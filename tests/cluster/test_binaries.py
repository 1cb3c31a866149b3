"""What is missing for `make cluster` is named, with the command that installs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster import binaries

ROOT = Path(__file__).parents[2]


def test_a_machine_without_go_or_postgresql_is_told_what_to_install_with_exit_code_2(tmp_path: Path) -> None:
    bare = {**os.environ, "PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}

    told = subprocess.run(
        [sys.executable, "-m", "tests.cluster"], env=bare, cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert told.returncode == 2
    assert "Install it: sudo apt-get install" in told.stderr


def test_a_machine_without_postgresql_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(binaries.MissingError, match=r"apt-get install postgresql$"):
        binaries.postgres(roots=tmp_path)


def test_a_postgresql_without_btree_gin_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    _postgresql(tmp_path / "14")
    with pytest.raises(binaries.MissingError, match="btree_gin"):
        binaries.postgres(roots=tmp_path)

    _postgresql(tmp_path / "9", extension=True)
    assert binaries.postgres(roots=tmp_path) == tmp_path / "9" / "bin"


def test_what_was_built_once_is_not_built_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "server").touch()
    (tmp_path / "sql").touch()
    said: list[str] = []

    assert binaries.temporal(said.append, tmp_path).server == tmp_path / "server"
    assert said == []


def _postgresql(home: Path, *, extension: bool = False) -> None:
    """A PostgreSQL as far as it is looked at."""
    for name, script in (("postgres", ""), ("pg_config", f"echo {home}/share")):
        program = home / "bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    if extension:
        (home / "share" / "extension").mkdir(parents=True)
        (home / "share" / "extension" / "btree_gin.control").touch()
