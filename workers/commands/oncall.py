"""The commands of somebody on call: what differs outside, what works, and which build of the worker takes new cases."""

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
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be changed, and change nothing.")] = False,
) -> Answer:
    """Make database, topics and Temporal's namespace what they should be; changes only what differs."""
    from workers.commands.examine import provision

    return await provision(connections, dry_run=dry_run)


@ordered(json=True)
async def doctor(
    connections: "LazyConnections",
    *,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only what is not ok.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="End with 1 where anything is worth a warning.")] = False,
) -> Answer:
    """Look at every part: one line each, ok, warn or fail with what to do; exit code 1 if one fails."""
    from workers.commands.examine import diagnose

    return await diagnose(connections, quiet=quiet, strict=strict)


@ordered(json=True)
async def compare(connections: "LazyConnections") -> Answer:
    """Compare each open case's record with its workflow, as after a restore; where they differ the record counts."""
    from workers.commands.comparison import compare

    return await compare(connections)


@ordered(json=True)
async def backup(
    connections: "LazyConnections",
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; nothing may be there yet.")],
    *,
    keys: Annotated[
        Path | None,
        typer.Option(metavar="KEYS", help="Copy the keys there too: with them the backup is readable, so keep apart."),
    ] = None,
) -> Answer:
    """Write the record, Temporal's database and settings into one file, whether or not a stack runs."""
    from workers.commands.safekeeping import backed_up

    return await backed_up(connections, file, keys)


@ordered(json=True)
async def restore(
    connections: "LazyConnections",
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
) -> Answer:
    """Put a backup in place: into an empty folder, or an empty database of your own; nothing may run on it."""
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
            help="Have new cases go to this build, or to workers that are not pinned; open ones follow when quiet.",
        ),
    ] = None,
) -> Answer:
    """List the worker's builds under Worker Versioning: which takes new cases, and which still has open ones."""
    from workers.commands.examine import list_builds

    return await list_builds(connections, current)
