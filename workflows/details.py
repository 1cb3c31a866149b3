"""The case in words, for Temporal's own page of it: no personal data."""

from handoff.case.state import CaseState


def case_in_words(case: CaseState) -> str:
    """Markdown: stage, what stands still and why, the lines, and every clock with its owner, soonest first."""
    if case.end:
        return f"**ended**: {case.end}"
    dues = sorted((due for due in case.dues.values() if due.due_at), key=lambda due: (due.due_at, due.name))
    return "\n".join(
        [
            f"**{case.stage}**" + (f", stands still: {case.stands}" if case.stands else ""),
            *(f"- next: {due.name}, by {due.owner or 'nobody'}, until {due.due_at:%Y-%m-%d %H:%M %Z}" for due in dues),
            *(f"- line {line.line}: {line.state}" for line in case.lines.values()),
        ]
    )
