"""The commands for notices at the door: of persons below the age of eligibility."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.options import LARGEST, Who, code, day
from console.cli.order import Answer, choice, ordered
from console.errors import UsageError

if TYPE_CHECKING:
    from console.connections import Connections

doors = typer.Typer(
    name="doors", no_args_is_help=True, help="Notices of persons below the age: the other doors are not checked yet."
)


@doors.command("list")
@ordered(json=True)
async def doors_list(
    connections: "Connections",
    *,
    came: Annotated[
        date | None,
        typer.Option("--day", metavar="DAY", parser=day, help="Only notices that came on this day: 2026-12-01."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many notices to list at most.")] = 50,
    after: Annotated[
        int, typer.Option(metavar="NUMBER", min=0, max=LARGEST, help="Only notices with a higher number than this.")
    ] = 0,
) -> Answer:
    """List notices whose doors are not checked, the oldest first, each with the look-ups to make. Without names."""
    from console.cli.doors.listed import page
    from console.doors import list_doors

    return page(connections, await list_doors(connections, came, limit, after), came)


@doors.command("show")
@ordered(json=True)
async def doors_show(
    connections: "Connections",
    number: Annotated[
        int,
        typer.Argument(
            metavar="NUMBER", min=1, max=LARGEST, help="The notice's number, as `handoff doors list` has it."
        ),
    ],
    *,
    who: Who,
) -> Answer:
    """Show a person's name and numbers, for the look-ups. The look is logged. Once settled: who decided what."""
    from console.cli.doors.listed import one
    from console.doors import show_door

    return one(connections, await show_door(connections, number, who))


@doors.command("settle")
@ordered(json=True)
async def doors_settle(
    connections: "Connections",
    numbers: Annotated[
        list[int],
        typer.Argument(
            metavar="NUMBER...", min=1, max=LARGEST, help="One notice or several, as `handoff doors list` has them."
        ),
    ],
    *,
    who: Who,
    case: Annotated[bool, typer.Option("--case", help="A door is open: open a case.")] = False,
    not_eligible: Annotated[
        bool, typer.Option("--not-eligible", help="Every door is shut. The senders are told, the content is deleted.")
    ] = False,
    severe_disability: Annotated[
        bool, typer.Option("--severe-disability", help="With --case: a severe disability is registered.")
    ] = False,
    group: Annotated[
        str | None, typer.Option("--group", parser=code, help="With --case: the person belongs to this agreed group.")
    ] = None,
) -> Answer:
    """Settle notices at the door, after the look-ups: they open a case, or are recorded as not eligible."""
    choice(case=case, not_eligible=not_eligible)
    if severe_disability and group:
        raise UsageError("Give one of --severe-disability and --group: one open door is enough.")
    if not_eligible and (severe_disability or group):
        raise UsageError("With an open door the person may be eligible. Settle with --case.")

    from console.cli.doors.listed import settled
    from console.doors import settle_doors
    from events.intake.settle_door import DoorDecision
    from handoff.rules.eligibility import DISABILITY

    numbers = sorted(set(numbers))
    door = DISABILITY if severe_disability else group or ""
    return settled(connections, numbers, await settle_doors(connections, DoorDecision(numbers, who, door, case)))
