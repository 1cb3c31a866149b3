"""The outcome of a notice that was typed in, in words."""

from console.cli.order import Answer
from console.connections import Connections
from events.contract.words import IntakeOutcome
from events.intake.writes import Taken


def answer(connections: Connections, taken: Taken) -> Answer:
    """Whether a case was opened, the notice joined a case, or a question has to be settled first."""
    content = {"outcome": taken.outcome, "case": taken.case_id or None, "task": taken.task_id or None}
    if taken.outcome == IntakeOutcome.HELD:
        return Answer(
            content, [f"Held. Task {taken.task_id} says what to settle: {connections.to_type('handoff tasks')}"]
        )
    if taken.outcome == IntakeOutcome.AT_DOOR:
        to_list = connections.to_type("handoff doors list")
        says = (
            f"The person is below the age of eligibility. No case was opened: ask about the other doors. See {to_list}"
        )
        return Answer(content, [says])
    if taken.outcome == IntakeOutcome.NOT_ELIGIBLE:
        return Answer(content, ["Recorded as not eligible: every door is shut by what the notice says."])
    word = {IntakeOutcome.OPENED: "A case was opened", IntakeOutcome.JOINED: "The notice joined the open case"}.get(
        taken.outcome, taken.outcome
    )
    look = connections.to_type(f"handoff show {taken.case_id}")
    return Answer(content, [f"{word}: {taken.case_id}. See it: {look}"])
