"""What a command line asks for, and its answer. Imports little, so that `--help` is quick."""

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
    PROVED_IN_PART = 5  # the case was rebuilt, and histories of earlier rows are lost
    INTERRUPTED = 130  # by Ctrl+C. As in shells: 128 plus the number of the signal


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
    """The answer of a command.

    Attributes:
        content: what `--json` prints.
        shown: what people see: texts, or objects that Rich can render.
        code: the exit code.
    """

    content: Any = None
    shown: list[Any] = field(default_factory=list)
    code: Exit = Exit.DONE


@dataclass(frozen=True)
class Order:
    """One parsed command line, before it runs.

    Attributes:
        does: runs the command with connections.
        folder: the data folder that the line names; None: it names none.
        as_json: print the content of the answer.
    """

    does: Callable[[Any], Awaitable[Answer]]
    folder: Path | None = None
    as_json: bool = False


def ordered(*, json: bool = False) -> Callable[[Callable[..., Awaitable[Answer]]], Callable[..., Order]]:
    """Make a command from a function that takes connections and the options of the command.

    The command has the options of the function, `--data`, and with `json` also `--json`. Typer calls it when it has
    read a line. The function itself runs once the connections are open.
    """

    def command(work: Callable[..., Awaitable[Answer]]) -> Callable[..., Order]:
        options = list(inspect.signature(work).parameters.values())[1:]
        added = {"as_json": AsJson, "folder": Folder} if json else {"folder": Folder}
        defaults = {"as_json": False, "folder": None}

        @wraps(work)
        def read(*, folder: Path | None, **given: object) -> Order:
            as_json = bool(json and given.pop("as_json"))
            return Order(lambda connections: work(connections, **given), folder, as_json)

        own = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=defaults[name], annotation=kind)
            for name, kind in added.items()
        ]
        read.__signature__ = inspect.Signature([*options, *own])  # type: ignore[attr-defined]
        read.__annotations__ = {option.name: option.annotation for option in [*options, *own]}
        return read

    return command


def choice(**flags: object) -> str:
    """The name of the one option that was given, with dashes as on the command line.

    Raises:
        UsageError: none was given, or more than one.
    """
    given = [name.replace("_", "-") for name, value in flags.items() if value is not None and value is not False]
    if len(given) != 1:
        listed = ", ".join("--" + name.replace("_", "-") for name in flags)
        raise UsageError(f"Give exactly one of {listed}.")
    return given[0]
