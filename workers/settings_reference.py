"""docs/settings.md, made from the settings themselves: `python -m workers.settings_reference > docs/settings.md`."""

import sys
from typing import Any, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from workers.settings import FILE, FILE_VARIABLE, PREFIX, SECRETS_VARIABLE, Settings

_HEAD = f"""\
# Settings

Made from `workers/settings.py` by `python -m workers.settings_reference`; a test keeps it in step.

Every process (worker, intake, relay) and every command reads the same settings. The first that says something counts:

1. the command line (`--data`);
2. the environment, `{PREFIX}*`;
3. a file of its own in the folder that `{SECRETS_VARIABLE}` names, such as `handoff_postgres_url`: for secrets;
4. a line of the TOML file that `{FILE_VARIABLE}` names, else of `{FILE}` in the data folder, under the name in small
   letters without `{PREFIX}`: `health_port = 8080`;
5. what `handoff up` keeps in the data folder (addresses and secrets of its own servers).

A setting that is wrong is refused with its name and the reason: exit code 2, and nothing is started. A secret's value
is never shown. A name that the file has and nobody knows is refused; a variable `{PREFIX}*` that nobody knows is a
warning of `handoff doctor`.

| variable | meaning | values | default |
| --- | --- | --- | --- |
"""
_WORDS = {int: "number", str: "text", SecretStr: "secret"}


def reference() -> str:
    """The whole page."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | {field.description} | {_values(field)} | {_default(field)} |"
        for name, field in Settings.model_fields.items()
    ]
    return _HEAD + "\n".join(rows) + "\n"


def _values(field: FieldInfo) -> str:
    kind = field.annotation
    if get_args(kind) and all(isinstance(each, str) for each in get_args(kind)):
        return ", ".join(f"`{each}`" for each in get_args(kind))
    bounds = {name: getattr(each, name) for each in field.metadata for name in ("ge", "le") if hasattr(each, name)}
    if bounds:
        return f"{bounds['ge']} to {bounds['le']}"
    return _WORDS.get(_bare(kind), "path")


def _bare(kind: Any) -> Any:
    return next(each for each in get_args(kind) if each is not type(None)) if get_origin(kind) else kind


def _default(field: FieldInfo) -> str:
    return f"`{field.default}`" if field.default not in ("", None) else ""


if __name__ == "__main__":
    sys.stdout.write(reference())
