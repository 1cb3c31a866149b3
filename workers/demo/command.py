"""The command `handoff demo`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.options import External
from console.cli.order import Answer, ordered

if TYPE_CHECKING:
    from workers.connections import LazyConnections


@ordered()
async def demo(
    connections: "LazyConnections",
    *,
    cases: Annotated[int, typer.Option(min=1, max=1000, help="Number of discharges.")] = 20,
    seed: Annotated[int, typer.Option(help="Seed of the invented people and events.")] = 1,
    leave: Annotated[bool, typer.Option("--exit", help="End when all is played, after ten minutes at most.")] = False,
    summary: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the count to this file, as JSON.")] = None,
    external: External = None,
) -> Answer:
    """Play the whole handoff with invented people on the real stack, and check that nobody was lost."""
    from workers.demo.play import DemoOptions
    from workers.demo.play import demo as play

    return await play(connections.folder, DemoOptions(cases, seed, leave, summary, external))
