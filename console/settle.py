"""Settles held notices, and marks other tasks as done."""

from console.act import ActionDone, act
from console.action import Action
from console.connections import Connections
from console.errors import NotFoundError
from events.intake.resolve import NotSettledError, Resolver, Settlement
from events.intake.writes import Taken
from handoff.store.intake.tasks import NoSuchTaskError
from handoff.store.queries import reads, settled
from handoff.vocabulary.awaited import TaskKind
from handoff.vocabulary.words import EventKind
from handoff.worklist.next_action import OpenTask

# Tasks without a command of their own. Other tasks have one: marking them as done would leave the case waiting.
_SEEN_TO = {
    TaskKind.MISSED_VISIT,
    TaskKind.MISSED_VISIT_ESCALATED,
    TaskKind.SAFETY_CHECK,
    TaskKind.DATES_DIFFER,
    TaskKind.CONFIRM_DEATH,
    TaskKind.CONFIRM_REFUSAL,
    TaskKind.CONFIRM_RESTRICTION,
    TaskKind.FIRST_SERVICE_LATE,
    TaskKind.LATE_FIRST_VISIT,
    TaskKind.CHASE,
    TaskKind.CLOSE_AGAIN,
    TaskKind.AFTER_CLOSING,
    TaskKind.MOVED_AWAY,
    TaskKind.TELL_DETAILS,
    TaskKind.DISTRICT_NOT_SERVED,
    TaskKind.NOT_YET_HANDLED,
    TaskKind.RECORDS_MISSING,
    TaskKind.LETTER_UNDELIVERABLE,
    TaskKind.LOST_IN_RESTORE,
    TaskKind.JOINED_CASE,
    TaskKind.UNJOINED_CASE,
    TaskKind.RETRACT,
}


async def settle_notice(connections: Connections, settlement: Settlement) -> Taken:
    """Settle a held notice: it belongs to a case, opens a case, or is dropped.

    Raises:
        NotFoundError: there is no such task, or the decision cannot be carried out.
    """
    try:
        return await Resolver(connections.engine, connections.vault, connections.profile).resolve(
            settlement, connections.now()
        )
    except (NoSuchTaskError, NotSettledError) as error:
        reason = str(error)
        raise NotFoundError(f"{reason[:1].upper()}{reason[1:]}.") from error


async def acknowledge(connections: Connections, task_id: str, who: str) -> ActionDone | None:
    """Mark a task as done. If its case is open, the case records it.

    Returns:
        What the case did; None: the task belongs to no open case.

    Raises:
        NotFoundError: there is no such task, or it has a command of its own.
        NotDoneError: no answer came, so the action may still be done.
    """
    async with connections.engine.connect() as conn:
        task = await reads.task(conn, task_id)
        case = await reads.case(conn, task.case) if task and task.case else None
    if task is None:
        raise NotFoundError(f"There is no open task {task_id}. See `handoff tasks`.")
    if task.kind not in _SEEN_TO:
        raise NotFoundError(
            f"Task {task_id} is answered with: {connections.to_type(task.commands(connections.now())[0])}"
        )
    if case is not None and case.closed_at is None:
        return await act(connections, Action(EventKind.TASK_SETTLED, task_id, who, code=task.kind, case_id=task.case))
    await _after_closing(connections, task, who)
    return None


async def _after_closing(connections: Connections, task: OpenTask, who: str) -> None:
    async with connections.engine.begin() as conn:
        await settled.close(conn, task, who, connections.now())
