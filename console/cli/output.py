"""What people read: sentences, moments in Korea's time, tables."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from console.moments import local
from handoff.timezone import KST


def terminal(width: int | None = None) -> Console:
    """A console that prints text as it is. Names, addresses and errors may have brackets, so none is read as markup."""
    return Console(width=width, highlight=False, markup=False, emoji=False)


def show(console: Console, parts: Iterable[RenderableType]) -> None:
    """Print the parts of an answer. Lines of text are not wrapped, so that commands can be copied."""
    for part in parts:
        console.print(part, soft_wrap=isinstance(part, str | Text))


def to_the_second(moment: datetime) -> str:
    """A moment in Korea's time, with seconds."""
    return f"{moment.astimezone(KST):%Y-%m-%d %H:%M:%S}"


# The heading of a list of what is due; `entry` writes its rows.
DUE_HEADS = Text(f"{'Due':<24}  {'Owner':<12}  Case", style="bold")


def entry(due_at: datetime | str, cells: Sequence[str], beneath: Iterable[str], *, overdue: bool = False) -> Text:
    """A row with lines beneath it. So a command stands on its own line even on a narrow screen.

    `due_at`: a moment, or a word in its place.
    """
    due = due_at if isinstance(due_at, str) else local(due_at)
    due = f"{due} overdue" if overdue else due
    row = Text().append(f"{due:<24}", style="bold red" if overdue else "bold")
    for cell in cells:
        row.append(f"  {cell}")
    return row.append("".join(f"\n    {line}" for line in beneath if line))


# Columns that are not wrapped: the rows are found by them.
WHOLE = ("Due", "Owner", "Case", "No", "Since", "Known", "Occurred", "Who")


def table(heads: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """A plain table; nothing is cut, so that commands can be copied."""
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for head in heads:
        made.add_column(head, overflow="fold", no_wrap=head in WHOLE)
    for row in rows:
        made.add_row(*row)
    return made
