"""Commands for the stack: up, status, migrate, and each process by itself."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from console.cli.options import External, moment, registered_code
from console.cli.order import Answer, ordered
from console.errors import UsageError

if TYPE_CHECKING:
    from workers.connections import LazyConnections


def _since(what: str) -> Any:
    return typer.Option(metavar="MOMENT", parser=moment, help=f"Start nothing; have {what}.")


@ordered()
async def up(
    connections: "LazyConnections",
    *,
    profile: Annotated[
        str | None,
        typer.Option(metavar="P", help="A bundled profile (gwangmyeong, demo) or a TOML file; kept in the folder."),
    ] = None,
    external: External = None,
    without: Annotated[
        str | None, typer.Option(metavar="PROCESS,…", help="Do not run these of worker, intake and relay.")
    ] = None,
) -> Answer:
    """Start everything: PostgreSQL, Kafka, Temporal, worker, intake, relay; Ctrl+C stops it."""
    from workers.commands.up import keep_up

    return await keep_up(connections.folder, profile, without=without, external=external)


@ordered(json=True)
async def status(connections: "LazyConnections") -> Answer:
    """Show what runs on a data folder."""
    from workers.commands.up import show_status

    return show_status(connections.folder)


@ordered()
async def migrate(connections: "LazyConnections") -> Answer:
    """Bring the database to this version's tables; safe to repeat."""
    from workers.commands.up import migrate_database

    return await migrate_database(connections)


@ordered()
async def worker(connections: "LazyConnections") -> Answer:
    """Run the worker alone: it runs the workflows of the cases."""
    _become(connections, "workers.worker")


@ordered()
async def intake(
    connections: "LazyConnections",
    *,
    again_since: Annotated[
        datetime | None, _since("the running intake read all records since MOMENT again (repeats change nothing)")
    ] = None,
    institution: Annotated[
        str | None, typer.Option(metavar="I", parser=registered_code, help="With --again-since: only its records.")
    ] = None,
) -> Answer:
    """Run the intake alone: it reads institutions' records and delivers them to the cases."""
    if again_since is None:
        only_with_again(institution)
        _become(connections, "workers.intake")

    from workers.commands.again import read_again

    return await read_again(connections, again_since, institution)


@ordered()
async def relay(
    connections: "LazyConnections",
    *,
    again_since: Annotated[
        datetime | None, _since("the running relay send all letters since MOMENT again, with the same event ids")
    ] = None,
    institution: Annotated[
        str | None, typer.Option(metavar="I", parser=registered_code, help="With --again-since: only letters to it.")
    ] = None,
) -> Answer:
    """Run the relay alone: it sends letters to the institutions."""
    if again_since is None:
        only_with_again(institution)
        _become(connections, "workers.relay")

    from workers.commands.again import send_again

    return await send_again(connections, again_since, institution)


def only_with_again(institution: str | None) -> None:
    """Refuse --institution without --again-since.

    Raises:
        UsageError: an institution is named.
    """
    if institution:
        raise UsageError("--institution needs --again-since MOMENT.")


def _become(connections: "LazyConnections", module: str) -> NoReturn:
    from workers.commands.up import become

    become(module, connections.folder)
