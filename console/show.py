"""A list of cases, and one case: the next action, what it waits for and why, and what happened."""

from dataclasses import asdict, replace

from console.case_view import CaseView, case_view, to_type
from console.connections import Connections
from console.errors import NotFoundError
from handoff.fact import Person
from handoff.store import persons
from handoff.store.queries import reads
from handoff.store.queries.identity_reads import IdentityRead, log_identity_read
from handoff.store.queries.reads import CaseRead

Identity = dict[str, str | bool]  # by field name; unknown fields are left out


async def list_cases(
    connections: Connections, *, stage: str = "", closed: bool = False, lost: bool = False
) -> list[CaseRead]:
    """Cases by the due time of their next action, with commands ready to be typed.

    Closed ones only with `closed`; with `lost` only those that lost their workflow.
    """
    async with connections.engine.connect() as conn:
        cases = await reads.all_cases(conn, connections.now(), connections.profile, closed=closed)
    return [replace(read, next=to_type(read.next, connections)) for read in cases if _asked(read, stage, lost=lost)]


async def show_case(connections: Connections, case: str) -> CaseView:
    """One case, without the person's identity.

    Raises:
        NotFoundError: there is no such case.
    """
    async with connections.engine.connect() as conn:
        whole = await reads.whole(conn, case, connections.now())
    if whole is None:
        raise NotFoundError(f"There is no case {case}. `handoff cases --all` lists them.")
    return case_view(whole, connections)


async def show_identity(connections: Connections, case: str, *, who: str, why: str) -> Identity:
    """The person's identity, as far as it is known. The look is logged before the identity is shown.

    Raises:
        NotFoundError: the person was erased.
    """
    async with connections.engine.begin() as conn:
        await log_identity_read(conn, IdentityRead(case, who, why, connections.now()))
        person = await reads.person_of(conn, case)
    try:
        async with connections.engine.connect() as conn:
            return _identity(await persons.read(conn, connections.vault, person or ""))
    except persons.NoSuchPersonError as error:
        raise NotFoundError("This person's identity was erased.") from error


def _asked(read: CaseRead, stage: str, *, lost: bool) -> bool:
    return stage in ("", read.stage) and (not lost or bool(read.lost))


def _identity(person: Person) -> Identity:
    named = {name: value for name, value in asdict(person).items() if value not in ("", None)}
    return {name: str(value) if not isinstance(value, bool) else value for name, value in named.items()}
