"""Notices at the door: of persons below the age of eligibility. Somebody asks about the other doors, then decides."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from console.connections import Connections
from console.errors import NotFoundError, UsageError
from events.intake.door import questions_of
from events.intake.prepared import Prepared, reopen
from events.intake.resolve import NotSettledError
from events.intake.settle_door import DoorDecision, Doorkeeper
from events.intake.writes import Taken
from handoff.fact import Discharge, Person
from handoff.rules.eligibility import DISABILITY, LookUp, age, born
from handoff.store.intake import doors, facts
from handoff.store.queries import at_door
from handoff.store.queries.identity_reads import IdentityRead, log_identity_read
from handoff.store.queries.monitoring import Waiting
from handoff.timezone import KST

_WHY = "to ask about the doors"  # in the log of looks at identities


@dataclass(frozen=True)
class DoorLine:
    """A notice at the door, without the person's identity.

    Attributes:
        number: by which commands name it.
        came_at: when it came.
        years: the person's age today.
        leaves_at: the discharge, or when it is expected; None: the notice does not say.
        look_ups: what is to be asked.
        alike: numbers of other notices at the door about the same person.
        restricted: whether the sender restricts access to the person's data.
    """

    number: int
    sender: str
    kind: str
    came_at: datetime
    years: int | None
    leaves_at: datetime | None
    look_ups: Sequence[LookUp]
    alike: Sequence[int]
    restricted: bool


@dataclass(frozen=True)
class DoorPage:
    """Some notices at the door, and how many more there are."""

    lines: Sequence[DoorLine]
    more: int


@dataclass(frozen=True)
class DoorView:
    """One notice at the door, or what became of it.

    Attributes:
        line: what the list says of it; None: it stands there no longer.
        identity: the person, for the look-ups; empty once it was settled.
        noted: the decision: `verdict`, `found`, `asked`, `who`, `at`; empty until then.
    """

    number: int
    case: str
    line: DoorLine | None
    identity: Mapping[str, str]
    noted: Mapping[str, Any]


async def list_doors(connections: Connections, day: date | None, limit: int, after: int) -> DoorPage:
    """A page of the notices at the door, the oldest first. `day`: only those that came on this day in Korea."""
    midnight = datetime.combine(day, time(), KST) if day else None
    between = (midnight, midnight + timedelta(days=1)) if midnight else None
    async with connections.engine.connect() as conn:
        rows = await at_door.listed(conn, between, limit, after)
        more = await at_door.how_many(conn, between, rows[-1].fact_id or 0) if rows else 0
        notices = [reopen(row, connections.vault) for row in rows]
        return DoorPage(await _lines(conn, connections, notices), more)


async def count_doors(connections: Connections) -> Waiting:
    """How many notices stand at the door, and since when the oldest."""
    async with connections.engine.connect() as conn:
        return await at_door.waiting(conn)


async def show_door(connections: Connections, number: int, who: str) -> DoorView:
    """One notice at the door with name and numbers, for the look-ups. The look is logged before they are shown.

    Raises:
        NotFoundError: no notice with this number ever stood at the door.
    """
    async with connections.engine.begin() as conn:
        row = await facts.read(conn, number)
        noted = row.body.get(doors.NOTED, {}) if row else {}
        standing = await doors.read(conn, [number])
        if row is None or not (standing or noted):
            raise NotFoundError(f"No notice {number} stands at the door. `handoff doors list` lists them.")
        if not standing:
            return DoorView(number, row.case_id or "", None, {}, noted)
        await log_identity_read(conn, IdentityRead(None, who, _WHY, connections.now(), number))
    notice = reopen(row, connections.vault)
    async with connections.engine.connect() as conn:
        [line] = await _lines(conn, connections, [notice])
    person = asdict(notice.fact.person or Person()) | {"reference": notice.fact.reference}
    identity = {name: str(value) for name, value in person.items() if value not in ("", None)}
    return DoorView(number, "", line, identity, {})


async def settle_doors(connections: Connections, decision: DoorDecision) -> list[Taken]:
    """Settle notices at the door: each opens a case, joins one, or is recorded as not eligible.

    Raises:
        UsageError: the profile has no such group.
        NotFoundError: one of them cannot be settled so. Nothing was changed.
    """
    codes = [group.code for group in connections.profile.eligibility.groups]
    if decision.found and decision.found not in (DISABILITY, *codes):
        agreed = f"Agreed groups: {', '.join(codes)}." if codes else "No group is agreed."
        raise UsageError(f"Unknown group {decision.found!r}. {agreed}")
    try:
        keeper = Doorkeeper(connections.engine, connections.vault, connections.profile)
        return await keeper.settle(decision, connections.now())
    except NotSettledError as error:
        reason = str(error)
        raise NotFoundError(f"{reason[:1].upper()}{reason[1:]}. Nothing was changed.") from error


async def _lines(conn: AsyncConnection, connections: Connections, notices: Sequence[Prepared]) -> list[DoorLine]:
    alike = await at_door.alike(conn, [notice.row.fact_id or 0 for notice in notices])
    today = connections.now().astimezone(KST).date()
    return [_line(notice, connections, today, alike.get(notice.row.fact_id or 0, [])) for notice in notices]


def _line(notice: Prepared, connections: Connections, today: date, alike: Sequence[int]) -> DoorLine:
    row, person = notice.row, notice.fact.person or Person()
    stay = notice.fact.discharge or Discharge()
    return DoorLine(
        number=row.fact_id or 0,
        sender=row.sender,
        kind=row.kind,
        came_at=row.known_at,
        years=age(born(person), today),
        leaves_at=stay.discharged_at or stay.expected_at,
        look_ups=questions_of(notice, None, connections.profile) or (),
        alike=alike,
        restricted=notice.restricted,
    )
