"""The state of a case in words, for its page in Temporal's UI. It has no personal data."""

from handoff.case.state import CaseState
from workflows.summaries import awaited


def state_in_words(case: CaseState) -> str:
    """The state as Markdown: stage, why the case waits, overdue clocks, running clocks with owners, plan lines.

    The running clocks are in the order of their deadlines.
    """
    if case.end:
        return f"**ended: {case.end}**"
    dues = sorted((due for due in case.dues.values() if due.due_at), key=lambda due: (due.due_at, due.name))
    listed = [
        *(f"- late: {awaited(name)}" for name in case.overdue),
        *(f"- next: {awaited(due.name, due.owner)}, until {due.due_at:%Y-%m-%d %H:%M %Z}" for due in dues),
        *(f"- line {line.line}: {line.state}" for line in case.lines.values()),
    ]
    stage = f"**stage: {case.stage}**" + (f", stands still: {case.stands}" if case.stands else "")
    return "\n".join([stage, "", *listed]) if listed else stage
