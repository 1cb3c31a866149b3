"""The result of settling a task, in words."""

from console.act import ActionDone
from console.cli.actions.outcome import answer
from console.cli.order import Answer
from console.connections import Connections
from events.contract.words import IntakeOutcome
from events.intake.writes import Taken
from handoff.vocabulary.outcomes import Verdict


def settled(connections: Connections, task: str, taken: Taken) -> Answer:
    """A held notice was settled."""
    look = connections.to_type(f"handoff show {taken.case_id}")
    about = f" Case {taken.case_id}: {look}" if taken.case_id else ""
    if taken.outcome == IntakeOutcome.AT_DOOR:
        about = f" The person is below the age, and the other doors are not checked: {_doors(connections)}"
    content = {"task": task, "outcome": taken.outcome, "case": taken.case_id or None}
    return Answer(content, [f"Settled: {taken.outcome}.{about}"])


def _doors(connections: Connections) -> str:
    return connections.to_type("handoff doors list")


def seen_to(connections: Connections, task: str, acted: ActionDone | None) -> Answer:
    """A task was marked as done. None: it belongs to no open case."""
    if acted:
        return answer(connections, acted)
    return Answer({"task": task, "outcome": Verdict.SETTLED}, [f"{task}: done."])
