"""A list of cases, and one case, for a terminal."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from textwrap import wrap

from rich.console import RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from console.case_view import CaseView, LineView, MilestoneView
from console.cli.cases.content import case_content, listed_content
from console.cli.cases.details import detail_content, in_a_line
from console.cli.order import Answer
from console.cli.output import DUE_HEADS, entry, table, to_the_second
from console.moments import last_moment, local
from console.person import DetailView
from console.reasons import in_words
from console.show import Identity
from handoff.rules.rhythm import Occurrence
from handoff.store.joins import CaseJoin
from handoff.store.queries.reads import CaseRead
from handoff.timezone import KST
from handoff.vocabulary.consents import ConsentScope

DATES_WIDTH = 100


def listed(cases: Sequence[CaseRead]) -> Answer:
    """Each case with its next action."""
    if not cases:
        return Answer([], ["There are no such cases."])
    heads = DUE_HEADS + Text("         Stage, visits delivered", style="bold")
    return Answer([listed_content(read) for read in cases], [heads, *(_row(read) for read in cases)])


def shown(view: CaseView) -> Answer:
    """One case, without the person's identity."""
    return Answer(case_content(view), _panels(view))


def with_details(answer: Answer, details: Sequence[DetailView], *, earlier: bool, values: bool) -> Answer:
    """The same, with who told which detail of the person.

    Args:
        answer: the case.
        details: every version of every detail.
        earlier: also versions that do not count. Those that contradict are always shown.
        values: also what was told: personal data, so only after a logged look.
    """
    chosen = [view for view in details if earlier or view.counts or view.disputed]
    if not chosen:
        return answer
    content = {**answer.content, "details": [detail_content(view, values=values) for view in chosen]}
    lines = "\n".join(in_a_line(view, value=values) for view in chosen)
    return Answer(content, [*answer.shown, _panel(Text(lines), "Who told what about the person")])


def with_identity(answer: Answer, identity: Identity) -> Answer:
    """The same, with the person's identity."""
    lines = "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in identity.items())
    return Answer({**answer.content, "identity": identity}, [_panel(Text(lines), "Identity"), *answer.shown])


def _row(read: CaseRead) -> Text:
    """One case: when it is due and who owns it. The next lines say what to do, and the command."""
    if read.closed_at:
        cells = f"{'':<12}", f"{read.case:<11}", f"{read.stage}{_delivered(read)}"
        into = f" ({read.joined_into})" if read.joined_into else ""
        return entry(read.closed_at, cells, [in_words(read.end) + into])
    if read.next is None:
        return entry(
            read.opened_at, (f"{'nobody':<12}", f"{read.case:<11}", read.stage), ["nobody owns the next action"]
        )
    cells = f"{read.next.owner:<12}", f"{read.case:<11}", f"{read.stage}{_delivered(read)}{_lost(read)}"
    beneath = ["something else is overdue"] if read.overdue and not read.next_overdue else []
    return entry(read.next.due_at, cells, (read.next.action, read.next.command, *beneath), overdue=read.next_overdue)


def _delivered(read: CaseRead) -> str:
    amount = read.delivered
    return f", {amount.delivered} of {amount.planned}" if amount.planned else ""


def _lost(read: CaseRead) -> str:
    return f", workflow lost: {read.lost}" if read.lost else ""


def _panels(view: CaseView) -> list[RenderableType]:
    parts: list[RenderableType] = [Text(view.lost_says, style="bold red")] if view.lost else []
    parts.append(_header(view))
    if view.next and view.next.command:  # on a line of its own, to be copied
        parts.append(Text(f"    {view.next.command}"))
    if view.lines:
        parts.append(_panel(Text("\n".join(row for line in view.lines for row in _line(line))), "Plan"))
    if view.waits:
        waits = [(local(wait.since), wait.for_, wait.why) for wait in view.waits]
        parts.append(_panel(table(("Since", "Waits for", "Why"), waits), "Waits"))
    happened = [
        (to_the_second(milestone.known_at), occurred(milestone), milestone.who, milestone.said)
        for milestone in view.timeline
    ]
    heads = ("Known", "Occurred", "Who", "What, and why")
    return [*parts, _panel(table(heads, happened), "What happened, in the order in which it became known")]


def occurred(milestone: MilestoneView) -> str:
    """When it occurred, without the year if it became known in the same; "" if it became known within the minute."""
    if abs(milestone.known_at - milestone.occurred_at) < timedelta(minutes=1):
        return ""
    year = f"{milestone.known_at.astimezone(KST):%Y-}"
    return local(milestone.occurred_at).removeprefix(year)  # the ids beside it stay whole on eighty columns


def _panel(content: RenderableType, title: str) -> Panel:
    return Panel(content, title=title, title_align="left", expand=False)


def _consent(view: CaseView) -> str:
    until = f", until {last_moment(view.consent_until)}" if view.consent_until else ""
    return f"{view.consent}{until}" if view.consent else "not known yet"


