"""Commands for operations: provision, doctor, compare, backup, restore, builds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from console.cli.order import Answer, ordered

if TYPE_CHECKING:
    from workers.connections import LazyConnections


@ordered(json=True)
async def provision(
    connections: "LazyConnections",
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be changed, and change nothing.")] = False,
) -> Answer:
    """Set up database, Kafka topics and Temporal's namespace; changes only what differs."""
    from workers.commands.examine import provision

    return await provision(connections, dry_run=dry_run)


@ordered(json=True)
async def doctor(
    connections: "LazyConnections",
    *,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only what is not ok.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 on a warning, too.")] = False,
) -> Answer:
    """Check every part: a line each with ok, warn or fail and what to do; exit code 1 if one fails."""
    from workers.commands.examine import diagnose

    return await diagnose(connections, quiet=quiet, strict=strict)


@ordered(json=True)
async def compare(connections: "LazyConnections") -> Answer:
    """Compare each open case's record with its workflow, as after a restore, and repair it by the record."""
    from workers.commands.comparison import compare

    return await compare(connections)


@ordered(json=True)
async def backup(
    connections: "LazyConnections",
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write; it must not exist.")],
    *,
    keys: Annotated[
        Path | None,
        typer.Option(metavar="KEYS", help="Also copy the keys to this file. They open the backup: keep the two apart."),
    ] = None,
) -> Answer:
    """Back up the record, Temporal's database and settings into one file; the stack may be running or not."""
    from workers.commands.safekeeping import backed_up

    return await backed_up(connections, file, keys)


@ordered(json=True)
async def restore(
    connections: "LazyConnections",
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `handoff backup` wrote.")],
    *,
    keys: Annotated[
        Path | None, typer.Option(metavar="KEYS", help="The copy of the keys, if the folder has none.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Move existing data of the folder aside; nothing is deleted.")
    ] = False,
    only: Annotated[
        Literal["record", "temporal"] | None,
        typer.Option(help="Restore only this one; afterwards it is compared with the other."),
    ] = None,
) -> Answer:
    """Restore a backup into an empty folder, or into an empty database of your own; no process may run on it."""
    from workers.commands.safekeeping import How, restored

    return await restored(connections, file, How(keys, replace, only or ""))


@ordered(json=True)
async def builds(
    connections: "LazyConnections",
    *,
    current: Annotated[
        str | None,
        typer.Option(
            metavar="BUILD|off",
            help="Give new cases to this build, or (off) to workers that are not pinned; open cases follow later.",
        ),
    ] = None,
) -> Answer:
    """List the worker's builds (Worker Versioning): which one takes new cases, which still have open cases."""
    from workers.commands.examine import list_builds

    return await list_builds(connections, current)
