"""The commands about who a case is about: two cases of one person, and a case of the wrong person."""

from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.actions.doing import acted
from console.cli.options import Case, Who, Why, code
from console.cli.order import Answer, ordered
from handoff.case.closing import WRONG_PERSON
from handoff.vocabulary.words import EventKind

if TYPE_CHECKING:
    from console.connections import Connections


@ordered()
async def join(
    connections: "Connections",
    case: Case,
    *,
    into: Annotated[str, typer.Option("--into", metavar="CASE", help="The case of the same person that goes on.")],
    one_person: Annotated[
        bool, typer.Option("--one-person", help="You found out that it is one person, though birth date or sex differ.")
    ] = False,
    who: Who,
    why: Why = None,
) -> Answer:
    """Join a case into another one of the same person. It ends, and its open lines are offered again there.

    The case that is further goes on. A closed case is only linked. `handoff unjoin` undoes the link.
    """
    from console.cli.identity.answers import joined
    from console.joining import join as do
    from events.intake.joining import JoinOrder

    return joined(connections, await do(connections, JoinOrder(case, into, who, why or "", one_person)))


@ordered()
async def unjoin(connections: "Connections", case: Case, *, who: Who) -> Answer:
    """Undo a join, since the cases are those of two people. Nothing moves back by itself: a task lists what to do."""
    from console.cli.identity.answers import unjoined
    from console.joining import unjoin as do

    return unjoined(connections, await do(connections, case, who))


@ordered()
async def wrong_person(connections: "Connections", case: Case, *, who: Who, why: Why = None) -> Answer:
    """End a case that is about another person than the one named. What was disclosed is retracted.

    Contact stops at once. For some minutes `handoff reopen` takes it back; then every recipient is told what to delete,
    and a task for each asks for its confirmation. `handoff disclosed` lists who got what.
    """
    return await acted(connections, EventKind.CASE_CLOSED, case, who, why=why, code=WRONG_PERSON)


@ordered(json=True)
async def disclosed(
    connections: "Connections",
    case: Case,
    *,
    who: Who,
    why: Annotated[str, typer.Option("--why", parser=code, help="The reason, as a code.")] = "breach-report",
) -> Answer:
    """List who got or saw which data about the person of a case, when and how, and whether it was retracted."""
    from console.cli.identity.answers import listed
    from console.disclosed import disclosures

    return listed(await disclosures(connections, case, who=who, why=why))