def _refused(view: CaseView) -> str:
    """What the person refuses of the support; with the lookup, whether the papers have come."""
    papers = f"the papers came {local(view.papers_at)}" if view.papers_at else "papers are awaited"
    lookup = f"the lookup of records ({papers})"
    parts = (lookup if part == ConsentScope.LOOKUP else part.replace(":", " ") for part in view.refused)
    return ", ".join(parts)


def _header(view: CaseView) -> Panel:
    grid = Table.grid(padding=(0, 2))
    grid.add_row("stage", Text.assemble((view.stage, "bold"), f", {in_words(view.end)}" if view.end else ""))
    grid.add_row("consent", _consent(view))
    if view.refused:
        grid.add_row("refuses", _refused(view))
    grid.add_row("eligible", f"{view.eligibility or 'not screened yet'}, priority {view.priority or 'not known yet'}")
    grid.add_row("discharge", _discharge(view))
    if view.death:
        grid.add_row("death", ", ".join(filter(None, (in_words(view.death), local(view.died_at)))))
    if view.restricted:
        grid.add_row("disclosure", "access is restricted: nobody else is told who it is before a person answers")
    for join in view.joins:
        grid.add_row("same person", joined_in_words(join, view.case))
    if view.next:
        late = ", overdue" if view.overdue else ""
        grid.add_row("next", view.next.action)
        grid.add_row("by", f"{view.next.owner}, until {local(view.next.due_at)}{late}")
    elif not view.closed_at:
        grid.add_row("next", Text("nobody owns the next action", style="red"))
    return _panel(grid, f"Case {view.case}")


def joined_in_words(join: CaseJoin, case: str) -> str:
    """With which other case of the person it was joined, by whom, and whether that was undone."""
    into = f"into {join.into_case_id}, which goes on" if join.case_id == case else f"with {join.case_id}, which ended"
    undone = f"; undone by {join.undone_by}, {local(join.undone_at)}" if join.undone_at else ""
    return f"{into}: by {join.who}, {local(join.joined_at)}{undone}"


def _discharge(view: CaseView) -> str:
    teller = view.facility or "the desk"
    if view.admitted_at:
        return f"in hospital again since {local(view.admitted_at)}"
    if view.discharged_at:
        return f"{local(view.discharged_at)}, told by {teller}"
    return f"expected {local(view.expected_at)}, told by {teller}" if view.expected_at else "no date"


def _line(view: LineView) -> list[str]:
    line = view.line
    amount = f"{line.quantity} per {line.per}" if line.per else str(line.quantity)
    on = f" ({line.weekdays.replace(',', ', ')})" if line.weekdays else ""
    start = f", from {line.starts_on}" if line.starts_on else ""
    change = "".join(f"; from {_change(change, view)}" for change in line.changes) if not view.ended else ""
    change += f"; ends {local(line.ends_at)}" if line.ends_at and not view.ended else ""
    visit = f"next visit {local(view.next_visit_at)}: {view.next_visit}" if view.next_visit else ""
    visit += ", proposed by the engine" if view.proposed else ""
    dates = f"then {', '.join(map(_date, view.dates))}" if view.dates else ""
    beneath = (
        f"    {part}" for part in (line.provider, delivered_in_words(view), visit, *wrap(dates, DATES_WIDTH)) if part
    )
    return [f"{line.line_id}  {line.service}, {amount}{on}{start}{change}: {view.ended or line.state}", *beneath]


def _change(change: Mapping[str, object], view: LineView) -> str:
    """A rhythm that is to come: its first day, its weekdays, and how many visits there are if that changes."""
    day = datetime.fromisoformat(str(change["begins_at"])).astimezone(KST).date()
    weekdays = str(change["weekdays"]).replace(",", ", ")
    if change["quantity"] == view.line.quantity:
        return f"{day}: {weekdays}"
    return f"{day}: {change['quantity']} per {view.line.per}" + (f" ({weekdays})" if weekdays else "")


def delivered_in_words(view: LineView) -> str:
    """How much was delivered, of how much, by whose word and until when; "" before a provider has begun."""
    amount, tally = view.delivered, view.delivered.tally
    if not tally.regular:
        return ""
    units = f" ({amount.units} units)" if amount.units != tally.delivered else ""
    of = f"{tally.delivered} of {amount.planned} visits delivered" if amount.planned else f"{tally.delivered} delivered"
    parts = [
        of + units,
        f"{tally.missed} missed" if tally.missed else "",
        f"{tally.unreported} not reported yet" if tally.unreported else "",
        f"reported by {', '.join(amount.reporters)}" if amount.reporters else "",
        f"until {local(view.until)}" if view.until else "",
    ]
    return ", ".join(part for part in parts if part)


def _date(date: Occurrence) -> str:
    """A date to come, such as `Tue 12-08`; with its day in the rhythm if a holiday moved it."""
    day = f"{date.slot.astimezone(KST):%a %m-%d}"
    if date.planned_at is None:
        return f"{day} skipped (holiday)"
    return f"{date.planned_at.astimezone(KST):%a %m-%d}" + (f" (holiday on {day})" if date.holiday else "")
