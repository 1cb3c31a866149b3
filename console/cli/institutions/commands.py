"""The commands about institutions: to register one, and to stand in for one with its own credentials."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.options import AsJson, code, message, registered_code, registered_name
from console.cli.order import Answer, ordered
from handoff.vocabulary.states import InstitutionStanding

if TYPE_CHECKING:
    from console.connections import Connections

institutions = typer.Typer(
    name="institutions", no_args_is_help=True, help="Who takes part: add, list, show, change, suspend."
)

Code = Annotated[
    str, typer.Argument(metavar="CODE", parser=registered_code, help="Its code, e.g. st-mary: never changed later.")
]


@ordered()
async def publish(
    connections: "Connections",
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", parser=message, help=".json or .hl7")],
    *,
    sender: Annotated[str, typer.Option("--from", metavar="INSTITUTION", parser=code, help="Whose topic it goes to.")],
) -> Answer:
    """Send files as an institution: bytes and the file's own id unchanged."""
    from console.cli.institutions.topics import publish as send

    return await send(connections, sender, files)


@ordered()
async def listen(
    connections: "Connections",
    *,
    institution: Annotated[str, typer.Option("--as", metavar="INSTITUTION", parser=code, help="Whose topic.")],
    once: Annotated[bool, typer.Option("--once", help="End at the topic's end; else go on listening.")] = False,
    as_json: AsJson = False,
) -> Answer:
    """Show what an institution's topic holds, from the beginning; --json prints one event a line."""
    from console.cli.institutions.topics import listen_as

    return await listen_as(connections, institution, once=once, as_json=as_json)


@institutions.command("add")
@ordered(json=True)
async def institutions_add(
    connections: "Connections",
    institution: Code,
    *,
    name: Annotated[str, typer.Option(metavar="NAME", parser=registered_name, help="As people call it.")],
    role: Annotated[
        str,
        typer.Option(
            help="hospital, long-term-care, residential-care, community-centre, nhis or deciding-body: what it may say."
        ),
    ],
    phone: Annotated[bool, typer.Option("--phone", help="It has no system: it is called, and gets no topics.")] = False,
) -> Answer:
    """Register an institution, make its topics, user and rights, and print what to hand over."""
    from console.cli.institutions.registered import one
    from console.institutions.register import add_institution
    from console.registration import Entry

    entry = Entry(institution, name, role, "phone" if phone else "topic")
    return one(await add_institution(connections, entry))


@institutions.command("list")
@ordered(json=True)
async def institutions_list(connections: "Connections") -> Answer:
    """List everybody who takes part, providers too."""
    from console.cli.institutions.registered import as_table
    from console.institutions.register import list_institutions

    return as_table(list_institutions(connections))


@institutions.command("show")
@ordered(json=True)
async def institutions_show(
    connections: "Connections",
    institution: Code,
    *,
    password: Annotated[bool, typer.Option("--password", help="With its password.")] = False,
) -> Answer:
    """Show what to hand over to an institution."""
    from console.cli.institutions.registered import one
    from console.institutions.register import show_institution

    return one(show_institution(connections, institution, secret=password))


@institutions.command("change")
@ordered(json=True)
async def institutions_change(
    connections: "Connections",
    institution: Code,
    *,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", parser=registered_name, help="As people call it from now on.")
    ] = None,
    role: Annotated[str | None, typer.Option(help="What it may say from now on; the roles are those of `add`.")] = None,
    silent_days: Annotated[
        int | None,
        typer.Option(min=0, max=3650, metavar="N", help="Days of silence until doctor names it; 0: never."),
    ] = None,
) -> Answer:
    """Give an institution another name or role, or say how long it may be silent."""
    from console.cli.institutions.registered import one
    from console.institutions.membership import InstitutionChange, change_institution

    return one(await change_institution(connections, institution, InstitutionChange(name, role, silent_days)))


@institutions.command("suspend")
@ordered(json=True)
async def institutions_suspend(connections: "Connections", institution: Code) -> Answer:
    """Hear it no more until `resume`: Kafka refuses it at once, and a provider is offered nothing."""
    return await _standing(connections, institution, InstitutionStanding.SUSPENDED)


@institutions.command("resume")
@ordered(json=True)
async def institutions_resume(connections: "Connections", institution: Code) -> Answer:
    """Hear an institution again that was suspended or removed."""
    return await _standing(connections, institution, InstitutionStanding.ACTIVE)


@institutions.command("remove")
@ordered(json=True)
async def institutions_remove(connections: "Connections", institution: Code) -> Answer:
    """It takes no part any more. Refused while open cases have it as a party."""
    return await _standing(connections, institution, InstitutionStanding.REMOVED)


async def _standing(connections: "Connections", institution: str, standing: InstitutionStanding) -> Answer:
    from console.cli.institutions.registered import one
    from console.institutions.membership import set_standing

    return one(await set_standing(connections, institution, standing))


@institutions.command("new-password")
@ordered(json=True)
async def institutions_new_password(connections: "Connections", institution: Code) -> Answer:
    """Give an institution a new Kafka password, and print what to hand over."""
    from console.cli.institutions.registered import one
    from console.institutions.membership import new_password

    return one(await new_password(connections, institution))


@ordered(json=True)
async def read(
    connections: "Connections",
    file: Annotated[Path, typer.Argument(metavar="FILE", parser=message, help=".json or .hl7")],
    *,
    sender: Annotated[
        str | None, typer.Option("--as", metavar="INSTITUTION", parser=code, help="Who would send it.")
    ] = None,
) -> Answer:
    """Show how a file would be read and what would happen; nothing is sent. Ends with 3 if it would be refused."""
    from console.cli.institutions.dry_run import read_file

    return await read_file(connections, file, sender)
