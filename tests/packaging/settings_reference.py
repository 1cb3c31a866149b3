"""Generates docs/settings.md: `python -m tests.packaging.settings_reference > docs/settings.md`."""

import sys
from typing import Any, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from workers.settings import FILE, FILE_VARIABLE, PREFIX, SECRETS_VARIABLE, Settings

_HEAD = f"""\
# Settings

Generated from `workers/settings.py` by `python -m tests.packaging.settings_reference`; a test compares the two.

Every process (worker, intake, relay) and every command reads the same settings. If several of these sources set a
value, the first one counts:

1. the command line (`--data`);
2. the environment, `{PREFIX}*`;
3. for secrets, files in the folder that `{SECRETS_VARIABLE}` names, one for each setting, such as
   `handoff_postgres_url`;
4. the TOML file that `{FILE_VARIABLE}` names, else `{FILE}` in the data folder, with names in small letters without
   `{PREFIX}`: `health_port = 8080`;
5. the addresses and secrets of its own servers, which `handoff up` keeps in the data folder.

A wrong setting is refused with its name and the reason: exit code 2, and nothing is started. Values of secrets are
never shown. An unknown name in the file is refused; about an unknown variable `{PREFIX}*`, `handoff doctor` warns.

| variable | meaning | values | default |
| --- | --- | --- | --- |
"""
_WORDS = {int: "number", str: "text", SecretStr: "secret"}


def reference() -> str:
    """The whole page, as Markdown."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | {field.description} | {_values(field)} | {_default(field)} |"
        for name, field in Settings.model_fields.items()
    ]
    return _HEAD + "\n".join(rows) + "\n"


def _values(field: FieldInfo) -> str:
    kind = field.annotation
    if get_args(kind) and all(isinstance(word, str) for word in get_args(kind)):
        return ", ".join(f"`{word}`" for word in get_args(kind))
    bounds = {name: getattr(limit, name) for limit in field.metadata for name in ("ge", "le") if hasattr(limit, name)}
    if bounds:
        return f"{bounds['ge']} to {bounds['le']}"
    return _WORDS.get(_bare(kind), "path")


def _bare(kind: Any) -> Any:
    return next(part for part in get_args(kind) if part is not type(None)) if get_origin(kind) else kind


def _default(field: FieldInfo) -> str:
    return f"`{field.default}`" if field.default not in ("", None) else ""


if __name__ == "__main__":
    sys.stdout.write(reference())
