"""Institutions registered on a data folder: its `institutions.toml` extends the chosen profile."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog
import tomlkit

from console.registration import AlreadyRegisteredError, Entry
from handoff.profile.files import ProfileError
from handoff.profile.load import load
from handoff.profile.model import Profile
from handoff.store.engine import error_name
from workers.data_folder import files

_LOG = structlog.get_logger("profile")
FILE = "institutions.toml"
CHOICE = "profile.json"
DEFAULT_PROFILE = "gwangmyeong"
RESERVED = ("engine", "broker", "admin")  # users of the broker itself
_EXTENDS = re.compile(r"^extends\s*=.*$", re.MULTILINE)
_HEAD = """\
# What `handoff institutions` registered and changed on this data folder, over the profile chosen.
# Running processes use a change at once. A file with a mistake is ignored, and the one before stays in force.

extends = {extends}
"""


def chosen(folder: Path) -> str:
    """The profile chosen for the folder: name of a bundled one, or a path."""
    return str(files.read_json(folder / CHOICE).get("profile") or DEFAULT_PROFILE)


def current(folder: Path) -> str:
    """The profile in force: the folder's `institutions.toml` if it exists, else the chosen profile."""
    register = folder / FILE
    return str(register) if register.is_file() else chosen(folder)


def choose(folder: Path, name: str) -> Profile:
    """Choose a profile for the folder, by name or path of a TOML file; registered institutions stay.

    Raises:
        ProfileError: the profile, or it with these institutions, has mistakes; the old choice stays.
    """
    lasting = str(Path(name).resolve()) if name.endswith(".toml") else name
    profile, text = load(lasting), text_of(folder)
    if text is not None:
        profile = _kept(folder / FILE, _EXTENDS.sub(lambda _: f"extends = {_quoted(lasting)}", text, count=1))
    files.write_json(folder / CHOICE, {"profile": lasting})
    return profile


def add(folder: Path, entry: Entry) -> Profile:
    """Register an institution; returns the profile with it.

    Raises:
        AlreadyRegisteredError: its code is taken.
        ProfileError: the profile would have a mistake; nothing was changed.
    """
    holder = load(current(folder)).institution(entry.code)
    if holder or entry.code in RESERVED:
        whose = f"{holder.name} ({holder.role})" if holder else "the broker's own user"
        raise AlreadyRegisteredError(f"{entry.code} is registered already: {whose}. Choose another code.")
    text = text_of(folder) or _HEAD.format(extends=_quoted(chosen(folder)))
    fields = "\n".join(f"{name} = {_quoted(value)}" for name, value in vars(entry).items())
    return _kept(folder / FILE, f"{text.rstrip()}\n\n[[institutions]]\n{fields}\n")


def change(folder: Path, code: str, fields: Mapping[str, Any]) -> Profile:
    """Change fields of an institution or provider; they override the profile's.

    Returns:
        The profile with the change.

    Raises:
        ProfileError: the profile would have a mistake, such as no deciding body; nothing was changed.
    """
    body = load(current(folder)).institution(code)
    table = "providers" if body and body.role == "provider" else "institutions"
    written = tomlkit.parse(text_of(folder) or _HEAD.format(extends=_quoted(chosen(folder))))
    entries = written.setdefault(table, tomlkit.aot())
    entry = next((table for table in entries if table["code"] == code), None)
    if entry is None:
        entry = tomlkit.table().add("code", code)
        entries.append(entry)
    entry.update(fields)
    return _kept(folder / FILE, tomlkit.dumps(written))


def take_back(folder: Path, before: str | None) -> None:
    """Restore the text of `institutions.toml`; None: delete the file."""
    if before is None:
        (folder / FILE).unlink(missing_ok=True)
    else:
        files.write(folder / FILE, before)


def text_of(folder: Path) -> str | None:
    """The text of `institutions.toml`; None: the folder has none."""
    register = folder / FILE
    return register.read_text(encoding="utf-8") if register.is_file() else None


def own_codes(folder: Path) -> set[str]:
    """Codes of institutions registered on this folder that the chosen profile lacks."""
    if not (folder / FILE).is_file():
        return set()
    of_profile = {institution.code for institution in load(chosen(folder)).institutions}
    return {institution.code for institution in load(current(folder)).institutions} - of_profile


@dataclass(frozen=True)
class InstitutionsFile:
    """The `institutions.toml` of one data folder, as services use it."""

    folder: Path
    profile: str = ""  # as a setting names it

    def named_by_a_setting(self) -> str:
        """The profile that a setting names; "" if none does, or if that is this very file."""
        return "" if self.profile == str(self.folder / FILE) else self.profile

    def own_codes(self) -> set[str]:
        """Codes of institutions registered on this folder."""
        return own_codes(self.folder)

    def text(self) -> str | None:
        """The text of `institutions.toml`; None: the folder has none."""
        return text_of(self.folder)

    def put_back(self, text: str | None) -> None:
        """Restore the text of the file."""
        take_back(self.folder, text)

    def add(self, entry: Entry) -> Profile:
        """Register an institution; see `add` of this module."""
        return add(self.folder, entry)

    def change(self, code: str, fields: Mapping[str, Any]) -> Profile:
        """Change fields of an institution or provider; see `change` of this module."""
        return change(self.folder, code, fields)


class CurrentProfile:
    """The current profile, read again when its file has changed, so that new institutions count at once.

    A call costs one `stat`. A profile with mistakes is logged, and the one before stays in force.
    """

    def __init__(self, folder: Path, name: str = "") -> None:
        """Args: folder: the data folder. name: name or path of the profile; "": the one of the folder.

        Raises:
            ProfileError: it has mistakes.
        """
        self._folder, self._name = folder, name
        self._stamp = self._changed()
        self._profile = load(self._now())

    def __call__(self) -> Profile:
        """The current profile."""
        stamp = self._changed()
        if stamp != self._stamp:
            self._stamp = stamp
            self._read_again()
        return self._profile

    def _read_again(self) -> None:
        try:
            self._profile = load(self._now())
        except ProfileError as mistake:
            _LOG.error("profile_refused", mistake=str(mistake))
        except Exception as trouble:  # noqa: BLE001 - go on with the profile before
            _LOG.error("profile_refused", mistake=error_name(trouble))
        else:
            _LOG.info("profile_read_again", institutions=len(self._profile.institutions))

    def _now(self) -> str:
        return self._name or current(self._folder)

    def _changed(self) -> tuple[int, int]:
        """Time of the last change of the file, and its size; zeros if there is none."""
        file = Path(self._name) if self._name.endswith(".toml") else self._folder / FILE
        try:
            stat = file.stat()
        except OSError:
            return 0, 0
        return stat.st_mtime_ns, stat.st_size


def _kept(register: Path, text: str) -> Profile:
    """Write the text to the file if it makes a profile without mistakes, and return that."""
    draft = register.with_name(f".{register.stem}.draft.toml")
    files.write(draft, text)
    try:
        profile = load(draft)
        draft.replace(register)
    except ProfileError as error:
        named = [replace(one, file=one.file.replace(str(draft), str(register))) for one in error.mistakes]
        raise ProfileError(named) from None
    finally:
        draft.unlink(missing_ok=True)
    return profile


def _quoted(value: str) -> str:
    """A TOML string. JSON's escapes are valid in TOML."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
