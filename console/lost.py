"""What people read about a case that lost its workflow, with the command that rebuilds it."""

from collections.abc import Iterable

from console.connections import Connections
from handoff.store.queries import reads
from handoff.store.queries.stored import StoredCase
from handoff.vocabulary.losses import WorkflowLoss
from handoff.vocabulary.states import Role
from workflows.losses import LossWatch
from workflows.runs import Runs

REBUILD_ALL = "handoff rebuild --all-orphaned"


def stopped(case: StoredCase) -> bool:
    """Whether no workflow carries the open case on. One that was reset runs."""
    return case.loss not in ("", WorkflowLoss.RESET)


def in_full(case: StoredCase, connections: Connections) -> str:
    """What was lost, and the command, in sentences; "" if the case has its workflow."""
    if not case.loss:
        return ""
    then = "Nothing carries it on" if stopped(case) else "It may go wrong"
    command = connections.to_type(f"handoff rebuild {case.case_id} --as {Role.DUTY_OFFICER}")
    return f"The workflow of this case {loss_in_words(case.loss)}. {then}: `{command}`."


def loss_in_words(kind: str) -> str:
    """The end of the sentence "the workflow of this case ..."."""
    loss = WorkflowLoss.known(kind)
    return loss.says if loss else f"is lost ({kind})"


def counted_in_words(kinds: Iterable[str]) -> str:
    """How many were lost, and how, such as `197 no-workflow, 3 terminated`."""
    listed = list(kinds)
    return ", ".join(
        f"{listed.count(kind)} {kind}" for kind in sorted(set(listed), key=lambda kind: -listed.count(kind))
    )


async def found_lost(connections: Connections, case_id: str) -> str:
    """Look at once whether Temporal lost the workflow of a case, and note it. Returns `in_full`.

    Raises:
        RPCError: Temporal does not answer.
    """
    runs = Runs(await connections.temporal())
    await LossWatch(connections.engine, connections.vault, runs, connections.now).examine(case_id)
    async with connections.engine.connect() as conn:
        case = await reads.case(conn, case_id)
    return in_full(case, connections) if case else ""
