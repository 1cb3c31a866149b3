"""What a case answered people's actions, from its record. An action that is sent again gets the same answer."""

from handoff.case.messages import MilestoneResult
from handoff.case.record_rows import RowsOfCase


def answers_again(rows: RowsOfCase) -> dict[str, list[tuple[str, MilestoneResult]]]:
    """By the name of each action that was done, oldest first: the milestones that were written, with their results."""
    answers: dict[str, list[tuple[str, MilestoneResult]]] = {}
    for row in rows.timeline:
        event = rows.events.get(row.cause)
        if event and not event.number and row.result:
            answers.setdefault(event.name, []).append((row.what, row.result))
    return answers
