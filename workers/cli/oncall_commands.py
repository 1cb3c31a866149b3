"""The commands of somebody on call: what differs outside, what works, and which build of the worker takes new cases."""

from typing import TYPE_CHECKING, Annotated

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
    as_json: AsJson = False,
    folder: Folder = None,
) -> Order:
    """Look at every part: one line each, ok, warn or fail with what to do; exit code 0 only if all are ok."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.oncall import diagnosed

        return await diagnosed(desk, quiet=quiet)

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
