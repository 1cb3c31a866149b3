"""Cases in a list, and one case whole: who does what next, what it waits for and why, and what happened."""

from dataclasses import asdict, replace

from console.case_view import CaseView, case_view, to_type
from console.connections import Connections
from console.errors import NotFoundError
from handoff.fact import Person
from handoff.store import persons
from handoff.store.queries import reads
from handoff.store.queries.reads import CaseRead, IdentityRead

Identity = dict[str, str | bool]  # by the name of the field; what is not known is left out


async def list_cases(connections: Connections, *, stage: str = "", closed: bool = False) -> list[CaseRead]:
    """Cases by what is due next, with commands as they are to be typed; closed ones only if they are asked for."""
    async with connections.engine.connect() as conn:
        found = await reads.all_cases(conn, connections.now(), closed=closed)
    return [replace(read, next=to_type(read.next, connections)) for read in found if stage in ("", read.stage)]


async def show_case(connections: Connections, case: str) -> CaseView:
    """One case, without whose it is.

    Raises:
        NotFoundError: there is no such case.
    """
    async with connections.engine.connect() as conn:
        whole = await reads.whole(conn, case, connections.now())
    if whole is None:
        raise NotFoundError(f"There is no case {case}; `handoff cases --all` lists them.")
    return case_view(whole, connections)


async def show_identity(connections: Connections, case: str, *, who: str, why: str) -> Identity:
    """Who the person is, as far as it is known; the look is logged before it is shown.

    Raises:
        NotFoundError: the person was erased.
    """
    async with connections.engine.begin() as conn:
        await reads.log_identity_read(conn, IdentityRead(case, who, why, connections.now()))
        person = await reads.person_of(conn, case)
    try:
        async with connections.engine.connect() as conn:
            return _identity(await persons.read(conn, connections.vault, person or ""))
    except persons.NoSuchPersonError as error:
        raise NotFoundError("This person's identity was erased.") from error


def _identity(told: Person) -> Identity:
    named = {name: value for name, value in asdict(told).items() if value not in ("", None)}
    return {name: str(value) if not isinstance(value, bool) else value for name, value in named.items()}
