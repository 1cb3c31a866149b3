"""Profiles as TOML files, which may extend one another, and the mistakes found in them."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BUNDLED = Path(__file__).parents[1] / "profiles"


@dataclass(frozen=True)
class Mistake:
    """One mistake in a profile: the file, the dotted key and the reason."""

    file: str
    key: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.reason}" if self.key else f"{self.file}: {self.reason}"


class ProfileError(Exception):
    """The profile is invalid; `mistakes` lists everything wrong with it."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = tuple(mistakes)


@dataclass(frozen=True)
class Layer:
    """One file of a profile, as written."""

    file: Path
    content: dict[str, Any]


def names() -> list[str]:
    """The profiles that come with the product."""
    return sorted(file.stem for file in BUNDLED.glob("*.toml"))


def layers(name_or_path: str | Path) -> list[Layer]:
    """A profile's file and the files that it extends, in this order.

    Raises:
        ProfileError: a file cannot be found or read, or the files extend each other in a circle.
    """
    chain = [_read(_locate(str(name_or_path), Path.cwd()))]
    while (parent := chain[-1].content.pop("extends", None)) is not None:
        file = _locate(str(parent), chain[-1].file.parent)
        if any(file == layer.file for layer in chain):
            raise ProfileError([Mistake(str(chain[-1].file), "extends", f"a circle: {parent} extends this file")])
        chain.append(_read(file))
    return chain


def merged(chain: Sequence[Layer]) -> dict[str, Any]:
    """Merge all layers: tables by key, lists of tables by `code`; any other value replaces the one below."""
    whole: dict[str, Any] = {}
    for layer in reversed(chain):
        whole = _merge(whole, layer.content)
    return whole


def origin(chain: Sequence[Layer], keys: Sequence[str]) -> str:
    """The file that sets a key; for a missing key, the first file with the longest part of its path."""
    depths = [_depth(layer.content, keys) for layer in chain]
    return str(chain[depths.index(max(depths))].file)


def dotted(whole: object, location: Sequence[int | str]) -> list[str]:
    """Turn a location in the merged profile into keys as the file has them: providers, gm-meals-01, capacity."""
    keys: list[str] = []
    for part in location:
        if isinstance(whole, dict) and isinstance(part, str):
            keys.append(part)
            whole = whole.get(part)
        elif isinstance(whole, list) and isinstance(part, int):
            whole = whole[part] if part < len(whole) else None
            keys.append(str(whole["code"]) if isinstance(whole, dict) and "code" in whole else str(part))
    return keys


def _locate(name: str, beside: Path) -> Path:
    """Find a profile: a .toml path, or a name of a bundled profile or of a file in the folder `beside`."""
    places = [beside / name] if name.endswith(".toml") else [BUNDLED / f"{name}.toml", beside / f"{name}.toml"]
    file = next((place for place in places if place.is_file()), None)
    if file is None:
        bundled = ", ".join(names())
        raise ProfileError([Mistake(name, "", f"no such profile; known are {bundled}, or name a .toml file")])
    return file.resolve()


def _read(file: Path) -> Layer:
    try:
        return Layer(file, tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ProfileError([Mistake(str(file), "", f"not readable as TOML: {error}")]) from error


def _merge(under: Any, over: Any) -> Any:
    if isinstance(under, dict) and isinstance(over, dict):
        return {**under, **{key: _merge(under.get(key), value) for key, value in over.items()}}
    # An empty list replaces the list below: it means "none", not "no change".
    if over and _coded(under) and _coded(over):
        return _merge_coded(under, over)
    return over


def _merge_coded(under: list[dict[str, Any]], over: list[dict[str, Any]]) -> list[dict[str, Any]]:
    codes = {table["code"] for table in under}
    changes = {table["code"]: table for table in over if table["code"] in codes}
    kept = [_merge(table, changes.get(table["code"], {})) for table in under]
    whole = kept + [table for table in over if table["code"] not in codes]
    return [table for table in whole if not table.pop("dropped", False)]


def _coded(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(table, dict) and "code" in table for table in value)


def _depth(content: Any, keys: Sequence[str]) -> int:
    depth = 0
    for key in keys:
        if isinstance(content, list):
            content = {str(table.get("code", at)): table for at, table in enumerate(content) if isinstance(table, dict)}
        if not isinstance(content, Mapping) or key not in content:
            break
        content, depth = content[key], depth + 1
    return depth
