"""What a command line asks for, and what it is answered: light, so that `--help` is quick."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import wraps
from pathlib import Path
from typing import Any

from console.cli.options import AsJson, Folder
from console.errors import ConsoleError, NotFoundError, TryAgainError, UsageError


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3  # or not found
    NOT_DONE = 4  # try again
    INTERRUPTED = 130  # by Ctrl+C, as shells have it: 128 and the signal's number


_CODES: tuple[tuple[type[ConsoleError], Exit], ...] = (
    (UsageError, Exit.USAGE),
    (NotFoundError, Exit.REFUSED),
    (TryAgainError, Exit.NOT_DONE),
    (ConsoleError, Exit.FAILED),
)


def code_of(error: ConsoleError) -> Exit:
    """The exit code of an error."""
    return next(code for kind, code in _CODES if isinstance(error, kind))


@dataclass(frozen=True)
class Answer:
    """What a command answers.

    Attributes:
        content: as `--json` prints it.
        shown: as people see it: text, or what Rich can render, each on its own.
        code: the exit code.
    """

    content: Any = None
    shown: list[Any] = field(default_factory=list)
    code: Exit = Exit.DONE


@dataclass(frozen=True)
class Order:
    """One parsed command line, not done yet.

    Attributes:
        does: does it with connections, of the kind that the command was written for.
        folder: the data folder that it names; None: it names none.
        as_json: print the answer's content.
    """

    does: Callable[[Any], Awaitable[Answer]]
    folder: Path | None = None
    as_json: bool = False


def ordered(*, json: bool = False) -> Callable[[Callable[..., Awaitable[Answer]]], Callable[..., Order]]:
    """Make a command of a function that takes connections and the command's options.

    The command has the options of the function, `--data`, and `--json` where `json` says so. Typer calls it when a line
    was read; the function itself runs when the connections are there.
    """

    def command(work: Callable[..., Awaitable[Answer]]) -> Callable[..., Order]:
        options = list(inspect.signature(work).parameters.values())[1:]
        added = {"as_json": AsJson, "folder": Folder} if json else {"folder": Folder}
        defaults = {"as_json": False, "folder": None}

        @wraps(work)
        def read(*, folder: Path | None, **said: object) -> Order:
            as_json = bool(json and said.pop("as_json"))
            return Order(lambda connections: work(connections, **said), folder, as_json)

        own = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=defaults[name], annotation=kind)
            for name, kind in added.items()
        ]
        read.__signature__ = inspect.Signature([*options, *own])  # type: ignore[attr-defined]
        read.__annotations__ = {each.name: each.annotation for each in [*options, *own]}
        return read

    return command


def choice(**flags: object) -> str:
    """The one of several options that was given, by name; underscores are written as in the command.

    Raises:
        UsageError: none, or more than one.
    """
    given = [name.replace("_", "-") for name, value in flags.items() if value not in (None, False)]
    if len(given) != 1:
        listed = ", ".join("--" + name.replace("_", "-") for name in flags)
        raise UsageError(f"Give exactly one of {listed}.")
    return given[0]
