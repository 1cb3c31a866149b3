"""The commands for what waits for a person: tasks, held notices, parked records."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from console.cli.options import LARGEST, Who, code, moment
from console.cli.order import Answer, choice, ordered
from console.errors import UsageError
from handoff.vocabulary.states import ParkedState, Role
from handoff.worklist.task_kinds import BLANK

if TYPE_CHECKING:
    from console.connections import Connections


Number = Annotated[
    int,
    typer.Argument(
        metavar="NUMBER", min=1, max=LARGEST, help="The record's number, as `handoff parked list` shows it."
    ),
]
From = Annotated[
    str | None, typer.Option("--from", metavar="INSTITUTION", parser=code, help="Only records from this institution.")
]
WithCode = Annotated[
    str | None, typer.Option("--code", parser=code, help="Only records that were refused with this code.")
]
parked = typer.Typer(name="parked", no_args_is_help=True, help="Messages that could not be processed.")


@ordered(json=True)
async def tasks(
    connections: "Connections",
    *,
    owner: Annotated[
        str | None,
        typer.Option(
            parser=code,
            help="Only tasks of this owner: coordinator, duty-officer, team-lead, or another that the profile names.",
        ),
    ] = None,
    case: Annotated[str | None, typer.Option(help="Only tasks of this case.")] = None,
) -> Answer:
    """List the open tasks, overdue first, each with the command that answers it. Replace `…` in a command."""
    from console.cli.doors.listed import waiting
    from console.cli.tasks.listed import listed
    from console.doors import count_doors
    from console.worklist import open_tasks

    answer = listed(await open_tasks(connections, owner=owner or "", case=case))
    if owner in (None, Role.COORDINATOR) and not case:
        answer.shown.extend(waiting(connections, await count_doors(connections)))
    return answer


@ordered()
async def settle(
    connections: "Connections",
    task: Annotated[str, typer.Argument(metavar="TASK", help="The task's id, as `handoff tasks` lists it.")],
    *,
    who: Who,
    same: Annotated[str | None, typer.Option(metavar="CASE", help="The held notice belongs to this case.")] = None,
    new: Annotated[bool, typer.Option("--new", help="The held notice opens a new case.")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="Discard the held notice. Its sender is told.")] = False,
    done: Annotated[
        bool, typer.Option("--done", help="Mark the task as done. Only if `handoff tasks` shows --done for it.")
    ] = False,
    name: Annotated[str, typer.Option(help="The person's name, if the notice left it out.")] = "",
    phone: Annotated[str, typer.Option(help="The phone number, if the notice left it out.")] = "",
    address: Annotated[str, typer.Option(help="The registered address, if the notice left it out.")] = "",
    at: Annotated[
        datetime | None,
        typer.Option(
            metavar="TIME", parser=moment, help="When it occurred, if the moment that was sent is impossible."
        ),
    ] = None,
) -> Answer:
    """Settle a held notice, or mark a task as done."""
    decided = same or new or drop or done
    if BLANK in (name, phone, address):
        raise UsageError(f"Ask the sender, then replace {BLANK} by its answer.")
    if at and not same:
        raise UsageError("--at goes with --same CASE: the moment at which an event of this case occurred.")
    verdict = choice(same=same, new=new, drop=drop, done=done) if decided or not (name or phone or address) else ""

    from console.cli.tasks import answers
    from console.settle import acknowledge, settle_notice
    from events.intake.resolve import Settlement
    from handoff.fact import Person

    if verdict == "done":
        return answers.seen_to(connections, task, await acknowledge(connections, task, who))
    typed = Person(name=name, phone=phone, address=address)
    chosen = cast('Literal["same", "new", "drop", ""]', verdict)
    taken = await settle_notice(connections, Settlement(task, who, chosen, same or "", typed, at))
    return answers.settled(connections, task, taken)


@parked.command("list")
@ordered(json=True)
async def parked_list(
    connections: "Connections",
    *,
    sender: From = None,
    with_code: WithCode = None,
    state: Annotated[
        ParkedState, typer.Option(help="Which records: still parked, or what became of them.")
    ] = ParkedState.PARKED,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many records to list at most.")] = 50,
    after: Annotated[
        int, typer.Option(metavar="NUMBER", min=0, max=LARGEST, help="Only records with a higher number than this.")
    ] = 0,
) -> Answer:
    """List parked records, the oldest first, with code, reason and place."""
    from console import parked as service
    from console.cli.tasks import parked as shown
    from handoff.store.intake.parked import Filter

    chosen = Filter(sender or "", with_code or "", state=state.value)
    return shown.page(connections, await service.list_parked(connections, chosen, limit, after), chosen)


@parked.command("count")
@ordered(json=True)
async def parked_count(connections: "Connections") -> Answer:
    """Count parked records by institution and code."""
    from console.cli.tasks.parked import counts
    from console.parked import count_parked

    return counts(await count_parked(connections))


@parked.command("show")
@ordered(json=True)
async def parked_show(
    connections: "Connections",
    number: Number,
    *,
    who: Annotated[str | None, typer.Option("--as", metavar="WHO", parser=code, help="Who reads the bytes.")] = None,
    content: Annotated[
        bool, typer.Option("--bytes", help="Also print the record as it came. It is personal data.")
    ] = False,
) -> Answer:
    """Show one parked record. --bytes needs --as."""
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
    """Try one parked record again, or all that match the options, for example after the profile was corrected."""
    if (number is None) == (not (sender or with_code)):
        raise UsageError("Give either a record's number, or --from or --code.")

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
    before: Annotated[
        datetime | None, typer.Option(parser=moment, help="Only records that were parked before this time.")
    ] = None,
    sure: Annotated[bool, typer.Option("--yes", help="Confirm that all records that match are dropped.")] = False,
) -> Answer:
    """Drop one parked record, or all that match the options. Their bytes are deleted."""
    if (number is None) == (not (sender or with_code or before)):
        raise UsageError("Give either a record's number, or --from, --code or --before.")

    from console.cli.tasks.parked import dropped
    from console.parked import drop_many, drop_parked
    from handoff.store.intake.parked import Filter

    if number is not None:
        await drop_parked(connections, number, who)
        return Answer({"dropped": number}, [f"Record {number} is dropped. Its bytes are deleted."])
    return dropped(await drop_many(connections, Filter(sender or "", with_code or "", before), who, sure=sure))
