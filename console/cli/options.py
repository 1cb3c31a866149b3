"""The options that commands share, and how their values are read."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from handoff.timezone import KST


def moment(words: str) -> datetime:
    """Read a moment: ISO 8601 with its hour, or `now`. Without an offset it is Korea's time.

    Raises:
        BadParameter: it is not one, or names a day only.
    """
    if words == "now":
        return datetime.now(KST)
    try:
        read = datetime.fromisoformat(words)
    except ValueError:
        raise typer.BadParameter(f"{words!r} is not a moment. Write 2026-12-01T10:30 (Korea's time), or now.") from None
    if len(words) <= len("2026-12-01"):
        raise typer.BadParameter(f"{words!r} names no hour. Write it like {words}T10:30.")
    return read if read.tzinfo else read.replace(tzinfo=KST)


def day(words: str) -> date:
    """Read a day such as 2026-12-01.

    Raises:
        BadParameter: it is not one.
    """
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise typer.BadParameter(f"{words!r} is not a day. Write it like 2026-12-01.") from None


@dataclass(frozen=True)
class At:
    """A moment as it was typed. `counted`: it was typed as `now`, which is a later moment when it is typed again."""

    moment: datetime
    counted: bool


def at_moment(words: str) -> At:
    """Read a moment, and keep whether it was `now`.

    Raises:
        BadParameter: it is not one.
    """
    return At(moment(words), counted=words == "now")


def code(words: str) -> str:
    """Read a code: small letters, digits, `.` and `-`. A name with capitals, Hangul or blanks is refused.

    Raises:
        BadParameter: it is not one.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*", words):
        raise typer.BadParameter("Write a code: small letters, digits, '.' and '-', never a name.")
    return words


def registered_code(words: str) -> str:
    """Read an institution's code, by the register's own rule.

    Raises:
        BadParameter: it is not one.
    """
    from handoff.profile.register import code as by_rule

    return _by(by_rule, words)


def registered_name(words: str) -> str:
    """Read an institution's name, by the register's own rule.

    Raises:
        BadParameter: it is not one.
    """
    from handoff.profile.register import name as by_rule

    return _by(by_rule, words)


def _by(rule: Callable[[str], str], words: str) -> str:
    try:
        return rule(words)
    except ValueError as no:
        raise typer.BadParameter(f"{words!r}: {no}.") from None


def message(words: str) -> Path:
    """Read the path of a message file, of any ending.

    Raises:
        BadParameter: there is no such file.
    """
    file = Path(words)
    if not file.is_file():
        raise typer.BadParameter(f"There is no file {words}.")
    return file


LARGEST = 2**63 - 1  # number of a row in PostgreSQL

Folder = Annotated[
    Path | None,
    typer.Option(
        "--data",
        envvar="HANDOFF_DATA",
        metavar="DIR",
        file_okay=False,
        help="The data folder.",
        show_default="./.handoff",
    ),
]
External = Annotated[
    str | None,
    typer.Option(
        metavar="PROCESS,…",
        help="You start these processes (worker, intake, relay) elsewhere. The command prints their settings and "
        "waits for them.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Who = Annotated[
    str,
    typer.Option(
        "--as", metavar="WHO", parser=code, help="Who acts: your code, such as kim or coordinator; no full name."
    ),
]
Moment = Annotated[
    At | None, typer.Option("--at", metavar="TIME", parser=at_moment, help="When: 2026-12-01T10:30, or now.")
]
Why = Annotated[
    str | None,
    typer.Option(
        "--why",
        metavar="CODE",
        parser=code,
        help="The reason, if it is told more than a week late or corrects what is recorded: typing-error, told-late.",
    ),
]
Case = Annotated[str, typer.Argument(metavar="CASE", help="The case's id, as `handoff cases` lists it.")]
