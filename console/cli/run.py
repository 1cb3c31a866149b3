"""Runs a command line: in a process of its own, or on connections that are open already."""

import asyncio
import logging
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from typer.exceptions import TyperException

from console.cli.app import parse
from console.cli.order import Answer, Exit, Order
from console.cli.streams import in_json, show_what_can_be_shown
from console.connections import Connections
from console.errors import UsageError

FOLDER = Path(".handoff")  # the default
_SWALLOWED = re.compile(r"'--[a-z-]+' is not one of")  # the next option was read as the value of this one
LAST_CALLS = 0.2  # seconds: a process that exits right after a Temporal call sometimes dies by a signal


@dataclass(frozen=True)
class Ran:
    """The result of a command.

    Attributes:
        code: the exit code.
        content: what `--json` prints; None if the command failed.
        error: one or two sentences that say what to do next; "" if the command succeeded.
    """

    code: int
    content: Any = None
    error: str = ""


class CommandHost(Protocol):
    """What starts the process. It opens connections, and knows the errors of its own parts."""

    def build(self) -> str:
        """The build of this code."""
        ...

    def connect(self, folder: Path, say: Callable[[str], None], named: Path | None) -> "ClosableConnections":
        """Connections of a data folder, each opened when it is first needed.

        Args:
            folder: the data folder.
            say: tells a waiting person what the command waits for.
            named: the folder as it was typed; None: the next command finds it without the option.
        """
        ...

    def explain(self, error: Exception, folder: Path) -> tuple[int, str]:
        """The exit code and the text of an error. For an unforeseen error the text names the log."""
        ...


class ClosableConnections(Connections, Protocol):
    """Connections that can be closed."""

    async def close(self) -> None:
        """Close them."""
        ...


async def run_command(connections: Connections, argv: Sequence[str]) -> Ran:
    """Run one command line on open connections, in this process. It may contain `handoff` and `--data`.

    Args:
        connections: used even if the line names another folder.
        argv: the line's words, as `shlex.split` gives them.
    """
    words = list(argv[1:] if argv and argv[0] == "handoff" else argv)
    try:
        order = parse(words)
        answer = Answer(code=Exit(order)) if isinstance(order, int) else await order.does(connections)
    except Exception as error:  # noqa: BLE001 - a failed line must not end the list of lines
        code, says = connections.explain(error)
        return Ran(code, error=says)
    return Ran(answer.code, answer.content)


def run_process(argv: Sequence[str], host: CommandHost) -> None:
    """Run one command line and end this process with its exit code."""
    folder = FOLDER
    show_what_can_be_shown()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # the command reports the same in one sentence
    try:
        _legible(argv)
        order = parse(argv, host)
        if isinstance(order, int):
            code = order
        else:
            folder = order.folder or FOLDER
            code = _show(asyncio.run(_done(order, folder, host)), as_json=order.as_json)
        sys.stdout.flush()
    except TyperException as error:
        code = _usage(error)
    except KeyboardInterrupt:
        code = Exit.INTERRUPTED
    except BrokenPipeError:
        code = _pipe_closed()
    except SystemExit as left:  # Rich raises it when the reader has closed the pipe
        code = _pipe_closed() if isinstance(left.__context__, BrokenPipeError) else int(left.code or 0)
    except Exception as error:  # noqa: BLE001 - people never see a traceback
        code, says = host.explain(error, folder)
        sys.stderr.write(says + "\n")
    _end(code)


def _legible(argv: Sequence[str]) -> None:
    """Refuse words that are not UTF-8: they would be stored as unreadable text.

    Raises:
        UsageError: a word is not UTF-8. The text names the option, never the word.
    """
    for place, word in enumerate(argv):
        if word.isprintable() or not any("\ud800" <= letter <= "\udfff" for letter in word):
            continue
        before = argv[place - 1] if place else ""
        name = next((part.partition("=")[0] for part in (word, before) if part.startswith("--")), f"Word {place + 1}")
        raise UsageError(f"{name}: the text is not UTF-8. Set the terminal to UTF-8, then type it again.")


async def _done(order: Order, folder: Path, host: CommandHost) -> Answer:
    connections = host.connect(folder, _say, typed(order.folder))
    try:
        return await order.does(connections)
    finally:
        await connections.close()


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def typed(folder: Path | None) -> Path | None:
    """The folder, if it was typed. None if the environment names it: the next command finds it there too."""
    from_environment = os.environ.get("HANDOFF_DATA")
    return None if from_environment and folder == Path(from_environment) else folder


def _show(answer: Answer, *, as_json: bool) -> int:
    if as_json:
        sys.stdout.write(in_json(answer.content, indent=1) + "\n")
        return answer.code
    from console.cli.output import show, terminal

    show(terminal(width=None if sys.stdout.isatty() else 400), answer.shown)  # in a pipe, tables are wide
    return answer.code


def _pipe_closed() -> int:
    """The reader has closed the pipe, as in `handoff tasks | head`."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Exit.DONE


def _usage(error: TyperException) -> int:
    message = error.format_message().rstrip().replace("Value error, ", "")
    if not message:  # no command was given: the help was shown
        return error.exit_code
    message = _SWALLOWED.sub("it needs one of", message)
    stop = "" if message.endswith((".", "?", "!")) else "."
    at_hand = getattr(error, "ctx", None)
    sys.stderr.write(f"{message}{stop} See `{at_hand.command_path if at_hand else 'handoff'} --help`.\n")
    return error.exit_code


def _end(code: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    if "temporalio.bridge" in sys.modules:
        time.sleep(LAST_CALLS)
    os._exit(code)
