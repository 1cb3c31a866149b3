"""A case's timeline beside what Temporal recorded, as one table."""

from collections.abc import Sequence

from console.cli.order import Answer
from console.cli.output import table, to_the_second
from console.history import Happening
from console.moments import stamp


def side_by_side(history: tuple[Sequence[Happening], Sequence[str]]) -> Answer:
    """All events in order, then what may be missing."""
    happened, notes = history
    content = [
        {
            "from": happening.whose,
            "at": stamp(happening.at),
            "what": happening.coded[0],
            "detail": happening.coded[1],
            **({"verdict": happening.verdict or None, "taken": happening.taken} if happening.whose == "record" else {}),
        }
        for happening in happened
    ]
    rows = [(to_the_second(happening.at), happening.whose, *happening.said) for happening in happened]
    return Answer(content, [table(("Known", "From", "What", "Detail"), rows), *notes])
