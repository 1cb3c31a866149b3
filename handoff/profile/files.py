"""Profiles as files: TOML that may extend another one, and the mistakes that stand in it."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BUNDLED = Path(__file__).parents[1] / "profiles"


@dataclass(frozen=True)
class Mistake:
    """One thing wrong in a profile: the file, the dotted key and the reason."""

    file: str
    key: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.reason}" if self.key else f"{self.file}: {self.reason}"


class ProfileError(Exception):
    """A profile that must not be used; `mistakes` lists everything found."""

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
    """The file and those that it extends, the file itself first.

    Raises:
        ProfileError: when one cannot be found or read, or they extend each other in a circle.
    """
    found = [_read(_locate(str(name_or_path), Path.cwd()))]
    while (parent := found[-1].content.pop("extends", None)) is not None:
        file = _locate(str(parent), found[-1].file.parent)
        if any(file == layer.file for layer in found):
            raise ProfileError([Mistake(str(found[-1].file), "extends", f"a circle: {parent} extends this file")])
        found.append(_read(file))
    return found


def merged(found: Sequence[Layer]) -> dict[str, Any]:
    """All layers as one: tables are merged, lists of tables by `code`, everything else is replaced."""
    whole: dict[str, Any] = {}
    for layer in reversed(found):
        whole = _merge(whole, layer.content)
    return whole


def origin(found: Sequence[Layer], keys: Sequence[str]) -> str:
    """The file where a key stands, or would have to stand: the first layer that has the most of its path."""
    depths = [_depth(layer.content, keys) for layer in found]
    return str(found[depths.index(max(depths))].file)


def dotted(whole: object, location: Sequence[int | str]) -> list[str]:
    """A place in a merged profile in words that stand in the file: providers, gm-meals-01, capacity."""
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
    """A path, or a bare name: a bundled profile, else a file beside."""
    places = [beside / name] if name.endswith(".toml") else [BUNDLED / f"{name}.toml", beside / f"{name}.toml"]
    file = next((place for place in places if place.is_file()), None)
    if file is None:
        known = ", ".join(names())
        raise ProfileError([Mistake(name, "", f"no such profile; known are {known}, or name a .toml file")])
    return file.resolve()


def _read(file: Path) -> Layer:
    try:
        return Layer(file, tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ProfileError([Mistake(str(file), "", f"not readable as TOML: {error}")]) from error


def _merge(under: Any, over: Any) -> Any:
    if isinstance(under, dict) and isinstance(over, dict):
        return {**under, **{key: _merge(under.get(key), value) for key, value in over.items()}}
    # An empty list is not "nothing to change" but "none of them".
    if over and _coded(under) and _coded(over):
        return _merge_coded(under, over)
    return over


def _merge_coded(under: list[dict[str, Any]], over: list[dict[str, Any]]) -> list[dict[str, Any]]:
    known = {each["code"] for each in under}
    changes = {each["code"]: each for each in over if each["code"] in known}
    kept = [_merge(each, changes.get(each["code"], {})) for each in under]
    whole = kept + [each for each in over if each["code"] not in known]
    return [each for each in whole if not each.pop("dropped", False)]


def _coded(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) and "code" in each for each in value)


def _depth(content: Any, keys: Sequence[str]) -> int:
    depth = 0
    for key in keys:
        if isinstance(content, list):
            content = {str(each.get("code", at)): each for at, each in enumerate(content) if isinstance(each, dict)}
        if not isinstance(content, Mapping) or key not in content:
            break
        content, depth = content[key], depth + 1
    return depth
