"""The scripts that compose runs."""

import shutil
import subprocess
from pathlib import Path

import pytest

DOCKER = Path(__file__).parents[2] / "docker"


@pytest.mark.parametrize("script", sorted(DOCKER.glob("**/*.sh")), ids=lambda path: path.name)
def test_every_script_can_be_read_by_a_plain_shell(script: Path) -> None:
    subprocess.run(["sh", "-n", str(script)], check=True)
    assert script.stat().st_mode & 0o111


def test_secrets_are_made_once_and_the_folder_is_closed(tmp_path: Path) -> None:
    shutil.copy(DOCKER / "secrets.sh", tmp_path)
    made = _made(tmp_path)

    assert len(made["handoff_master_key"]) == 45  # 32 bytes as base64, and the line's end
    assert made["handoff_postgres_password"].decode() in made["handoff_postgres_url"].decode()
    assert len(set(made.values())) == len(made) == 8
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    assert _made(tmp_path) == made


def _made(folder: Path) -> dict[str, bytes]:
    subprocess.run(["sh", str(folder / "secrets.sh")], check=True, capture_output=True)
    return {each.name: each.read_bytes() for each in (folder / "secrets").iterdir()}
