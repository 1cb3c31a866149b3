"""After a restore: each case's record and workflow are brought to one state before the workflow is told anything more.

What the record has, counts. A workflow that knows more is reset to what the record knows, and one that knows less is
told again; what institutions told since the backup comes again from Kafka. What people did since then is a task.
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

from events.duties import due_at
from handoff.case.messages import CaseEvent
from handoff.profile.model import Profile
from handoff.repeat import every, until
from handoff.store.engine import error_name, say_away
from handoff.store.intake import restores, tasks
from handoff.store.intake.restores import LostAction
from handoff.store.intake.tasks import Task
from handoff.store.vault import Vault
from handoff.worklist.task_kinds import COORDINATOR, DUTY_OFFICER
from workflows.client import Handoffs, NotDoneError, RefusedError, case_of
from workflows.rewind import begin_again, keys_of, reset, rewind
from workflows.runs import Run, Runs

_LOG = structlog.get_logger("comparing")
_EVERY = 10.0  # seconds between looks whether the database is still the same
_AGAIN = 1.0  # seconds, while something is away or unread
_READ_WITHIN = 300.0  # seconds; a partition that is held longer does not keep the cases waiting
_SAY_EVERY = 10.0  # seconds
_LATE = timedelta(hours=1)  # how late Temporal's visibility may tell of an end
_MAY_BE_SILENT = "SET LOCAL idle_in_transaction_session_timeout = '10min'"  # it holds the lock of comparing alone
_RUNNING = "WorkflowType = 'DischargeHandoff' AND ExecutionStatus = 'Running'"


@dataclass(frozen=True)
class Mended:
    """What was done with a case.

    Attributes:
        reset: its workflow knew more than the record, and was brought back.
        told_again: facts that its workflow had lost.
        actions_lost: what people did and a person has to do again: a task names each.
        unknown: the record does not know it.
    """

    case: str
    reset: bool = False
    told_again: int = 0
    actions_lost: int = 0
    unknown: bool = False


@dataclass
class Comparing:
    """Compares after each restore; nothing is told meanwhile.

    Attributes:
        place_again: has every partition read from where PostgreSQL has it.
        read: whether all that lies on Kafka has been read.
        fits: set while the record fits what workflows know.
        looked: set once it was asked whether the record was restored, also if nobody could tell: notices do not wait.
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
        """Look for ever whether the record was restored, and compare where it was; what fails is tried again."""
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
        except Exception as trouble:  # noqa: BLE001 - whatever a connection raises, the next one may do
            say_away(_LOG, "not_compared", trouble)
            self._pause = _AGAIN
        self.looked.set()

    async def _until_read(self) -> None:
        """What came since the backup is taken first: a case that it opened is then known."""

        async def is_read() -> bool:
            return self.read()

        self.place_again()
        with suppress(TimeoutError):
            async with asyncio.timeout(_READ_WITHIN):
                await until(is_read, _AGAIN)

    async def _compare(self) -> None:
        async with self.engine.begin() as conn:
            await restores.alone(conn)
            await conn.execute(text(_MAY_BE_SILENT))
            if not await restores.to_compare(conn):
                return  # another intake did
            cases = await self._cases(conn)
            _LOG.info("comparing", cases=len(cases))
            said, mended = monotonic(), []
            for place, case in enumerate(cases):
                if done := await self._one(case):
                    mended.append(asdict(done))
                    _LOG.warning("case_mended", **asdict(done))
                if monotonic() - said > _SAY_EVERY:
                    said = monotonic()
                    await conn.execute(select(1))  # PostgreSQL ends a transaction that is silent
                    _LOG.info("comparing", cases=len(cases), done=place + 1, mended=len(mended))
            await restores.compared(conn, mended)
            _LOG.info("compared", cases=len(cases), mended=len(mended))

    async def _cases(self, conn: AsyncConnection) -> list[str]:
        """Cases that are open in the record, that run in Temporal, or that ended there since the record's last word."""
        found = await restores.open_cases(conn)
        since = (await restores.last_known(conn) or _now()) - _LATE
        found |= {case_of(each.id) async for each in self.client.list_workflows(_RUNNING)}
        found |= {ended.case for ended in await Runs(self.client).ended(since)}
        return sorted(found - {""})

    async def _one(self, case: str) -> Mended | None:
        """Bring one case to one state; None: it was."""
        chapters = (await Runs(self.client).back_to(case, ()))[::-1]
        if not chapters:
            return await self._without_workflow(case)
        async with self.engine.begin() as conn:
            known = await restores.known(conn, case, keys_of(chapters))
            if known is None:
                return await self._unknown(conn, case, chapters)
            back = rewind(chapters, known)
            lost = back.lost
            if back.to is not None:
                await reset(self.client, case, back.to)
            elif back.ahead and not chapters[-1].ended:
                await begin_again(self.client, case)
            again = await restores.tell_again(conn, case, back.number)
            await self._task(conn, case, lost, known_case=True)
        refused = [each for each in back.put_again if not await self._put(case, each)]
        if refused:
            said = [LostAction(each.fact, each.kind, each.who, each.at) for each in refused]
            async with self.engine.begin() as conn:
                await self._task(conn, case, said, known_case=True)
        if not (back.ahead or again or lost):
            return None
        return Mended(case, reset=back.ahead, told_again=again, actions_lost=len(lost) + len(refused))

    async def _put(self, case: str, told: CaseEvent) -> bool:
        """Have a case hear once more what a person did; False: it did not take it, or no worker was there in time."""
        try:
            await Handoffs(self.client).act(case, told, once=f"again-{told.fact}")
        except (NotDoneError, RefusedError) as error:
            _LOG.warning("not_put_again", case=case, kind=told.kind, error=error_name(error))
            return False
        return True

    async def _without_workflow(self, case: str) -> Mended | None:
        """A case that Temporal does not know is begun again by its facts; what people decided it would not know."""
        async with self.engine.begin() as conn:
            known = await restores.known(conn, case, ())
            if known is None or known.actions:
                return None  # `doctor` names it
            again = await restores.tell_again(conn, case, 0)
        return Mended(case, told_again=again) if again else None

    async def _unknown(self, conn: AsyncConnection, case: str, chapters: Sequence[Run]) -> Mended | None:
        """A case that nobody told the record of again: whoever is on duty has to find its person."""
        if chapters[-1].ended:
            return None
        await begin_again(self.client, case)
        lost = rewind(chapters, restores.RecordedCase({}, set(), {}, set())).lost
        await self._task(conn, case, lost, known_case=False)
        return Mended(case, unknown=True, actions_lost=len(lost))

    async def _task(self, conn: AsyncConnection, case: str, actions: Sequence[LostAction], *, known_case: bool) -> None:
        """Have a person do again what was lost; a case that the record does not know is somebody's in any event."""
        if known_case and not actions:
            return
        settle = [{"code": each.kind, "says": f"{each.at:%Y-%m-%d %H:%M} UTC, by {each.who}"} for each in actions]
        about = {"case": case, "settle": settle}
        numbers = ",".join(str(each.fact) for each in actions)
        task_id = "T" + self.vault.short_id("task", tasks.LOST_IN_RESTORE, case, numbers)
        owner = COORDINATOR if known_case else DUTY_OFFICER
        now = _now()
        due, of_case = due_at(now, self.profile()), case if known_case else None
        await tasks.add(conn, [Task(task_id, tasks.LOST_IN_RESTORE, owner, now, due, of_case, case, about=about)])


def _now() -> datetime:
    return datetime.now(UTC)
