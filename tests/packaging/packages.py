"""The product's own packages, as pyproject.toml lists them for the wheel."""

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES: tuple[str, ...] = tuple(PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
FILES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
