"""The command with which a provider's week is confirmed."""

from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.options import code
from console.cli.order import Answer, ordered

if TYPE_CHECKING:
    from console.connections import Connections


@ordered(json=True)
async def confirm(
    connections: "Connections",
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help="The provider whose word it is.")],
    *,
    week: Annotated[str, typer.Option(metavar="WEEK", help="The week, from Monday to Sunday, such as 2026-W48.")],
    missed: Annotated[
        list[str] | None,
        typer.Option("--missed", metavar="VISIT", help="A visit that did not take place. Give it once for each."),
    ] = None,
    who: Annotated[
        str | None,
        typer.Option("--as", metavar="WHO", parser=code, help="Who types it. Without it, the visits are only listed."),
    ] = None,
) -> Answer:
    """Record that a provider's visits of a week took place, except those named. Without --as nothing is changed."""
    from console.cli.weeks.listed import confirmed, listed
    from console.weeks import confirm_week, look_at_week

    view = await look_at_week(connections, provider, week, missed or ())
    if who is None:
        names = "".join(f" --missed {visit}" for visit in sorted(view.missed))
        return listed(view, connections.to_type(f"handoff confirm {provider} --week {week}{names} --as WHO"))
    await confirm_week(connections, view, who)
    return confirmed(view)
