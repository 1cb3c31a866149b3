"""The commands about what waits for a person: tasks, held notices, parked records."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from handoff.worklist.task_kinds import BLANK
from workers.cli.options import AsJson, Folder, Who, code, moment
from workers.cli.order import Answer, Order, UsageError, choice

if TYPE_CHECKING:
    from workers.compose import Desk


class State(StrEnum):
    """What became of a parked record."""

    PARKED = "parked"
    RETRIED = "retried"
    DROPPED = "dropped"
    EXPIRED = "expired"


Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The record's number, as `handoff parked list` has it.")]
From = Annotated[
    str | None, typer.Option("--from", metavar="INSTITUTION", parser=code, help="Only this institution's.")
]
WithCode = Annotated[str | None, typer.Option("--code", parser=code, help="Only those under this code.")]
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
        from events.intake.resolve import Settlement
        from handoff.fact import Person
        from workers.cli.settling import acknowledge, settle_notice

        if verdict == "done":
            return await acknowledge(desk, task, who)
        typed = Person(name=name, phone=phone, address=address)
        chosen = cast('Literal["same", "new", "drop", ""]', verdict)
        return await settle_notice(desk, Settlement(task, who, chosen, same or "", typed))

    return Order(does, folder)


@parked.command("list")
def parked_list(
    *,
    sender: From = None,
    with_code: WithCode = None,
    state: Annotated[State, typer.Option(help="What became of them.")] = State.PARKED,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 50,
    after: Annotated[int, typer.Option(metavar="NUMBER", help="Only those behind this number.")] = 0,
    as_json: AsJson = False,
    folder: Folder = None,
) -> Order:
    """List parked records, the oldest first, each with its code, reason and place."""

    async def does(desk: "Desk") -> Answer:
        from handoff.store.intake.parked import Filter
        from workers.cli.parking import list_parked

        return await list_parked(desk, Filter(sender or "", with_code or "", state=state.value), limit, after)

    return Order(does, folder, as_json)


@parked.command("count")
def parked_count(*, as_json: AsJson = False, folder: Folder = None) -> Order:
    """Count what is parked, by institution and code."""

    async def does(desk: "Desk") -> Answer:
        from workers.cli.parking import count_parked

        return await count_parked(desk)

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
def parked_retry(
    number: Annotated[int | None, typer.Argument(metavar="[NUMBER]", help="One record, by its number.")] = None,
    *,
    who: Who,
    sender: From = None,
    with_code: WithCode = None,
    as_json: AsJson = False,
    folder: Folder = None,
) -> Order:
    """Try a parked record again, or all that the options name: after the profile was mended, say."""
    if (number is None) == (not (sender or with_code)):
        raise UsageError("Give either a record's number, or name some by --from or --code.")

    async def does(desk: "Desk") -> Answer:
        from handoff.store.intake.parked import Filter
        from workers.cli.parking import retry_many, retry_parked

        if number is not None:
            return await retry_parked(desk, number, who)
        return await retry_many(desk, Filter(sender or "", with_code or ""), who)

    return Order(does, folder, as_json)


@parked.command("drop")
def parked_drop(
    number: Annotated[int | None, typer.Argument(metavar="[NUMBER]", help="One record, by its number.")] = None,
    *,
    who: Who,
    sender: From = None,
    with_code: WithCode = None,
    before: Annotated[datetime | None, typer.Option(parser=moment, help="Only those parked before.")] = None,
    sure: Annotated[bool, typer.Option("--yes", help="Drop all that the options name.")] = False,
    folder: Folder = None,
) -> Order:
    """Give up one parked record, or all that the options name: their bytes are deleted."""
    if (number is None) == (not (sender or with_code or before)):
        raise UsageError("Give either a record's number, or name some by --from, --code or --before.")

    async def does(desk: "Desk") -> Answer:
        from handoff.store.intake.parked import Filter
        from workers.cli.parking import drop_many, drop_parked

        if number is not None:
            return await drop_parked(desk, number, who)
        return await drop_many(desk, Filter(sender or "", with_code or "", before), who, sure=sure)

    return Order(does, folder)
