"""Rebuilds the workflows of open cases that Temporal has lost, from the record alone (docs/decisions/0028)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from console.connections import Connections
from console.errors import NotFoundError, TryAgainError
from events.case_events import of_action, of_fact
from events.lost_actions import LostActions
from handoff.case.messages import CaseEvent
from handoff.case.record_rows import RowsOfCase, TimelineRow
from handoff.store import losses
from handoff.store.engine import error_name
from handoff.store.intake import restores, tasks
from handoff.store.intake.restores import LostAction
from handoff.store.intake.tasks import Task
from handoff.store.queries import actions, monitoring, of_case, rebuilds
from handoff.store.queries.actions import StoredAction
from handoff.vocabulary.losses import WorkflowLoss
from handoff.vocabulary.states import FactState
from workflows.client import Handoffs, NotDoneError, RefusedError, case_of
from workflows.messages import Begin
from workflows.rebuilding import begin_from, end_run, runs, start

_LANES = 4  # cases that are rebuilt at once
_IN_ONE_LOCK = 100  # cases: intake compares record and workflows under the same lock, and must not wait for long
_ASKED_BEFORE = timedelta(minutes=10)  # how much older than the last row an action may be that is sent again
_OF_THE_CASE = (
    RPCStatusCode.INVALID_ARGUMENT,
    RPCStatusCode.RESOURCE_EXHAUSTED,
)  # its state, or what is sent, is too big
_RUNNING = "WorkflowType = 'DischargeHandoff' AND ExecutionStatus = 'Running'"


@dataclass(frozen=True)
class RebuiltCase:
    """What was done with one case.

    Attributes:
        stage: at which it goes on.
        earlier_rows: rows of its timeline that earlier workflows wrote.
        told_again: facts that had been delivered, and had left nothing in the record.
        sent_again: kinds of the actions of people that were sent again.
        to_repeat: kinds of those that the case did not take. A task lists them.
        error: name of the error for which it was not rebuilt; "": it was.
    """

    case: str
    stage: str = ""
    earlier_rows: int = 0
    told_again: int = 0
    sent_again: Sequence[str] = ()
    to_repeat: Sequence[str] = ()
    error: str = ""


@dataclass(frozen=True)
class _Unfinished:
    """An action that was under way. Its task asks to repeat it, unless the case takes it when it is sent again."""

    action: StoredAction
    event: CaseEvent
    task: Task


@dataclass(frozen=True)
class _Prepared:
    """A case whose record is ready for its workflow."""

    begin: Begin
    told_again: int
    earlier_rows: int
    unfinished: Sequence[_Unfinished] = field(default_factory=list)


async def rebuild_case(connections: Connections, case: str, who: str) -> RebuiltCase:
    """Start the workflow of one case again, with the state that its record gives.

    Raises:
        NotFoundError: there is no such case, it is closed, or its workflow runs.
        TryAgainError: Temporal is away.
    """
    [done] = await _under_lock(connections, [case], who)
    if isinstance(done, Exception):
        raise done
    return done


async def rebuild_orphaned(connections: Connections, who: str) -> list[RebuiltCase]:
    """The same for every open case without a workflow, and for those whose workflow was reset by hand.

    Nothing is done with a case that runs by the time it is asked about: Temporal's list may lag behind. A case whose
    record cannot be read does not stop the others.

    Raises:
        TryAgainError: Temporal is away. The cases that were rebuilt before go on.
    """
    cases, done = await _orphaned(connections), list[RebuiltCase]()
    for first in range(0, len(cases), _IN_ONE_LOCK):
        part = await _under_lock(connections, named := cases[first : first + _IN_ONE_LOCK], who)
        done += [
            RebuiltCase(case, error=error_name(answer)) if isinstance(answer, Exception) else answer
            for case, answer in zip(named, part, strict=True)
            if not isinstance(answer, NotFoundError)
        ]
        connections.say(f"{first + len(part)} of {len(cases)} cases are done.")
    return done


async def _orphaned(connections: Connections) -> list[str]:
    client = await _temporal(connections)
    async with connections.engine.connect() as conn:
        begun = await monitoring.begun_case_ids(conn)
        reset = await rebuilds.lost_by(conn, WorkflowLoss.RESET)
    try:
        running = {case_of(run.id) async for run in client.list_workflows(_RUNNING)}
    except RPCError as error:
        raise TryAgainError("Temporal cannot be reached. Start it, then try again.") from error
    return sorted((begun - running) | reset)


async def _temporal(connections: Connections) -> Client:
    try:
        return await connections.temporal()
    except NotDoneError as error:
        raise TryAgainError("Temporal cannot be reached. Start it, then try again.") from error


async def _under_lock(connections: Connections, cases: Sequence[str], who: str) -> list[RebuiltCase | Exception]:
    """Rebuild cases while no other rebuild and no comparison of intake is under way; an error: why one was not.

    Raises:
        TryAgainError: Temporal is away. The other cases are not tried.
    """
    client, gate, away = await _temporal(connections), asyncio.Semaphore(_LANES), list[TryAgainError]()
    async with connections.engine.begin() as lock:
        await rebuilds.alone(lock)

        async def one(case: str) -> RebuiltCase | Exception:
            async with gate:
                try:
                    return away[0] if away else await _rebuilt(connections, client, case, who)
                except TryAgainError as error:
                    away.append(error)
                    return error
                except Exception as error:  # noqa: BLE001 - one case does not stop the others
                    return error

        done = list(await asyncio.gather(*map(one, cases)))
    if away:
        raise away[0]
    return done


async def _rebuilt(connections: Connections, client: Client, case: str, who: str) -> RebuiltCase:
    try:
        async with connections.engine.begin() as conn:
            prepared = await _prepared(conn, connections, client, (case, who))
        if not await start(client, prepared.begin, connections.profile.name):
            raise _runs(case)
        async with connections.engine.begin() as conn:  # a look before the start has marked it by now
            await losses.clear(conn, [case], connections.now(), who)
    except RPCError as error:
        if error.status in _OF_THE_CASE:
            raise
        raise TryAgainError(f"Temporal does not answer: {error.status.name}. Try again.") from error
    sent, lost = await _sent_again(connections, client, prepared, who)
    return RebuiltCase(
        case,
        stage=str(prepared.begin.carried.stage) if prepared.begin.carried else "",
        earlier_rows=prepared.earlier_rows,
        told_again=prepared.told_again,
        sent_again=sent,
        to_repeat=lost,
    )


def _runs(case: str) -> NotFoundError:
    return NotFoundError(
        f"The workflow of {case} runs: there is nothing to rebuild. `handoff show {case}` shows the case."
    )


async def _prepared(
    conn: AsyncConnection, connections: Connections, client: Client, order: tuple[str, str]
) -> _Prepared:
    """Make the record ready, in one transaction: note the rebuild, and free the facts to be told.

    The mark stays until the workflow has started, so that no fact is told before. If the command ends before that, the
    next one finds this row and starts it. If it ends later, before an unfinished action is sent again, the action's
    task is open.
    """
    case_id, who = order
    case = await rebuilds.locked(conn, case_id)
    if case is None:
        raise NotFoundError(f"There is no case {case_id}. `handoff cases` lists the open ones.")
    if case.closed_at:
        raise NotFoundError(f"Case {case_id} is closed. It needs no workflow any more.")
    if await runs(client, case_id):
        if case.lost != WorkflowLoss.RESET:
            raise _runs(case_id)
        await end_run(client, case_id)
    now = connections.now()
    key = await rebuilds.noted(conn, case, who, now)
    rows, acted = await _record(conn, connections, case_id)
    begin = begin_from(rows, key)
    told_again = await restores.tell_again(conn, case_id, begin.carried.number if begin.carried else 0)
    unfinished = _with_tasks(connections, case_id, _unfinished(rows, acted))
    await tasks.add(conn, [action.task for action in unfinished])
    earlier = sum(row.result is not None for row in rows.timeline)  # as `prove` counts them
    return _Prepared(begin, told_again, earlier, unfinished)


async def _record(
    conn: AsyncConnection, connections: Connections, case_id: str
) -> tuple[RowsOfCase, list[tuple[StoredAction, CaseEvent]]]:
    """The record of a case, and people's actions on it."""
    stored = await of_case.rows_of_case(conn, case_id)
    led_to: dict[str, list[TimelineRow]] = {}
    for row in of_case.with_events(stored, {}).timeline:
        led_to.setdefault(row.cause, []).append(row)
    numbered = await of_case.facts_of_case(conn, case_id)
    heard = [event for fact in numbered if (event := of_fact(connections.vault, connections.profile, fact))]
    acted = [
        (action, of_action(action, led_to.get(action.name, ()))) for action in await actions.of_case(conn, case_id)
    ]
    events = {event.name: event for event in (*heard, *(event for _, event in acted))}
    return of_case.with_events(stored, events), acted


