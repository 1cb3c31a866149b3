"""The commands of somebody on call: what differs outside, what works, and which build of the worker takes new cases."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from workers.cli.options import AsJson, Folder
from workers.cli.order import Answer, Order

if TYPE_CHECKING:
    from workers.compose import Desk


def provision(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be changed, and change nothing.")] = False,
    as_json: AsJson = False,
    folder: Folder = None,
) -> Order:
    """Make database, topics and Temporal's namespace what they should be; changes only what differs."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.oncall import provisioned

        return await provisioned(desk, dry_run=dry_run)

    return Order(does, folder, as_json)


def doctor(
    *,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only what is not ok.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="End with 1 where anything is worth a warning.")] = False,
    as_json: AsJson = False,
    folder: Folder = None,
) -> Order:
    """Look at every part: one line each, ok, warn or fail with what to do; exit code 1 if one fails."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.oncall import diagnosed

        return await diagnosed(desk, quiet=quiet, strict=strict)

    return Order(does, folder, as_json)


def compare(*, as_json: AsJson = False, folder: Folder = None) -> Order:
    """Compare each open case's record with its workflow, as after a restore, and bring both to one state."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.comparison import compare

        return await compare(desk)

    return Order(does, folder, as_json)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; nothing may be there yet.")],
    *,
    keys: Annotated[
        Path | None,
        typer.Option(metavar="KEYS", help="Copy the keys there too: with them the backup is readable, so keep apart."),
    ] = None,
    as_json: AsJson = False,
    folder: Folder = None,
) -> Order:
    """Write the record, Temporal's database and settings into one file; while a stack runs, or when none does."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.safekeeping import backed_up

        return await backed_up(desk, file, keys)

    return Order(does, folder, as_json)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `handoff backup` wrote.")],
    *,
    keys: Annotated[
        Path | None, typer.Option(metavar="KEYS", help="The copy of the keys, where the folder has none.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Move aside what the folder holds; it is not deleted.")
    ] = False,
    only: Annotated[
        Literal["record", "temporal"] | None,
        typer.Option(help="Restore this one, and leave the other as it is: the two are compared afterwards."),
    ] = None,
    as_json: AsJson = False,
    folder: Folder = None,
) -> Order:
    """Put a backup in place: into an empty folder, or an empty database of your own; nothing may run on it."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.safekeeping import How, restored

        return await restored(desk, file, How(keys, replace, only or ""))

    return Order(does, folder, as_json)


def builds(
    *,
    current: Annotated[
        str | None,
        typer.Option(
            metavar="BUILD|off",
            help="Have new cases go to this build, or to workers that are not pinned; open ones follow when quiet.",
        ),
    ] = None,
    as_json: AsJson = False,
    folder: Folder = None,
) -> Order:
    """List the worker's builds under Worker Versioning: which takes new cases, and which still has open ones."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.oncall import listed_builds

        return await listed_builds(desk, current)

    return Order(does, folder, as_json)
