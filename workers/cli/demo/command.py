"""The command `handoff demo`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workers.cli.options import External, Folder
from workers.cli.order import Answer, Order

if TYPE_CHECKING:
    from workers.compose import Desk


def demo(
    *,
    cases: Annotated[int, typer.Option(min=1, max=1000, help="So many discharges.")] = 20,
    seed: Annotated[int, typer.Option(help="Draws the people and what happens.")] = 1,
    leave: Annotated[bool, typer.Option("--exit", help="Leave when all is played, within ten minutes.")] = False,
    summary: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the count there, as JSON.")] = None,
    external: External = None,
    folder: Folder = None,
) -> Order:
    """Play the whole handoff with invented people on the real stack, and count that nobody was lost."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.demo.play import Wanted
        from workers.cli.demo.play import demo as play

        return await play(desk.folder, Wanted(cases, seed, leave, summary, external))

    return Order(does, folder)
