"""The commands about the stack: all parts at once, what runs, the database, profiles, and each process by itself."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workers.cli.options import AsJson, External, Folder, moment, registered_code
from workers.cli.order import Answer, Order, UsageError

if TYPE_CHECKING:
    from workers.compose import Desk

AgainSince = Annotated[
    datetime | None,
    typer.Option(
        metavar="MOMENT",
        parser=moment,
        help="Do not run: have everything since then taken or sent again, under the ids it had, and end.",
    ),
]
profiles = typer.Typer(no_args_is_help=True, help="The municipalities' profiles.")


def up(
    *,
    profile: Annotated[
        str | None,
        typer.Option(metavar="P", help="A bundled profile (gwangmyeong, demo) or a TOML file; kept in the folder."),
    ] = None,
    external: External = None,
    without: Annotated[
        str | None, typer.Option(metavar="PROCESS,…", help="Leave out these of worker, intake and relay.")
    ] = None,
    folder: Folder = None,
) -> Order:
    """Start everything: PostgreSQL, Kafka, Temporal, worker, intake, relay; Ctrl+C stops it."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.up import keep_up

        return await keep_up(desk.folder, profile, without=without, external=external)

    return Order(does, folder)


def status(*, as_json: AsJson = False, folder: Folder = None) -> Order:
    """Show what runs on a data folder."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.up import show_status

        return show_status(desk.folder)

    return Order(does, folder, as_json)


def migrate(*, folder: Folder = None) -> Order:
    """Bring the database to this version's tables; again is harmless."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.up import migrate_database

        return await migrate_database(desk)

    return Order(does, folder)


def worker(*, folder: Folder = None) -> Order:
    """Run the worker alone: it carries the cases."""
    return _process("workers.worker", folder)


def intake(
    *,
    again_since: AgainSince = None,
    institution: Annotated[
        str | None, typer.Option(metavar="I", parser=registered_code, help="Only what this one said.")
    ] = None,
    folder: Folder = None,
) -> Order:
    """Run the intake alone: it takes records and tells the cases. Or have the one that runs read topics again."""
    if again_since is None:
        only_with_again(institution)
        return _process("workers.intake", folder)

    async def does(desk: "Desk") -> Answer:
        from workers.cli.again import read_again

        return await read_again(desk, again_since, institution)

    return Order(does, folder)


def relay(
    *,
    again_since: AgainSince = None,
    institution: Annotated[
        str | None, typer.Option(metavar="I", parser=registered_code, help="Only what this one was told.")
    ] = None,
    folder: Folder = None,
) -> Order:
    """Run the relay alone: it sends what institutions are told. Or have the one that runs send letters again."""
    if again_since is None:
        only_with_again(institution)
        return _process("workers.relay", folder)

    async def does(desk: "Desk") -> Answer:
        from workers.cli.again import send_again

        return await send_again(desk, again_since, institution)

    return Order(does, folder)


def only_with_again(institution: str | None) -> None:
    """Refuse to start a process for one institution.

    Raises:
        UsageError: one is named.
    """
    if institution:
        raise UsageError("--institution goes with --again-since MOMENT.")


def _process(module: str, folder: Path | None) -> Order:
    async def does(desk: "Desk") -> Answer:
        from workers.cli.up import become

        become(module, desk.folder)

    return Order(does, folder)


@profiles.command("check")
def profiles_check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A TOML file, or a bundled profile's name.")],
    *,
    folder: Folder = None,
) -> Order:
    """Check a profile; every mistake is named with file, key and reason."""

    async def does(_desk: "Desk") -> Answer:
        from workers.cli.profiles import check_profile

        return check_profile(file)

    return Order(does, folder)
