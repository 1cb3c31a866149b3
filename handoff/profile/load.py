"""Loads a municipality's profile from TOML and reports all its mistakes at once."""

from pathlib import Path

from pydantic import ValidationError

from handoff.profile import checks, files
from handoff.profile.files import Mistake, ProfileError
from handoff.profile.model import Profile


def load(name_or_path: str | Path) -> Profile:
    """Read a bundled profile by name, or a TOML file.

    Raises:
        ProfileError: lists every mistake with its file, dotted key and reason.
    """
    layers = files.layers(name_or_path)
    whole = files.merged(layers)
    try:
        profile = Profile.model_validate(whole)
    except ValidationError as error:
        mistakes = [
            (files.dotted(whole, entry["loc"]), entry["msg"].removeprefix("Value error, ")) for entry in error.errors()
        ]
    else:
        mistakes = [(key.split("."), reason) for key, reason in checks.contradictions(profile)]
        if not mistakes:
            return profile
    raise ProfileError([Mistake(files.origin(layers, keys), ".".join(keys), reason) for keys, reason in mistakes])
