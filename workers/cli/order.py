"""What a command line asks for, what it is answered, and how it can go wrong: light, so that `--help` is quick."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workers.compose import Desk


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3  # or not found
    NOT_DONE = 4  # try again
    INTERRUPTED = 130  # by Ctrl+C, as shells have it: 128 and the signal's number


class CommandError(Exception):
    """A command that did nothing, and says in a sentence or two what to do next."""

    code = Exit.FAILED


class UsageError(CommandError):
    """The command line asks for something that cannot be."""

    code = Exit.USAGE


class NotFoundError(CommandError):
    """Not found, or refused."""

    code = Exit.REFUSED


class TryAgainError(CommandError):
    """Not done; nothing is wrong but a part that is away."""

    code = Exit.NOT_DONE


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
        does: does it at a desk.
        folder: the data folder that it names; None: it names none, so a desk that is open already stays as it is.
        as_json: print the answer's content.
    """

    does: Callable[["Desk"], Awaitable[Answer]]
    folder: Path | None = None
    as_json: bool = False


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
