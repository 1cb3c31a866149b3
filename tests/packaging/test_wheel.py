"""The product as people install it: a wheel that carries all it needs and runs from any folder."""

import os
import site
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.packaging.packages import PACKAGES, ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built without a network, from what is checked out."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*build, "--wheel-dir", str(folder), str(ROOT)], check=True, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel in it; what it depends on is lent by this one. Its `bin`."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, str(wheel)], check=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    lent = next(each for each in site.getsitepackages() if each.startswith(sys.prefix))
    # After its own packages, and as a plain path: this environment's editable install of ours stays out of it.
    (packages / "lent.pth").write_text(f"import sys; sys.path.append({lent!r})\n")
    return folder / "bin"


def test_the_wheel_carries_profiles_migrations_municipalities_and_the_lock_of_kafka(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {*PACKAGES, "discharge_handoff-0.1.0.dist-info"}
    assert set(names) >= {
        "handoff/profiles/gwangmyeong.toml",
        "handoff/profiles/demo.toml",
        "handoff/rules/municipalities.toml",
        "workers/embedded/kafka.lock.toml",
        "handoff/store/migrations/env.py",
    }
    assert [name for name in names if name.startswith("handoff/store/migrations/versions/people_and_cases")]
    assert not [name for name in names if name.endswith((".pyc", ".log", ".key")) or "/tests/" in name]


def test_the_installed_command_runs_from_another_folder(installed: Path, tmp_path: Path) -> None:
    said = _run(installed / "handoff", "--help", folder=tmp_path)
    for command in ("up", "demo", "publish", "tasks", "show", "consent"):
        assert command in said


def test_what_is_installed_is_the_wheel_and_finds_what_it_carries(installed: Path, tmp_path: Path) -> None:
    where = "import handoff.profile, workers.embedded; print(handoff.profile.__file__, workers.embedded.__file__)"
    assert str(ROOT) not in _run(installed / "python", "-c", where, folder=tmp_path)
    checked = _run(installed / "handoff", "profiles", "check", "gwangmyeong", folder=tmp_path)
    assert "41 providers" in checked
    first = "from handoff.store.migrations.versions import people_and_cases_0001 as first; print(first.revision)"
    assert _run(installed / "python", "-c", first, folder=tmp_path).strip()


def test_no_dependency_ships_a_package_of_our_names() -> None:
    owners = packages_distributions()
    assert {owner for name in PACKAGES for owner in owners.get(name, ())} <= {"discharge-handoff"}


def _run(program: Path, *words: str, folder: Path) -> str:
    env = {**os.environ, "COLUMNS": "200"} | {"PYTHONPATH": ""}
    ran = subprocess.run([str(program), *words], cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
