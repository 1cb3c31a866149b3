"""The commands about what waits for a person: tasks, held notices, parked records."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from console.cli.options import Who, code, moment
from console.cli.order import Answer, choice, ordered
from console.errors import UsageError
from handoff.vocabulary.states import ParkedState
from handoff.worklist.task_kinds import BLANK

if TYPE_CHECKING:
    from console.connections import Connections


Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The record's number, as `handoff parked list` has it.")]
From = Annotated[
    str | None, typer.Option("--from", metavar="INSTITUTION", parser=code, help="Only this institution's.")
]
WithCode = Annotated[str | None, typer.Option("--code", parser=code, help="Only those under this code.")]
parked = typer.Typer(name="parked", no_args_is_help=True, help="Messages that could not be processed.")


@ordered(json=True)
async def tasks(
    connections: "Connections",
    *,
    owner: Annotated[str | None, typer.Option(parser=code, help="Only this owner's.")] = None,
    case: Annotated[str | None, typer.Option(help="Only this case's.")] = None,
) -> Answer:
    """List what waits for a person, overdue first, each with the command that answers it (fill in what says `…`)."""
    from console.cli.tasks.listed import listed
    from console.worklist import open_tasks

    return listed(await open_tasks(connections, owner=owner or "", case=case))


@ordered()
async def settle(
    connections: "Connections",
    task: Annotated[str, typer.Argument(metavar="TASK", help="The task's id, as `handoff tasks` lists it.")],
    *,
    who: Who,
    same: Annotated[str | None, typer.Option(metavar="CASE", help="The held notice belongs to this case.")] = None,
    new: Annotated[bool, typer.Option("--new", help="The held notice opens a case.")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="Discard the held notice.")] = False,
    done: Annotated[
        bool, typer.Option("--done", help="Mark the task as done, where `handoff tasks` offers it.")
    ] = False,
    name: Annotated[str, typer.Option(help="The person's name, if the notice left it out.")] = "",
    phone: Annotated[str, typer.Option(help="The phone number, if the notice left it out.")] = "",
    address: Annotated[str, typer.Option(help="The registered address, if the notice left it out.")] = "",
) -> Answer:
    """Settle a held notice, or note that a task is seen to."""
    decided = same or new or drop or done
    if BLANK in (name, phone, address):
        raise UsageError(f"Ask the sender, and write what it says in the place of {BLANK}.")
    verdict = choice(same=same, new=new, drop=drop, done=done) if decided or not (name or phone or address) else ""

    from console.cli.tasks import answers
    from console.settle import acknowledge, settle_notice
    from events.intake.resolve import Settlement
    from handoff.fact import Person

    if verdict == "done":
        return answers.seen_to(connections, task, await acknowledge(connections, task, who))
    typed = Person(name=name, phone=phone, address=address)
    chosen = cast('Literal["same", "new", "drop", ""]', verdict)
    taken = await settle_notice(connections, Settlement(task, who, chosen, same or "", typed))
    return answers.settled(connections, task, taken)


@parked.command("list")
@ordered(json=True)
async def parked_list(
    connections: "Connections",
    *,
    sender: From = None,
    with_code: WithCode = None,
    state: Annotated[ParkedState, typer.Option(help="What became of them.")] = ParkedState.PARKED,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 50,
    after: Annotated[int, typer.Option(metavar="NUMBER", help="Only those behind this number.")] = 0,
) -> Answer:
    """List parked records, the oldest first, each with its code, reason and place."""
    from console import parked as service
    from console.cli.tasks import parked as shown
    from handoff.store.intake.parked import Filter

    wanted = Filter(sender or "", with_code or "", state=state.value)
    return shown.page(connections, await service.list_parked(connections, wanted, limit, after), wanted)


@parked.command("count")
@ordered(json=True)
async def parked_count(connections: "Connections") -> Answer:
    """Count what is parked, by institution and code."""
    from console.cli.tasks.parked import counts
    from console.parked import count_parked

    return counts(await count_parked(connections))


@parked.command("show")
@ordered(json=True)
async def parked_show(
    connections: "Connections",
    number: Number,
    *,
    who: Annotated[str | None, typer.Option("--as", metavar="WHO", parser=code, help="Who reads its bytes.")] = None,
    content: Annotated[bool, typer.Option("--bytes", help="Print the record as it came: personal data.")] = False,
) -> Answer:
    """Show one parked record; --bytes needs --as."""
    from console.cli.tasks.parked import one
    from console.parked import show_parked

    return one(await show_parked(connections, number, who=who, content=content))


@parked.command("retry")
@ordered(json=True)
async def parked_retry(
    connections: "Connections",
    number: Annotated[int | None, typer.Argument(metavar="[NUMBER]", help="One record, by its number.")] = None,
    *,
    who: Who,
    sender: From = None,
    with_code: WithCode = None,
) -> Answer:
    """Try a parked record again, or all that match the options, for example after the profile was corrected."""
    if (number is None) == (not (sender or with_code)):
        raise UsageError("Give either a record's number, or name some by --from or --code.")

    from console.cli.tasks.parked import retried, taken
    from console.parked import retry_many, retry_parked
    from handoff.store.intake.parked import Filter

    if number is not None:
        return taken(await retry_parked(connections, number, who))
    return retried(await retry_many(connections, Filter(sender or "", with_code or ""), who))


@parked.command("drop")
@ordered()
async def parked_drop(
    connections: "Connections",
    number: Annotated[int | None, typer.Argument(metavar="[NUMBER]", help="One record, by its number.")] = None,
    *,
    who: Who,
    sender: From = None,
    with_code: WithCode = None,
    before: Annotated[datetime | None, typer.Option(parser=moment, help="Only those parked before.")] = None,
    sure: Annotated[bool, typer.Option("--yes", help="Drop all that the options name.")] = False,
) -> Answer:
    """Give up one parked record, or all that the options name: their bytes are deleted."""
    if (number is None) == (not (sender or with_code or before)):
        raise UsageError("Give either a record's number, or name some by --from, --code or --before.")

    from console.cli.tasks.parked import dropped
    from console.parked import drop_many, drop_parked
    from handoff.store.intake.parked import Filter

    if number is not None:
        await drop_parked(connections, number, who)
        return Answer({"dropped": number}, [f"Record {number} is dropped; its bytes are deleted."])
    return dropped(await drop_many(connections, Filter(sender or "", with_code or "", before), who, sure=sure))