def _unfinished(
    rows: RowsOfCase, acted: Sequence[tuple[StoredAction, CaseEvent]]
) -> list[tuple[StoredAction, CaseEvent]]:
    """The actions that were under way when the workflow was lost: sent, not refused, and without a row.

    An older one without a row was given up: its sender was told that it was not done.
    """
    last = max((row.known_at for row in rows.timeline[:-1]), default=None)
    written = {row.cause for row in rows.timeline}
    return [
        (action, event)
        for action, event in acted
        if action.state == FactState.ACTED
        and action.told_at is None
        and event.name not in written
        and (last is None or action.known_at >= last - _ASKED_BEFORE)
    ]


def _with_tasks(
    connections: Connections, case: str, unfinished: Sequence[tuple[StoredAction, CaseEvent]]
) -> list[_Unfinished]:
    """A task for each action, so that each is closed by itself."""
    of, now = LostActions(connections.vault, connections.profile), connections.now()
    return [
        _Unfinished(action, event, of.task(case, [lost], now))
        for action, event in unfinished
        for lost in (LostAction(action.fact_id, action.kind, event.who, action.occurred_at),)
    ]


async def _sent_again(
    connections: Connections, client: Client, prepared: _Prepared, who: str
) -> tuple[list[str], list[str]]:
    """Send the unfinished actions again. Returns the kinds of those that the case took, and of the others."""
    handoffs, sent, lost = Handoffs(client), list[str](), list[str]()
    for unfinished in prepared.unfinished:
        fact, done = unfinished.action.fact_id, await _done(handoffs, prepared.begin.case, unfinished)
        (sent if done else lost).append(unfinished.action.kind)
        async with connections.engine.begin() as conn:
            if done:
                await actions.mark_done(conn, fact, connections.now())
                await tasks.close(conn, unfinished.task.task_id, who, connections.now())
            elif done is not None:
                await actions.set_aside(conn, fact)  # a person repeats it: the next rebuild must not
    return sent, lost


async def _done(handoffs: Handoffs, case: str, unfinished: _Unfinished) -> bool | None:
    """Whether the case took an action. False: it refuses it now. None: no worker answered, so it may yet be done."""
    if not unfinished.event.who:
        return False  # earlier builds did not store who acted
    try:
        await handoffs.act(case, unfinished.event, once=unfinished.action.message_id)
    except RefusedError:
        return False
    except NotDoneError:
        return None
    return True
