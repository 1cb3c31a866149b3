"""Does what a command line asks for: in a process of its own, or on connections that are open already."""

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

FOLDER = Path(".handoff")  # where nothing else is named
_SWALLOWED = re.compile(r"'--[a-z-]+' is not one of")  # the next option was read as this one's value
LAST_CALLS = 0.2  # seconds: a process that exits at its last Temporal call dies now and then by a signal


@dataclass(frozen=True)
class Ran:
    """What became of a command.

    Attributes:
        code: the exit code.
        content: as `--json` prints it; None if it was not done.
        error: one or two sentences that say what to do next; "" if it was done.
    """

    code: int
    content: Any = None
    error: str = ""


class CommandHost(Protocol):
    """Whoever starts the process: it opens connections, and knows the errors of its own parts."""

    def build(self) -> str:
        """The build of the code at hand."""
        ...

    def connect(self, folder: Path, say: Callable[[str], None], named: Path | None) -> "ClosableConnections":
        """Connections of a data folder, each opened when it is first needed.

        Args:
            folder: the data folder.
            say: tells a person who waits what is waited for.
            named: the folder as it was typed; None: the next command finds it without being told.
        """
        ...

    def explain(self, error: Exception, folder: Path) -> tuple[int, str]:
        """The exit code of an error, and one or two sentences: of an unforeseen one also where it is written down."""
        ...


class ClosableConnections(Connections, Protocol):
    """Connections that are given back at the end."""

    async def close(self) -> None:
        """Give them back."""
        ...


async def run_command(connections: Connections, argv: Sequence[str]) -> Ran:
    """Run one command line on open connections, without a process; `handoff` and `--data` may be in it.

    Args:
        connections: are shared, whatever folder the line names.
        argv: the line's words, as `shlex.split` gives them.
    """
    words = list(argv[1:] if argv and argv[0] == "handoff" else argv)
    try:
        order = parse(words)
        answer = Answer(code=Exit(order)) if isinstance(order, int) else await order.does(connections)
    except Exception as error:  # noqa: BLE001 - whoever works from a list goes on with the next task
        code, says = connections.explain(error)
        return Ran(code, error=says)
    return Ran(answer.code, answer.content)


def run_process(argv: Sequence[str], host: CommandHost) -> None:
    """Run one command line and end this process with its exit code."""
    folder = FOLDER
    show_what_can_be_shown()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it would say we say in one sentence
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
        code = _seen_enough()
    except SystemExit as left:  # so ends Rich, which prints help and tables, when nobody reads on
        code = _seen_enough() if isinstance(left.__context__, BrokenPipeError) else int(left.code or 0)
    except Exception as error:  # noqa: BLE001 - people never see a traceback
        code, says = host.explain(error, folder)
        sys.stderr.write(says + "\n")
    _end(code)


def _legible(argv: Sequence[str]) -> None:
    """Refuse words that are no UTF-8: they would be kept as something that nobody can read.

    Raises:
        UsageError: one is none; the text names the option, never what was typed.
    """
    for place, word in enumerate(argv):
        if word.isprintable() or not any("\ud800" <= letter <= "\udfff" for letter in word):
            continue
        before = argv[place - 1] if place else ""
        name = next((each.partition("=")[0] for each in (word, before) if each.startswith("--")), f"Word {place + 1}")
        raise UsageError(f"{name}: what was typed is no UTF-8. Set the terminal to UTF-8, and type it again.")


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
    """The folder, if it was typed: what the environment names is known to the next command too."""
    known = os.environ.get("HANDOFF_DATA")
    return None if known and folder == Path(known) else folder


def _show(answer: Answer, *, as_json: bool) -> int:
    if as_json:
        sys.stdout.write(in_json(answer.content, indent=1) + "\n")
        return answer.code
    from rich.console import Console
    from rich.text import Text

    # Piped, a line is as long as it is: commands are copied out of it.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 400)
    for each in answer.shown:
        console.print(each, soft_wrap=isinstance(each, str | Text), markup=not isinstance(each, str))
    return answer.code


def _seen_enough() -> int:
    """Whoever reads has seen enough, as in `handoff tasks | head`."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Exit.DONE


def _usage(error: TyperException) -> int:
    said = error.format_message().rstrip().replace("Value error, ", "")
    if not said:  # nothing was asked for: the help was shown
        return error.exit_code
    said = _SWALLOWED.sub("it needs one of", said)
    stop = "" if said.endswith((".", "?", "!")) else "."
    at_hand = getattr(error, "ctx", None)
    sys.stderr.write(f"{said}{stop} See `{at_hand.command_path if at_hand else 'handoff'} --help`.\n")
    return error.exit_code


def _end(code: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    if "temporalio.bridge" in sys.modules:
        time.sleep(LAST_CALLS)
    os._exit(code)
