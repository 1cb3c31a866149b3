"""Cases in a list, and one case whole: who does what next, what it waits for and why, and what happened."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from handoff.fact import Person
from handoff.store import persons
from handoff.store.queries import reads
from handoff.store.queries.reads import CaseRead, CaseWhole
from handoff.worklist.next_action import Next, RunningClock, following, waits
from workers.cli.order import Answer, NotFoundError
from workers.cli.reasons import in_order, in_words, what, what_and_why
from workers.cli.words import DUE_HEADS, entry, local, table, to_the_second
from workers.compose import Desk


async def list_cases(desk: Desk, *, stage: str = "", closed: bool = False) -> Answer:
    """Cases by what is due next; closed ones only if they are asked for."""
    async with desk.engine.connect() as conn:
        found = await reads.all_cases(conn, desk.now(), closed=closed)
    listed = [read for read in found if stage in ("", read.stage)]
    if not listed:
        return Answer([], ["There are no such cases."])
    heads = DUE_HEADS + Text("         Stage", style="bold")
    return Answer([_read(read, desk) for read in listed], [heads, *(_row(read, desk) for read in listed)])


async def show_case(desk: Desk, case: str) -> Answer:
    """One case, without whose it is.

    Raises:
        NotFoundError: there is no such case.
    """
    async with desk.engine.connect() as conn:
        whole = await reads.whole(conn, case, desk.now())
    if whole is None:
        raise NotFoundError(f"There is no case {case}; `handoff cases --all` lists them.")
    return Answer(_whole(whole, desk), _panels(whole, desk))


async def show_identity(desk: Desk, case: str, answer: Answer, *, who: str, why: str) -> Answer:
    """The same, with who the person is; the look is logged before it is shown.

    Raises:
        NotFoundError: the person was erased.
    """
    async with desk.engine.begin() as conn:
        await reads.log_identity_read(conn, case, who=who, why=why, now=desk.now())
        person = await reads.person_of(conn, case)
    try:
        async with desk.engine.connect() as conn:
            told = await persons.read(conn, desk.vault, person or "")
    except persons.NoSuchPersonError as error:
        raise NotFoundError("This person's identity was erased.") from error
    identity = _identity(told)
    lines = "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in identity.items())
    return Answer(
        {**answer.content, "identity": identity},
        [Panel(lines, title="Identity", title_align="left", expand=False), *answer.shown],
    )


def _identity(told: Person) -> dict[str, Any]:
    named = {name: value for name, value in asdict(told).items() if value not in ("", None)}
    return {name: str(value) if not isinstance(value, bool) else value for name, value in named.items()}


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _next(found: Next | None, desk: Desk) -> dict[str, Any] | None:
    if found is None:
        return None
    action = f"{found.action}: {desk.to_type(found.command)}" if found.command else found.action
    return {"action": action, "owner": found.owner, "due_at": _moment(found.due_at)}


def _read(read: CaseRead, desk: Desk) -> dict[str, Any]:
    return {
        "case": read.case,
        "stage": read.stage,
        "next": _next(read.next, desk),
        "overdue": read.overdue,
        "opened_at": _moment(read.opened_at),
        "discharged_at": _moment(read.discharged_at),
        "expected_at": _moment(read.expected_at),
        "closed_at": _moment(read.closed_at),
        "end": read.end or None,
    }


def _row(read: CaseRead, desk: Desk) -> Text:
    """One case: what is due and whose it is, and beneath it the words and the command."""
    if read.closed_at:
        return entry(read.closed_at, (f"{'':<12}", f"{read.case:<11}", read.stage), [in_words(read.end)])
    if read.next is None:
        return entry(
            read.opened_at, (f"{'nobody':<12}", f"{read.case:<11}", read.stage), ["nobody owns the next action"]
        )
    command = desk.to_type(read.next.command) if read.next.command else ""
    cells = f"{read.next.owner:<12}", f"{read.case:<11}", read.stage
    return entry(read.next.due_at, cells, (read.next.action, command), overdue=read.overdue)


def _whole(whole: CaseWhole, desk: Desk) -> dict[str, Any]:
    row, now = whole.case, desk.now()
    found = None if row.closed_at else following(whole.tasks, whole.clocks, now)
    awaited = [] if row.closed_at else waits(whole.tasks, whole.clocks, now)
    return {
        "case": row.case_id,
        "stage": row.stage,
        "next": _next(found, desk),
        "waits": [{"for": each.for_, "why": each.why, "since": _moment(each.since)} for each in awaited],
        "timeline": [_happened(each) for each in whole.timeline],
        "consent": row.consent or None,
        "eligibility": row.eligibility or None,
        "priority": row.priority or None,
        "facility": row.facility,
        "expected_at": _moment(row.expected_at),
        "discharged_at": _moment(row.discharged_at),
        "admitted_at": _moment(row.admitted_at),
        "closed_at": _moment(row.closed_at),
        "end": reads.end(row) or None,
        "lines": [_line(each, whole) for each in whole.lines],
        "checks": [
            {"check": each.check_id, "state": each.state, "planned_at": _moment(each.planned_at)}
            for each in whole.checks
        ],
        "clocks": [_clock(each) for each in whole.clocks],
        "tasks": [
            {
                "task": each.task,
                "kind": each.kind,
                "owner": each.owner,
                "due_at": _moment(each.due_at),
                "do": desk.to_type(each.commands(now)[0]),
            }
            for each in whole.tasks
        ],
    }


def _happened(row: Any) -> dict[str, Any]:
    return {
        "occurred_at": _moment(row.occurred_at),
        "known_at": _moment(row.known_at),
        "who": row.who or "engine",
        "what": what(row),
        "why": row.why or row.code,
    }


def _line(line: Any, whole: CaseWhole) -> dict[str, Any]:
    offers = [each for each in whole.referrals if each.line_id == line.line_id]
    visits = [each for each in whole.visits if each.line_id == line.line_id]
    planned = [each for each in visits if each.state == "scheduled"]
    return {
        "line": line.line_id,
        "service": line.service,
        "kind": line.kind,
        "quantity": line.quantity,
        "per": line.per or None,
        "urgent": line.urgent,
        "state": line.state,
        "provider": line.provider or None,
        "reason": line.reason or None,
        "offer": offers[-1].offer_id if offers else None,
        "offer_state": offers[-1].state if offers else None,
        "visits": {"completed": sum(each.state == "completed" for each in visits), "planned": len(planned)},
        "next_visit": planned[0].visit_id if planned else None,
        "next_visit_at": _moment(planned[0].planned_at) if planned else None,
    }


def _clock(clock: RunningClock) -> dict[str, Any]:
    return {
        "clock": clock.name,
        "owner": clock.owner,
        "started_at": _moment(clock.started_at),
        "due_at": None if clock.stands else _moment(clock.due_at),
        "pauses": [dict(pause) for pause in clock.pauses],
        "stands_still": clock.stands[-1]["why"] if clock.stands else None,
    }


def _panels(whole: CaseWhole, desk: Desk) -> list[Any]:
    shown = _whole(whole, desk)
    found = None if whole.case.closed_at else following(whole.tasks, whole.clocks, desk.now())
    parts: list[Any] = [_header(shown, whole, found, desk.now())]
    if found and found.command:  # on a line of its own, to be copied
        parts.append(Text(f"    {desk.to_type(found.command)}"))
    if shown["lines"]:
        parts.append(_lines(shown))
    if shown["waits"]:
        rows = [(local(datetime.fromisoformat(each["since"])), each["for"], each["why"]) for each in shown["waits"]]
        parts.append(Panel(table(("Since", "Waits for", "Why"), rows), title="Waits", title_align="left", expand=False))
    told = [
        (to_the_second(each.occurred_at), each.who or "engine", what_and_why(each, why))
        for each, why in in_order(whole.timeline)
    ]
    return [
        *parts,
        Panel(table(("When", "Who", "What, and why"), told), title="What happened", title_align="left", expand=False),
    ]


def _header(shown: dict[str, Any], whole: CaseWhole, found: Next | None, now: datetime) -> Panel:
    row = whole.case
    grid = Table.grid(padding=(0, 2))
    grid.add_row("stage", f"[bold]{row.stage}[/]" + (f", {in_words(shown['end'])}" if shown["end"] else ""))
    grid.add_row("consent", row.consent or "not told yet")
    grid.add_row("eligible", f"{row.eligibility or 'not screened yet'}, priority {row.priority or 'not known yet'}")
    grid.add_row("discharge", _discharge(row))
    if found:
        late = ", overdue" if found.due_at <= now else ""
        grid.add_row("next", found.action)
        grid.add_row("by", f"{found.owner}, until {local(found.due_at)}{late}")
    elif not row.closed_at:
        grid.add_row("next", "[red]nobody owns the next action[/]")
    return Panel(grid, title=f"Case {row.case_id}", title_align="left", expand=False)


def _discharge(row: Any) -> str:
    if row.admitted_at:
        return f"in hospital again since {local(row.admitted_at)}"
    if row.discharged_at:
        return f"{local(row.discharged_at)}, told by {row.facility or 'the desk'}"
    return f"expected {local(row.expected_at)}, told by {row.facility or 'the desk'}" if row.expected_at else "no date"


def _lines(shown: dict[str, Any]) -> Panel:
    rows = []
    for each in shown["lines"]:
        amount = f"{each['quantity']} per {each['per']}" if each["per"] else str(each["quantity"])
        visit = datetime.fromisoformat(each["next_visit_at"]) if each["next_visit_at"] else None
        rows.append(f"{each['line']}  {each['service']}, {amount}: {each['state']}")
        named = (each["provider"], f"next visit {local(visit)}: {each['next_visit']}" if visit else "")
        rows += [f"    {beneath}" for beneath in named if beneath]
    return Panel(Text("\n".join(rows)), title="Plan", title_align="left", expand=False)
