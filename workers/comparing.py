"""After a restore: each case's record and workflow are brought to one state before the workflow is told anything more.

What the record has, counts. A workflow that knows more is reset to what the record knows, and one that knows less is
told again; what institutions told since the backup comes again from Kafka. What people did since then is a task.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from temporalio.client import Client

from events.duties import duty
from handoff.profile import Profile
from handoff.store import holds, restores
from handoff.store.engine import say_away
from handoff.store.vault import Vault
from handoff.tasks import COORDINATOR, DUTY_OFFICER
from workflows.chapters import Chapter, Chapters
from workflows.client import case_of
from workflows.rewind import Action, Rewind, begin_again, keys_of, reset, rewind

_LOG = structlog.get_logger("comparing")
_EVERY = 10.0  # seconds between looks whether the database is still the same
_AGAIN = 1.0  # seconds, while something is away or unread
_READ_WITHIN = 300.0  # seconds; a partition that is held longer does not keep the cases waiting
_SAY_EVERY = 10.0  # seconds
_LATE = timedelta(hours=1)  # how late Temporal's visibility may tell of an end
_RUNNING = "WorkflowType = 'DischargeHandoff' AND ExecutionStatus = 'Running'"


@dataclass
class Comparing:
    """Compares after each restore; nothing is told meanwhile.

    Attributes:
        read: whether all that lies on Kafka has been read.
        fits: set while the record fits what workflows know.
    """

    engine: AsyncEngine
    vault: Vault
    profile: Callable[[], Profile]
    client: Client
    read: Callable[[], bool]
    fits: asyncio.Event

    def __post_init__(self) -> None:
        self.fits.clear()

    async def run(self) -> None:
        """Look for ever whether the record was restored, and compare where it was; what fails is tried again."""
        while True:
            pause = _EVERY
            try:
                async with self.engine.begin() as conn:
                    to_compare = await restores.to_compare(conn, _now())
                if to_compare:
                    self.fits.clear()
                    await self._until_read()
                    await self._compare()
                self.fits.set()
            except Exception as trouble:  # noqa: BLE001 - whatever a connection raises, the next one may do
                say_away(_LOG, "not_compared", trouble)
                pause = _AGAIN
            await asyncio.sleep(pause)

    async def _until_read(self) -> None:
        """What came since the backup is taken first: a case that it opened is then known."""
        began = monotonic()
        while not self.read() and monotonic() - began < _READ_WITHIN:
            await asyncio.sleep(_AGAIN)

    async def _compare(self) -> None:
        async with self.engine.begin() as conn:
            await restores.alone(conn)
            if not await restores.to_compare(conn, _now()):
                return  # another intake did
            cases = await self._cases(conn)
            _LOG.info("comparing", cases=len(cases))
            said, mended = monotonic(), 0
            for place, case in enumerate(cases):
                mended += await self._one(case)
                if monotonic() - said > _SAY_EVERY:
                    said = monotonic()
                    _LOG.info("comparing", cases=len(cases), done=place + 1, mended=mended)
            await restores.compared(conn, _now())
            _LOG.info("compared", cases=len(cases), mended=mended)

    async def _cases(self, conn: AsyncConnection) -> list[str]:
        """Cases that are open in the record, that run in Temporal, or that ended there since the record's last word."""
        found = await restores.open_cases(conn)
        since = (await restores.last_known(conn) or _now()) - _LATE
        found |= {case_of(each.id) async for each in self.client.list_workflows(_RUNNING)}
        found |= {ended.case for ended in await Chapters(self.client).ended(since)}
        return sorted(found - {""})

    async def _one(self, case: str) -> bool:
        """Bring one case to one state; returns whether something was mended."""
        chapters = (await Chapters(self.client).back_to(case, ()))[::-1]
        if not chapters:
            return False  # `doctor` names it
        async with self.engine.begin() as conn:
            known = await restores.known(conn, case, keys_of(chapters))
            if known is None:
                return await self._unknown(conn, case, chapters)
            back = rewind(chapters, known)
            if back.ahead:
                await self._rewound(case, chapters[-1], back)
                if back.undone:
                    await self._task(conn, case, back.undone, known_case=True)
            again = await restores.tell_again(conn, case, back.number)
        if back.ahead or again:
            _LOG.warning("case_mended", case=case, ahead=back.ahead, told_again=again, undone=len(back.undone))
        return back.ahead or bool(again)

    async def _rewound(self, case: str, last: Chapter, back: Rewind) -> None:
        if back.to is not None:
            await reset(self.client, case, back.to)
        elif not last.ended:
            await begin_again(self.client, case)

    async def _unknown(self, conn: AsyncConnection, case: str, chapters: Sequence[Chapter]) -> bool:
        """A case that nobody told the record of again: its person is sought by whoever is on duty."""
        if chapters[-1].ended:
            return False
        _LOG.error("case_lost", case=case)
        await begin_again(self.client, case)
        actions = rewind(chapters, restores.Known({}, set(), set())).undone
        await self._task(conn, case, actions, known_case=False)
        return True

    async def _task(self, conn: AsyncConnection, case: str, actions: Sequence[Action], *, known_case: bool) -> None:
        about = {
            "case": case,
            "settle": [{"code": each.kind, "says": f"by {each.who} at {each.at}"} for each in actions],
        }
        task_id = "T" + self.vault.short_id(
            "task", holds.LOST_IN_RESTORE, case, str([asdict(each) for each in actions])
        )
        owner = COORDINATOR if known_case else DUTY_OFFICER
        more = {"case_id": case, "subject": case} if known_case else {"subject": case}
        task = duty(holds.LOST_IN_RESTORE, owner, task_id, self.profile(), _now(), about=about, **more)
        await holds.add(conn, [task])


def _now() -> datetime:
    return datetime.now(UTC)
