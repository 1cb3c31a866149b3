"""The commands about institutions: to register one, and to stand in for one with its own credentials."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workers.cli.options import AsJson, Folder, code, message, registered_code, registered_name
from workers.cli.order import Answer, Order

if TYPE_CHECKING:
    from workers.compose import Desk

institutions = typer.Typer(no_args_is_help=True, help="Who takes part: add, list, show, change, suspend.")

Code = Annotated[
    str, typer.Argument(metavar="CODE", parser=registered_code, help="Its code, e.g. st-mary: never changed later.")
]


def publish(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", parser=message, help=".json or .hl7")],
    *,
    sender: Annotated[str, typer.Option("--from", metavar="INSTITUTION", parser=code, help="Whose topic it goes to.")],
    folder: Folder = None,
) -> Order:
    """Send files as an institution: bytes and the file's own id unchanged."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.topics import publish_files

        return await publish_files(desk, sender, files)

    return Order(does, folder)


def listen(
    *,
    institution: Annotated[str, typer.Option("--as", metavar="INSTITUTION", parser=code, help="Whose topic.")],
    once: Annotated[bool, typer.Option("--once", help="End at the topic's end; else go on listening.")] = False,
    as_json: AsJson = False,
    folder: Folder = None,
) -> Order:
    """Show what an institution's topic holds, from the beginning; JSON is one event a line."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.topics import listen_as

        return await listen_as(desk, institution, once=once, as_json=as_json)

    return Order(does, folder)


@institutions.command("add")
def institutions_add(
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
    as_json: AsJson = False,
    folder: Folder = None,
) -> Order:
    """Register an institution, make its topics, user and rights, and print what to hand over."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.institutions import add_institution
        from workers.register import Entry

        return await add_institution(desk, Entry(institution, name, role, "phone" if phone else "topic"))

    return Order(does, folder, as_json)


@institutions.command("list")
def institutions_list(*, as_json: AsJson = False, folder: Folder = None) -> Order:
    """List everybody who takes part, providers too."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.institutions import list_institutions

        return await list_institutions(desk)

    return Order(does, folder, as_json)


@institutions.command("show")
def institutions_show(
    institution: Code,
    *,
    password: Annotated[bool, typer.Option("--password", help="With its password.")] = False,
    as_json: AsJson = False,
    folder: Folder = None,
) -> Order:
    """Show what to hand over to an institution."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.institutions import show_institution

        return await show_institution(desk, institution, secret=password)

    return Order(does, folder, as_json)


@institutions.command("change")
def institutions_change(
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
    as_json: AsJson = False,
    folder: Folder = None,
) -> Order:
    """Give an institution another name or role, or say how long it may be silent."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.membership import change_institution

        return await change_institution(desk, institution, name, role, silent_days)

    return Order(does, folder, as_json)


@institutions.command("suspend")
def institutions_suspend(institution: Code, *, as_json: AsJson = False, folder: Folder = None) -> Order:
    """Hear it no more until `resume`: Kafka refuses it at once, and a provider is offered nothing."""
    return _standing(institution, "suspended", folder, as_json=as_json)


@institutions.command("resume")
def institutions_resume(institution: Code, *, as_json: AsJson = False, folder: Folder = None) -> Order:
    """Hear an institution again that was suspended or removed."""
    return _standing(institution, "active", folder, as_json=as_json)


@institutions.command("remove")
def institutions_remove(institution: Code, *, as_json: AsJson = False, folder: Folder = None) -> Order:
    """It takes no part any more. Refused while open cases have it as a party."""
    return _standing(institution, "removed", folder, as_json=as_json)


def _standing(institution: str, standing: str, folder: Path | None, *, as_json: bool) -> Order:
    async def does(desk: "Desk") -> Answer:
        from workers.cli.membership import set_standing

        return await set_standing(desk, institution, standing)

    return Order(does, folder, as_json)


@institutions.command("new-password")
def institutions_new_password(institution: Code, *, as_json: AsJson = False, folder: Folder = None) -> Order:
    """Give an institution a new Kafka password, and print what to hand over."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.membership import new_password

        return await new_password(desk, institution)

    return Order(does, folder, as_json)


def read(
    file: Annotated[Path, typer.Argument(metavar="FILE", parser=message, help=".json or .hl7")],
    *,
    sender: Annotated[
        str | None, typer.Option("--as", metavar="INSTITUTION", parser=code, help="Who would send it.")
    ] = None,
    as_json: AsJson = False,
    folder: Folder = None,
) -> Order:
    """Show how a file would be read and what would happen; nothing is sent. Ends with 3 if it would be refused."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.dry_run import read_file

        return await read_file(desk, file, sender)

    return Order(does, folder, as_json)
