"""What became of a join, and the list of what was disclosed, in words."""

from collections.abc import Sequence

from rich.text import Text

from console.cli.order import Answer
from console.cli.output import table
from console.connections import Connections
from console.disclosed import Disclosure
from console.moments import local, stamp
from handoff.store.joins import CaseJoin


def joined(connections: Connections, join: CaseJoin) -> Answer:
    """What was joined, and what to look at next."""
    case, into = join.case_id, join.into_case_id
    parts = [f"{case} is joined into {into}. If it was open it ends now, and {into} takes over its open lines."]
    if join.filled:
        parts.append(f"The person of {into} got what it lacked: {', '.join(join.filled)}.")
    if join.differs:
        parts.append(
            f"The two differ in: {', '.join(join.differs)}. Those of {into} stand, and a task asks about them."
        )
    parts.append(f"    {connections.to_type(f'handoff show {into}')}")
    return Answer(_content(join), ["\n".join(parts)])


def unjoined(connections: Connections, join: CaseJoin) -> Answer:
    """What the undoing has changed, and where it says what to do by hand."""
    says = (
        f"{join.case_id} and {join.into_case_id} are two people again: words about either find their own. Nothing else "
        f"has moved. A task of {join.into_case_id} lists what to do.\n"
        f"    {connections.to_type(f'handoff tasks --case {join.into_case_id}')}"
    )
    return Answer(_content(join), [says])


def listed(rows: Sequence[Disclosure]) -> Answer:
    """Each recipient with what it got, and whether that was retracted."""
    content = [
        {
            "recipient": row.recipient,
            "how": row.how,
            "fields": list(row.fields),
            "at": stamp(row.at) if row.at else None,
            "letter": row.letter or None,
            "why": row.why or None,
            "retracted_at": stamp(row.retracted_at) if row.retracted_at else None,
            "confirmed_at": stamp(row.confirmed_at) if row.confirmed_at else None,
            "confirmed_by": row.confirmed_by or None,
        }
        for row in rows
    ]
    heads = ("Who", "How", "What", "When", "Retracted", "Deletion confirmed")
    cells = [
        (
            row.recipient,
            row.how,
            ", ".join(row.fields) or row.why,
            local(row.at) if row.at else "not sent",
            local(row.retracted_at),
            " ".join(filter(None, (local(row.confirmed_at), row.confirmed_by))),
        )
        for row in rows
    ]
    return Answer(content, [table(heads, cells)] if cells else [Text("Nothing was disclosed.")])


def _content(join: CaseJoin) -> dict[str, object]:
    return {
        "case": join.case_id,
        "into": join.into_case_id,
        "who": join.who,
        "joined_at": stamp(join.joined_at),
        "filled": list(join.filled),
        "differs": list(join.differs),
        "undone_at": stamp(join.undone_at) if join.undone_at else None,
    }
