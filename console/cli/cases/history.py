"""A case's timeline beside what Temporal recorded, as one table."""

from collections.abc import Sequence

from console.cli.order import Answer
from console.cli.output import table, to_the_second
from console.history import Happening


def side_by_side(history: tuple[Sequence[Happening], Sequence[str]]) -> Answer:
    """Everything in order, and beneath it what may be missing."""
    happened, notes = history
    content = [
        {"from": each.whose, "at": each.at.isoformat(), "what": each.coded[0], "detail": each.coded[1]}
        for each in happened
    ]
    rows = [(to_the_second(each.at), each.whose, *each.said) for each in happened]
    return Answer(content, [table(("When", "From", "What", "Detail"), rows), *notes])
