"""Held notices are settled; other tasks are noted as seen to."""

from events.intake.resolve import NotSettledError, Resolver, Settlement
from handoff.store.intake.tasks import NoSuchTaskError
from handoff.store.queries import reads, settled
from handoff.worklist.next_action import OpenTask
from workers.cli.acting import Action, act
from workers.cli.order import Answer, NotFoundError
from workers.compose import Desk

# Nothing else answers these. Any other task's own command does: noting it as seen to would leave the case waiting.
_SEEN_TO = {
    "missed-visit",
    "missed-visit-escalated",
    "safety-check",
    "dates-differ",
    "confirm-death",
    "first-service-late",
    "chase",
    "after-closing",
    "type-not-yet-handled",
    "records-missing",
    "letter-undeliverable",
    "lost-in-restore",
}


async def settle_notice(desk: Desk, settlement: Settlement) -> Answer:
    """Settle a held notice: it belongs to a case, opens one, or is nothing.

    Raises:
        NotFoundError: there is no such task, or the decision cannot be carried out.
    """
    try:
        taken = await Resolver(desk.engine, desk.vault, desk.profile).resolve(settlement, desk.now())
    except (NoSuchTaskError, NotSettledError) as error:
        said = str(error)
        raise NotFoundError(f"{said[:1].upper()}{said[1:]}.") from error
    look = desk.to_type(f"handoff show {taken.case_id}")
    about = f" Case {taken.case_id}: {look}" if taken.case_id else ""
    content = {"task": settlement.task_id, "outcome": taken.outcome, "case": taken.case_id or None}
    return Answer(content, [f"Settled: {taken.outcome}.{about}"])


async def acknowledge(desk: Desk, task_id: str, who: str) -> Answer:
    """Note that somebody has seen to a task: the case is told, if it is open.

    Raises:
        NotFoundError: there is no such task, or only its own command answers it.
        NotDoneError: nobody answered, so it may yet be done.
    """
    async with desk.engine.connect() as conn:
        task = await reads.task(conn, task_id)
        case = await reads.case(conn, task.case) if task and task.case else None
    if task is None:
        raise NotFoundError(f"There is no open task {task_id}: see `handoff tasks`.")
    if task.kind not in _SEEN_TO:
        raise NotFoundError(f"Task {task_id} is answered by: {desk.to_type(task.commands(desk.now())[0])}")
    if case is not None and case.closed_at is None:
        return await act(desk, Action("task.settled", task_id, who, code=task.kind, case_id=task.case))
    return await _after_closing(desk, task, who)


async def _after_closing(desk: Desk, task: OpenTask, who: str) -> Answer:
    async with desk.engine.begin() as conn:
        await settled.close(conn, task, who, desk.now())
    return Answer({"task": task.task, "outcome": "settled"}, [f"{task.task}: seen to."])
