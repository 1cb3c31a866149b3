"""Checks before a moment of a visit is sent: it has not passed, and the person is at home then."""

from datetime import date, datetime, timedelta

from console.connections import Connections
from console.errors import NotFoundError
from console.moments import local
from handoff.store.queries import reads
from handoff.store.queries.stored import StoredLine
from handoff.timezone import KST

TOLERANCE = timedelta(minutes=15)


async def check_moment(connections: Connections, subject: str, moment: datetime) -> None:
    """Check that a visit of this line, offer or visit can take place at a moment.

    Raises:
        NotFoundError: the moment has passed, or is before the discharge or before the first day of the line.
    """
    case_id, line_id = subject.partition(".")[0], ".".join(subject.split(".")[:2])
    async with connections.engine.connect() as conn:
        case = await reads.case(conn, case_id)
        lines = await StoredLine.of_cases(conn, [case_id])
    if case is None:
        return  # the action says so itself
    if moment < connections.now() - TOLERANCE * connections.profile.scale:
        raise NotFoundError(f"{local(moment)} has passed. Nothing was done. Name a moment to come.")
    home = case.discharged_at or case.expected_at
    if home and (moment < home if case.discharged_at else _day(moment) < _day(home)):
        word = "was" if case.discharged_at else "is expected to be"
        raise NotFoundError(f"The person {word} discharged on {local(home)}, after {local(moment)}. Nothing was done.")
    start = next((line.starts_on for line in lines if line.line_id == line_id), "")
    if start and _day(moment).isoformat() < start:
        raise NotFoundError(f"The plan starts {line_id} on {start}, after {local(moment)}. Nothing was done.")


def _day(moment: datetime) -> date:
    return moment.astimezone(KST).date()
