"""Progress of a demonstration: its cases by stage, from PostgreSQL, as a live table."""

from dataclasses import dataclass
from typing import Any

from rich.panel import Panel
from rich.table import Table

from handoff.case.state import STAGES
from handoff.store.queries.notice_cases import NoticeProgress
from handoff.vocabulary.states import Stage

BAR = 30  # characters
COUNTED = ("notices", "cases", "services")  # groups whose zeros are shown


def moving(now: NoticeProgress, discharges: int, seconds: float) -> Panel:
    """The table at one moment; `discharges`: their number."""
    table = Table.grid(padding=(0, 2))
    for stage in STAGES:
        number = now.stages[stage]
        width = round(BAR * number / max(discharges, now.cases, 1))
        table.add_row(stage, f"{number:>3}", f"[{'green' if stage == Stage.CLOSED else 'cyan'}]{'━' * width}[/]")
    table.add_row("", "", "")
    table.add_row("served", f"{now.served:>3}", "people with a first delivered service")
    table.add_row("held", f"{now.held:>3}", "notices that a person has to settle")
    table.add_row("tasks", f"{now.tasks:>3}", "open")
    title = f"{now.cases} cases of {discharges} discharges, after {seconds:.0f} s"
    return Panel(table, title=title, title_align="left", expand=False)


def in_a_line(now: NoticeProgress | None) -> str:
    """The same as one line, for a log; None: a server is away."""
    if now is None:
        return "a server is away"
    stages = ", ".join(f"{stage} {number}" for stage, number in now.stages.items())
    return f"{now.cases} cases ({stages or 'none yet'})"


@dataclass
class NowAndThen:
    """Limits a message to one every so many seconds."""

    every: float
    last: float = 0

    def due(self, seconds: float) -> bool:
        """Whether it is time again; `seconds`: since the start."""
        if seconds - self.last < self.every:
            return False
        self.last = seconds
        return True


def summed_up(summary: dict[str, Any], seconds_per_day: float) -> Table:
    """The summary as a table for people."""
    table = Table(show_header=False, title=f"Run {summary['run']}, seed {summary['seed']}", title_justify="left")
    for name in ("notices", "cases", "services", "situations", "restarts"):
        counts = ", ".join(
            f"{key.replace('_', ' ')} {value}" for key, value in summary[name].items() if value or name in COUNTED
        )
        table.add_row(name, counts or "none")
    days = summary["first_service_days"]
    within = summary["share_within_two_days"]
    share = "-" if within is None else f"{within:.0%}"
    table.add_row("discharge to first service", f"p50 {days['p50']} days, p90 {days['p90']} days, in two days {share}")
    table.add_row("promises broken", ", ".join(f"{key} {value}" for key, value in summary["promises_broken"].items()))
    table.add_row("", f"a day lasts {seconds_per_day:g} seconds here, so a slow machine makes services late")
    return table
