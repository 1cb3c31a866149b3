"""The commands about cases: type in a notice, list cases, show one case."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.options import Case, Who, code, moment
from console.cli.order import Answer, choice, ordered
from console.errors import UsageError
from handoff.vocabulary.states import Stage

if TYPE_CHECKING:
    from console.connections import Connections


def birthday(words: str) -> date:
    """Read a day such as 1948-03-02.

    Raises:
        BadParameter: it is not one.
    """
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise typer.BadParameter("This is not a day. Write it like 1948-03-02.") from None


@ordered()
async def notice(
    connections: "Connections",
    *,
    who: Who,
    name: Annotated[str, typer.Option(help="The person's full name.")],
    discharged_at: Annotated[
        datetime | None, typer.Option(metavar="TIME", parser=moment, help="When the person was discharged.")
    ] = None,
    expected_at: Annotated[
        datetime | None, typer.Option(metavar="TIME", parser=moment, help="When the discharge is expected.")
    ] = None,
    birth_date: Annotated[
        date | None, typer.Option("--birth-date", "--birth", metavar="DAY", parser=birthday, help="Such as 1948-03-02.")
    ] = None,
    sex: Annotated[str, typer.Option(metavar="F|M", help="Sex, as the sender says.")] = "",
    phone: Annotated[str, typer.Option(help="Phone number of the person or a relative.")] = "",
    address: Annotated[str, typer.Option(help="The registered address, which decides the municipality.")] = "",
    registration_number: Annotated[str, typer.Option(help="Resident registration number, if the sender gave it.")] = "",
    sender: Annotated[
        str, typer.Option("--from", parser=code, metavar="INSTITUTION", help="The institution that sent the notice.")
    ] = "desk",
    reference: Annotated[str, typer.Option(help="The hospital's own number for the discharge.")] = "",
    consent: Annotated[
        bool | None, typer.Option("--consent/--no-consent", help="Leave both out if the notice does not say.")
    ] = None,
    severe_disability: Annotated[bool | None, typer.Option(help="A registered severe disability.")] = None,
    at: Annotated[
        datetime | None, typer.Option(metavar="TIME", parser=moment, help="When the notice came. Default: now.")
    ] = None,
) -> Answer:
    """Type in a discharge notice that came by phone or fax."""
    choice(discharged_at=discharged_at, expected_at=expected_at)

    from console.cli.cases.notice import answer
    from console.notice import Typed, type_in
    from handoff.fact import Discharge, Person

    person = Person(
        name=name,
        birth_date=birth_date,
        sex=sex,
        registration_number=registration_number,
        phone=phone,
        address=address,
        severe_disability=severe_disability,
    )
    discharge = Discharge(discharged_at=discharged_at, expected_at=expected_at)
    taken = await type_in(connections, Typed(who, sender, reference, person, discharge, consent, at))
    return answer(connections, taken)


@ordered(json=True)
async def cases(
    connections: "Connections",
    *,
    stage: Annotated[Stage | None, typer.Option(help="Only cases at this stage.")] = None,
    closed: Annotated[bool, typer.Option("--all", help="Closed cases too.")] = False,
    lost: Annotated[bool, typer.Option("--lost", help="Only cases that lost their workflow in Temporal.")] = False,
) -> Answer:
    """List cases by the due time of their next action, overdue cases first."""
    from console.cli.cases.show import listed
    from console.show import list_cases

    closed = closed or stage == Stage.CLOSED
    return listed(await list_cases(connections, stage=stage or "", closed=closed, lost=lost))


@ordered(json=True)
async def show(
    connections: "Connections",
    case: Case,
    *,
    identity: Annotated[
        bool, typer.Option("--identity", help="Also show the person's identity. Needs --as and --why.")
    ] = False,
    who: Annotated[str | None, typer.Option("--as", metavar="WHO", parser=code, help="Who reads the identity.")] = None,
    why: Annotated[str, typer.Option("--why", metavar="W", help="The reason. It is written to the access log.")] = "",
    versions: Annotated[
        bool, typer.Option("--versions", help="Also who told which detail of the person before.")
    ] = False,
) -> Answer:
    """Show one case: the next action (who, by when), what it waits for and why, and what has happened."""
    if identity and not (who and why.strip()):
        raise UsageError("--identity needs --as WHO and --why REASON. Every look at an identity is logged.")

    from console.cli.cases.show import shown, with_details, with_identity
    from console.person import details_of
    from console.show import show_case, show_identity

    answer = shown(await show_case(connections, case))
    person = await show_identity(connections, case, who=who or "", why=why) if identity else None
    details = await details_of(connections, case)  # the look was logged before, if there is one
    answer = with_details(answer, details, earlier=versions, values=identity)
    return with_identity(answer, person) if person is not None else answer


@ordered(json=True)
async def history(connections: "Connections", case: Case) -> Answer:
    """Show a case's timeline beside the events that Temporal recorded for it, in words."""
    from console.cli.cases.history import side_by_side
    from console.history import show_history

    return side_by_side(await show_history(connections, case))


@ordered(json=True)
async def prove(connections: "Connections", case: Case) -> Answer:
    """Replay a case from its Temporal histories, and compare the result with the record."""
    from console.cli.cases.prove import proof
    from console.prove import prove_case

    return proof(await prove_case(connections, case))


@ordered(json=True)
async def rebuild(
    connections: "Connections",
    case: Annotated[str | None, typer.Argument(metavar="[CASE]", help="The case.")] = None,
    *,
    orphaned: Annotated[
        bool, typer.Option("--all-orphaned", help="Every open case that Temporal has lost, instead of one case.")
    ] = False,
    who: Who,
) -> Answer:
    """Start the lost workflow of a case again, with the state that the record gives."""
    if bool(case) == orphaned:
        raise UsageError("Give exactly one of CASE, --all-orphaned.")

    from console.cli.cases.rebuild import rebuilt
    from console.rebuild import rebuild_case, rebuild_orphaned

    if case:
        return rebuilt([await rebuild_case(connections, case, who)])
    return rebuilt(await rebuild_orphaned(connections, who))
