"""The commands about what waits for a person: tasks, held notices, parked records."""

from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from handoff.tasks import BLANK
from workers.cli.options import AsJson, Folder, Who, code
from workers.cli.order import Answer, Order, UsageError, choice

if TYPE_CHECKING:
    from workers.compose import Desk

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The record's number, as `handoff parked list` has it.")]
parked = typer.Typer(no_args_is_help=True, help="Records that nobody could read or use.")


def tasks(
    *,
    owner: Annotated[str | None, typer.Option(parser=code, help="Only this owner's.")] = None,
    case: Annotated[str | None, typer.Option(help="Only this case's.")] = None,
    as_json: AsJson = False,
    folder: Folder = None,
) -> Order:
    """List what waits for a person, overdue first, each with the exact command that answers it."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.waiting import list_tasks

        return await list_tasks(desk, owner=owner or "", case=case)

    return Order(does, folder, as_json)


def settle(
    task: Annotated[str, typer.Argument(metavar="TASK", help="The task's id, as `handoff tasks` lists it.")],
    *,
    who: Who,
    same: Annotated[str | None, typer.Option(metavar="CASE", help="The held notice belongs to this case.")] = None,
    new: Annotated[bool, typer.Option("--new", help="The held notice opens a case.")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="The held notice is nothing.")] = False,
    done: Annotated[bool, typer.Option("--done", help="Seen to: nothing more is to do.")] = False,
    name: Annotated[str, typer.Option(help="The person's name, where it was missing.")] = "",
    phone: Annotated[str, typer.Option(help="The phone number, where it was missing.")] = "",
    address: Annotated[str, typer.Option(help="The registered address, where it was missing.")] = "",
    folder: Folder = None,
) -> Order:
    """Settle a held notice, or note that a task is seen to."""
    decided = same or new or drop or done
    if BLANK in (name, phone, address):
        raise UsageError(f"Ask the sender, and write what it says in the place of {BLANK}.")
    verdict = choice(same=same, new=new, drop=drop, done=done) if decided or not (name or phone or address) else ""

    async def does(desk: "Desk") -> Answer:
        from events.settle import Settlement
        from handoff.fact import PersonTold
        from workers.cli.settling import acknowledge, settle_notice

        if verdict == "done":
            return await acknowledge(desk, task, who)
        typed = PersonTold(name=name, phone=phone, address=address)
        chosen = cast('Literal["same", "new", "drop", ""]', verdict)
        return await settle_notice(desk, Settlement(task, who, chosen, same or "", typed))

    return Order(does, folder)


@parked.command("list")
def parked_list(*, as_json: AsJson = False, folder: Folder = None) -> Order:
    """List parked records, each with its code, reason and place."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.parking import list_parked

        return await list_parked(desk)

    return Order(does, folder, as_json)


@parked.command("show")
def parked_show(
    number: Number,
    *,
    who: Annotated[str | None, typer.Option("--as", metavar="WHO", parser=code, help="Who reads its bytes.")] = None,
    content: Annotated[bool, typer.Option("--bytes", help="Print the record as it came: personal data.")] = False,
    as_json: AsJson = False,
    folder: Folder = None,
) -> Order:
    """Show one parked record; its bytes only with --bytes, as somebody."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.parking import show_parked

        return await show_parked(desk, number, who=who, content=content)

    return Order(does, folder, as_json)


@parked.command("retry")
def parked_retry(number: Number, *, who: Who, folder: Folder = None) -> Order:
    """Try a parked record again, after the profile was mended, say."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.parking import retry_parked

        return await retry_parked(desk, number, who)

    return Order(does, folder)


@parked.command("drop")
def parked_drop(number: Number, *, who: Who, folder: Folder = None) -> Order:
    """Give a parked record up: its bytes are deleted."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.parking import drop_parked

        return await drop_parked(desk, number, who)

    return Order(does, folder)
