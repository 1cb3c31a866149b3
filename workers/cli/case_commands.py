"""The commands about cases: a notice is typed in, cases are listed, one is looked at."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from handoff.vocabulary.states import Stage
from workers.cli.options import AsJson, Case, Folder, Who, code, moment
from workers.cli.order import Answer, Order, UsageError, choice

if TYPE_CHECKING:
    from workers.compose import Desk


def birthday(words: str) -> date:
    """Read a day such as 1948-03-02.

    Raises:
        BadParameter: it is not one.
    """
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise typer.BadParameter("This is not a day; write 1948-03-02.") from None


def notice(
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
        date | None,
        typer.Option("--birth-date", "--birth", metavar="DAY", parser=birthday, help="Such as 1948-03-02."),
    ] = None,
    sex: Annotated[str, typer.Option(metavar="F|M", help="As the sender says.")] = "",
    phone: Annotated[str, typer.Option(help="The person's, or a relative's.")] = "",
    address: Annotated[str, typer.Option(help="The registered address: it says whose case this is.")] = "",
    registration_number: Annotated[str, typer.Option(help="Resident registration number, if told.")] = "",
    sender: Annotated[
        str, typer.Option("--from", parser=code, metavar="INSTITUTION", help="Who told it by phone or fax.")
    ] = "desk",
    reference: Annotated[str, typer.Option(help="The hospital's own number for the discharge.")] = "",
    consent: Annotated[
        bool | None, typer.Option("--consent/--no-consent", help="Whether the person consents; neither: not told.")
    ] = None,
    severe_disability: Annotated[bool | None, typer.Option(help="A registered severe disability.")] = None,
    folder: Folder = None,
) -> Order:
    """Type in a discharge notice that came by phone or fax."""
    choice(discharged_at=discharged_at, expected_at=expected_at)

    async def does(desk: "Desk") -> Answer:
        from handoff.fact import Discharge, Person
        from workers.cli.noticing import Typed, type_in

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
        return await type_in(desk, Typed(who, sender, reference, person, discharge, consent))

    return Order(does, folder)


def cases(
    *,
    stage: Annotated[Stage | None, typer.Option(help="Only cases at this stage; closed ones if it is closed.")] = None,
    closed: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    as_json: AsJson = False,
    folder: Folder = None,
) -> Order:
    """List cases by what is due next, those where something is overdue first."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.casebook import list_cases

        return await list_cases(desk, stage=stage or "", closed=closed or stage == "closed")

    return Order(does, folder, as_json)


def show(
    case: Case,
    *,
    identity: Annotated[bool, typer.Option("--identity", help="Also who it is; needs --as and --why.")] = False,
    who: Annotated[str | None, typer.Option("--as", metavar="WHO", parser=code, help="Who reads the identity.")] = None,
    why: Annotated[str, typer.Option("--why", metavar="W", help="Why; it is logged.")] = "",
    as_json: AsJson = False,
    folder: Folder = None,
) -> Order:
    """Show one case: next action, its owner, by when, what it waits for and why, and all that happened."""
    if identity and not (who and why.strip()):
        raise UsageError("--identity needs --as WHO and --why REASON: every look at an identity is logged.")

    async def does(desk: "Desk") -> Answer:
        from workers.cli.casebook import show_case, show_identity

        answer = await show_case(desk, case)
        return await show_identity(desk, case, answer, who=who or "", why=why) if identity else answer

    return Order(does, folder, as_json)


def history(case: Case, *, as_json: AsJson = False, folder: Folder = None) -> Order:
    """Show a case's timeline beside Temporal's own events of all its runs, in words."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.history import show_history

        return await show_history(desk, case)

    return Order(does, folder, as_json)


def prove(case: Case, *, as_json: AsJson = False, folder: Folder = None) -> Order:
    """Run a case again from the histories of all its runs and compare what it wrote with the record."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.proof import prove_case

        return await prove_case(desk, case)

    return Order(does, folder, as_json)
