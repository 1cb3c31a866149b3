"""The commands about institutions: register one, or send and read with its credentials."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.options import AsJson, code, message, registered_code, registered_name
from console.cli.order import Answer, ordered
from console.errors import UsageError
from handoff.vocabulary.states import InstitutionStanding

if TYPE_CHECKING:
    from console.connections import Connections

institutions = typer.Typer(
    name="institutions", no_args_is_help=True, help="Register institutions, and change or end their part."
)

Code = Annotated[
    str,
    typer.Argument(
        metavar="CODE", parser=registered_code, help="The institution's code, such as st-mary. A code never changes."
    ),
]


@institutions.command("add")
@ordered(json=True)
async def institutions_add(
    connections: "Connections",
    institution: Code,
    *,
    name: Annotated[str, typer.Option(metavar="NAME", parser=registered_name, help="The name that people know.")],
    role: Annotated[
        str,
        typer.Option(
            help="hospital, long-term-care, residential-care, community-centre, nhis or deciding-body. "
            "The role decides which events it may send."
        ),
    ],
    phone: Annotated[
        bool, typer.Option("--phone", help="It has no computer system. People call it by phone, and it gets no topics.")
    ] = False,
) -> Answer:
    """Register an institution: create its topics, Kafka user and rights, and print what to send to it."""
    from console.cli.institutions.registered import one
    from console.institutions.register import add_institution
    from console.registration import Entry

    entry = Entry(institution, name, role, "phone" if phone else "topic")
    return one(await add_institution(connections, entry))


@institutions.command("list")
@ordered(json=True)
async def institutions_list(connections: "Connections") -> Answer:
    """List all institutions and providers."""
    from console.cli.institutions.registered import as_table
    from console.institutions.register import list_institutions

    return as_table(list_institutions(connections))


@institutions.command("show")
@ordered(json=True)
async def institutions_show(
    connections: "Connections",
    institution: Code,
    *,
    password: Annotated[bool, typer.Option("--password", help="Also show the password.")] = False,
) -> Answer:
    """Show one institution: broker, user and topics, to be sent to it."""
    from console.cli.institutions.registered import one
    from console.institutions.register import show_institution

    return one(show_institution(connections, institution, secret=password))


@institutions.command("change")
@ordered(json=True)
async def institutions_change(
    connections: "Connections",
    institution: Code,
    *,
    name: Annotated[str | None, typer.Option(metavar="NAME", parser=registered_name, help="The new name.")] = None,
    role: Annotated[str | None, typer.Option(help="The new role: one of those that `add` lists.")] = None,
    silent_days: Annotated[
        int | None,
        typer.Option(
            min=0, max=3650, metavar="N", help="Days without a message after which `doctor` reports it. 0: never."
        ),
    ] = None,
) -> Answer:
    """Change an institution's name or role, or how long it may be silent."""
    from console.cli.institutions.registered import one
    from console.institutions.membership import InstitutionChange, change_institution

    return one(await change_institution(connections, institution, InstitutionChange(name, role, silent_days)))


@institutions.command("new-password")
@ordered(json=True)
async def institutions_new_password(connections: "Connections", institution: Code) -> Answer:
    """Give an institution a new Kafka password, and print what to send to it."""
    from console.cli.institutions.registered import one
    from console.institutions.membership import new_password

    return one(await new_password(connections, institution))


@institutions.command("suspend")
@ordered(json=True)
async def institutions_suspend(connections: "Connections", institution: Code) -> Answer:
    """Suspend an institution until `resume`. Kafka refuses it at once; a provider gets no offers."""
    return await _standing(connections, institution, InstitutionStanding.SUSPENDED)


@institutions.command("resume")
@ordered(json=True)
async def institutions_resume(connections: "Connections", institution: Code) -> Answer:
    """Let an institution take part again after `suspend` or `remove`."""
    return await _standing(connections, institution, InstitutionStanding.ACTIVE)


@institutions.command("remove")
@ordered(json=True)
async def institutions_remove(connections: "Connections", institution: Code) -> Answer:
    """End an institution's part. Refused while it is a party to open cases. `resume` takes it back."""
    return await _standing(connections, institution, InstitutionStanding.REMOVED)


@ordered(json=True)
async def read(
    connections: "Connections",
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", parser=message, help="A file with HL7 v2 messages or a CloudEvent; several to learn."
        ),
    ],
    *,
    learn: Annotated[
        bool,
        typer.Option("--learn", help="Propose the habits of the institution from twenty or more of its messages."),
    ] = False,
    sender: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="INSTITUTION",
            parser=code,
            help="The institution that would send it. Default: the sender that the file names.",
        ),
    ] = None,
) -> Answer:
    """Show how a file would be read and what would happen. Nothing is sent. Exit code 3: it would be refused."""
    from console.cli.institutions.dry_run import read_file
    from console.cli.institutions.learned import read_to_learn

    if learn:
        return read_to_learn(connections, files, sender)
    if len(files) > 1:
        raise UsageError("Name one file. Several are read only with --learn.")
    return await read_file(connections, files[0], sender)


@ordered()
async def publish(
    connections: "Connections",
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", parser=message, help="Files that end in .json or .hl7.")
    ],
    *,
    sender: Annotated[
        str, typer.Option("--from", metavar="INSTITUTION", parser=code, help="The institution that sends.")
    ],
) -> Answer:
    """Send files to Kafka as an institution would. Bytes and ids are not changed."""
    from console.cli.institutions.topics import publish as send

    return await send(connections, sender, files)


@ordered()
async def listen(
    connections: "Connections",
    *,
    institution: Annotated[
        str, typer.Option("--as", metavar="INSTITUTION", parser=code, help="The institution whose answers to read.")
    ],
    once: Annotated[bool, typer.Option("--once", help="Stop at the end of the topic. Default: wait for more.")] = False,
    as_json: AsJson = False,
) -> Answer:
    """Show all answers that an institution got from Kafka. --json prints one event per line."""
    from console.cli.institutions.topics import listen_as

    return await listen_as(connections, institution, once=once, as_json=as_json)


async def _standing(connections: "Connections", institution: str, standing: InstitutionStanding) -> Answer:
    from console.cli.institutions.registered import one
    from console.institutions.membership import set_standing

    return one(await set_standing(connections, institution, standing))
