"""After a restore, brings each case's record and workflow to one state, before any workflow gets a new fact.

The record counts. A workflow that knows more is reset to what the record knows. A workflow that knows less gets the
missing facts again. Events that institutions sent since the backup are read again from Kafka. What people did since the
backup becomes a task.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic

import structlog
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from temporalio.client import Client

from events.lost_actions import LostActions
from handoff.case.messages import CaseEvent
from handoff.profile.model import Profile
from handoff.repeat import every, until
from handoff.store import losses
from handoff.store.engine import error_name, say_away
from handoff.store.intake import restores, tasks
from handoff.store.intake.restores import LostAction, RecordedCase
from handoff.store.losses import Loss
from handoff.store.vault import Vault
from handoff.vocabulary.losses import WorkflowLoss
from workflows.client import Handoffs, NotDoneError, RefusedError, case_of
from workflows.losses import task_id
from workflows.rewind import Rewind, begin_again, keys_of, reset, rewind
from workflows.runs import Run, Runs

_LOG = structlog.get_logger("comparing")
_EVERY = 10.0  # seconds between checks whether the database was restored
_AGAIN = 1.0  # seconds between tries, while a server is away or records are unread
_BY = "engine"  # who closes the task to rebuild a case that was reset here
_READ_WITHIN = 300.0  # seconds; cases do not wait longer for a partition that is held
_SAY_EVERY = 10.0  # seconds
_LATE = timedelta(hours=1)  # how late Temporal's visibility may show that a workflow ended
_MAY_LAST = (  # the transaction only holds a lock meanwhile
    "SELECT set_config(name, '10min', true) FROM pg_settings"
    " WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')"
)
_RUNNING = "WorkflowType = 'DischargeHandoff' AND ExecutionStatus = 'Running'"


@dataclass(frozen=True)
class Mended:
    """What was done with a case.

    Attributes:
        reset: its workflow knew more than the record, and was reset.
        told_again: how many facts its workflow had lost and gets again.
        actions_lost: how many actions of people were lost. A task lists them, and a person does them again.
        unknown: the record does not know the case.
        to_rebuild: its workflow was ended, and `handoff rebuild` starts it with what the record knows.
    """

    case: str
    reset: bool = False
    told_again: int = 0
    actions_lost: int = 0
    unknown: bool = False
    to_rebuild: bool = False


@dataclass
class Comparing:
    """Compares record and workflows after each restore. No fact is delivered meanwhile.

    Attributes:
        place_again: makes intake read every partition from the offset in PostgreSQL.
        read: whether intake has read all records on Kafka.
        fits: set while record and workflows agree.
        looked: set after the first check for a restore, even if the check failed: notices do not wait for it.
    """

    engine: AsyncEngine
    vault: Vault
    profile: Callable[[], Profile]
    client: Client
    place_again: Callable[[], None]
    read: Callable[[], bool]
    fits: asyncio.Event
    looked: asyncio.Event = field(default_factory=asyncio.Event)
    _pause: float = _EVERY

    def __post_init__(self) -> None:
        self.fits.clear()

    async def run(self) -> None:
        """Check again and again whether the record was restored, and if so compare. Failures are tried again."""
        await every(lambda: self._pause, self._look)

    async def _look(self) -> None:
        self._pause = _EVERY
        try:
            async with self.engine.begin() as conn:
                to_compare = await restores.to_compare(conn)
            if to_compare:
                self.fits.clear()
                self.looked.set()
                await self._until_read()
                await self._compare()
            self.fits.set()
        except Exception as trouble:  # noqa: BLE001 - after any error, a new connection may work
            say_away(_LOG, "not_compared", trouble)
            self._pause = _AGAIN
        self.looked.set()

    async def _until_read(self) -> None:
        """Read first what came since the backup: it may have opened cases, which the record then knows."""

        async def is_read() -> bool:
            return self.read()

        self.place_again()
        with suppress(TimeoutError):
            async with asyncio.timeout(_READ_WITHIN):
                await until(is_read, _AGAIN)

    async def _compare(self) -> None:
        async with self.engine.begin() as conn:
            await restores.alone(conn)
            await conn.execute(text(_MAY_LAST))
            if not await restores.to_compare(conn):
                return  # another intake process did
            cases = await self._cases(conn)
            _LOG.info("comparing", cases=len(cases))
            logged_at, mended = monotonic(), []
            for place, case in enumerate(cases):
                if done := await self._one(case):
                    mended.append(asdict(done))
                    _LOG.warning("case_mended", **asdict(done))
                if monotonic() - logged_at > _SAY_EVERY:
                    logged_at = monotonic()
                    await conn.execute(select(1))  # PostgreSQL ends a transaction that is idle for too long
                    _LOG.info("comparing", cases=len(cases), done=place + 1, mended=len(mended))
            await restores.compared(conn, mended)
            _LOG.info("compared", cases=len(cases), mended=len(mended))

    async def _cases(self, conn: AsyncConnection) -> list[str]:
        """Cases that are open in the record, run in Temporal, or ended there after the record's last entry."""
        case_ids = await restores.open_cases(conn)
        since = (await restores.last_known(conn) or _now()) - _LATE
        case_ids |= {case_of(execution.id) async for execution in self.client.list_workflows(_RUNNING)}
        case_ids |= {ended.case for ended in await Runs(self.client).ended(since)}
        return sorted(case_ids - {""})

    async def _one(self, case: str) -> Mended | None:
        """Bring record and workflow of a case to one state. None: they agreed already."""
        chapters = (await Runs(self.client).back_to(case, ()))[::-1]
        if not chapters:
            return await self._without_workflow(case)
        async with self.engine.begin() as conn:
            recorded = await restores.known(conn, case, keys_of(chapters))
            if recorded is None:
                return await self._unknown(conn, case, chapters)
            back = rewind(chapters, recorded)
            if back.rebuilds:
                return await self._rebuilds(conn, chapters, recorded, back)
            lost = back.lost
            if back.to is not None:
                await reset(self.client, case, back.to)
            elif back.ahead and not chapters[-1].ended:
                await begin_again(self.client, case)
            again = await restores.tell_again(conn, case, back.number)
            if back.to is not None:  # the reset workflow agrees with the record, also if it had been terminated
                await losses.clear(conn, [case], _now(), _BY)
            await self._task(conn, case, lost, known_case=True)
        refused = [event for event in back.put_again if not await self._put(case, event)]
        if refused:
            actions = [LostAction(event.fact, event.kind, event.who, event.at) for event in refused]
            async with self.engine.begin() as conn:
                await self._task(conn, case, actions, known_case=True)
        if not (back.ahead or again or lost):
            return None
        return Mended(case, reset=back.ahead, told_again=again, actions_lost=len(lost) + len(refused))

    async def _put(self, case: str, event: CaseEvent) -> bool:
        """Repeat a person's action on a case. False: the case refused it, or no worker answered in time."""
        try:
            await Handoffs(self.client).act(case, event, once=f"again-{event.fact}")
        except (NotDoneError, RefusedError) as error:
            _LOG.warning("not_put_again", case=case, kind=event.kind, error=error_name(error))
            return False
        return True

    async def _without_workflow(self, case: str) -> Mended | None:
        """Deliver all facts of a case that Temporal does not know. Not if people acted on it: that would be lost."""
        async with self.engine.begin() as conn:
            recorded = await restores.known(conn, case, ())
            if recorded is None or recorded.actions:
                return None  # `doctor` lists it
            again = await self._from_its_facts(conn, case)
        return Mended(case, told_again=again) if again else None

    async def _from_its_facts(self, conn: AsyncConnection, case: str) -> int:
        """Let the first fact of a case start its workflow. Returns how many facts had been delivered."""
        again = await restores.tell_again(conn, case, 0)
        await losses.clear(conn, [case], _now(), _BY)
        return again

    async def _rebuilds(
        self, conn: AsyncConnection, chapters: Sequence[Run], recorded: RecordedCase, back: Rewind
    ) -> Mended:
        """End a workflow that no reset brings back to the record. If people acted on the case, the task says so."""
        last = chapters[-1]
        if not last.ended:
            await begin_again(self.client, last.case)
        await self._task(conn, last.case, back.lost, known_case=True)
        if not recorded.actions and last.ended != WorkflowLoss.COMPLETED:  # no fact starts a completed workflow
            again = await self._from_its_facts(conn, last.case)
            return Mended(last.case, reset=True, told_again=again, actions_lost=len(back.lost))
        loss, task = WorkflowLoss.known(last.ended) or WorkflowLoss.TERMINATED, task_id(self.vault, last.case, _now())
        await losses.mark(conn, [Loss(last.case, loss, last.first, task)], _now())
        return Mended(last.case, actions_lost=len(back.lost), to_rebuild=True)

    async def _unknown(self, conn: AsyncConnection, case: str, chapters: Sequence[Run]) -> Mended | None:
        """End a case that the record does not know, even after reading Kafka. The duty officer finds the person."""
        if chapters[-1].ended:
            return None
        await begin_again(self.client, case)
        lost = rewind(chapters, restores.RecordedCase({}, set(), {}, set())).lost
        await self._task(conn, case, lost, known_case=False)
        return Mended(case, unknown=True, actions_lost=len(lost))

    async def _task(self, conn: AsyncConnection, case: str, actions: Sequence[LostAction], *, known_case: bool) -> None:
        """Open a task to repeat lost actions. A case that the record does not know gets a task in any event."""
        if known_case and not actions:
            return
        task = LostActions(self.vault, self.profile()).task(case, actions, _now(), known_case=known_case)
        await tasks.add(conn, [task])


def _now() -> datetime:
    return datetime.now(UTC)
