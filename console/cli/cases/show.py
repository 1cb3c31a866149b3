"""Cases in a list, and one case on a screen."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from console.cli.order import Answer
from console.cli.output import DUE_HEADS, entry, table, to_the_second
from console.connections import Connections
from console.moments import local
from console.reasons import in_order, in_words, what_and_why
from console.show import case_content, listed_content
from handoff.store.queries.reads import CaseRead, CaseWhole
from handoff.worklist.next_action import Next, following


def listed(connections: Connections, cases: Sequence[CaseRead]) -> Answer:
    """Each case with what is due next."""
    if not cases:
        return Answer([], ["There are no such cases."])
    heads = DUE_HEADS + Text("         Stage", style="bold")
    return Answer(
        [listed_content(read, connections) for read in cases], [heads, *(_row(read, connections) for read in cases)]
    )


def shown(connections: Connections, whole: CaseWhole) -> Answer:
    """One case, without whose it is."""
    return Answer(case_content(whole, connections), _panels(whole, connections))


def with_identity(answer: Answer, identity: dict[str, Any]) -> Answer:
    """The same, with who the person is."""
    lines = "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in identity.items())
    return Answer(
        {**answer.content, "identity": identity},
        [Panel(lines, title="Identity", title_align="left", expand=False), *answer.shown],
    )


def _row(read: CaseRead, connections: Connections) -> Text:
    """One case: what is due and whose it is, and beneath it the words and the command."""
    if read.closed_at:
        return entry(read.closed_at, (f"{'':<12}", f"{read.case:<11}", read.stage), [in_words(read.end)])
    if read.next is None:
        return entry(
            read.opened_at, (f"{'nobody':<12}", f"{read.case:<11}", read.stage), ["nobody owns the next action"]
        )
    command = connections.to_type(read.next.command) if read.next.command else ""
    cells = f"{read.next.owner:<12}", f"{read.case:<11}", read.stage
    return entry(read.next.due_at, cells, (read.next.action, command), overdue=read.overdue)


def _panels(whole: CaseWhole, connections: Connections) -> list[Any]:
    shown = case_content(whole, connections)
    found = None if whole.case.closed_at else following(whole.tasks, whole.clocks, connections.now())
    parts: list[Any] = [_header(shown, whole, found, connections.now())]
    if found and found.command:  # on a line of its own, to be copied
        parts.append(Text(f"    {connections.to_type(found.command)}"))
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
