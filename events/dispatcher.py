"""Tells workflows what was told: each case's untold facts in the order of their numbers, in one call."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Literal, Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.contract.event_types import told as particulars
from events.intake.apply import IntakeBatch, came_late
from events.intake.context import IntakeContext
from events.intake.known import Knowledge
from events.intake.writes import store
from events.readers import from_json
from handoff.case.messages import CaseEvent
from handoff.profile.model import Profile, asked
from handoff.store.engine import Bell, error_name, say_away
from handoff.store.intake import cases, facts
from handoff.store.intake.facts import CONTENT, Untold
from handoff.store.vault import SealBrokenError, Vault
from workflows.client import NotDoneError, in_one_signal

_LOG = structlog.get_logger("dispatcher")
_CASES_A_ROUND = 64
_AGAIN_A_ROUND = 16  # of them, at most, cases that failed before, while others wait
_FACTS_A_CASE = 200  # in one round: what goes into a signal has an upper size
_IDLE = 1.0  # seconds between looks while nobody rings
_LONGEST_PAUSE = 30.0  # seconds


class NoWorkflowError(Exception):
    """A case is open and its workflow has ended or is gone: somebody on call has to look; its facts wait."""


class Deliver(Protocol):
    """Starts or signals a case's workflow; `workflows.client` has the real one."""

    async def __call__(self, case_id: str, told: Sequence[CaseEvent], /, *, opened: bool) -> Literal["told", "closed"]:
        """Tell the workflow of a case. Telling twice is harmless: it skips numbers that it knows.

        Args:
            case_id: the case.
            told: its facts, in the order of their numbers.
            opened: fact 1 is among them, so the workflow may have to be started.

        Returns:
            "told"; or "closed" when the workflow has ended, and nobody will act on it any more.

        Raises:
            NotDoneError: Temporal does not answer; it will be tried again.
            Exception: this case could not be told; it will be tried again.
        """
        ...


@dataclass(frozen=True)
class Failed:
    """A case that could not be told.

    Attributes:
        tries: how often.
        until: monotonic moment until which it rests.
        away: Temporal did not answer; False: the trouble is the case's own.
    """

    tries: int
    until: float
    away: bool


def _open_gate() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate


@dataclass
class Dispatcher:
    """Works until it is stopped. Several may run at once: a case told twice skips what it knows.

    Attributes:
        profile: the municipality's, or what tells it as it is now: institutions join while we run.
        lanes: cases told at once; more than 16 slow Temporal down.
        may_deliver: set while the record is known to fit what workflows know; cleared after a restore, until that is
            mended.
        progressed_at: monotonic moment when last a case was told, or no case waited because Temporal did not answer;
            what readiness looks at.
    """

    engine: AsyncEngine
    vault: Vault
    profile: Profile | Callable[[], Profile]
    deliver: Deliver
    bell: Bell
    lanes: int = 12
    may_deliver: asyncio.Event = field(default_factory=_open_gate)
    progressed_at: float = field(default_factory=monotonic)
    _stopping: bool = False
    _failed: dict[str, Failed] = field(default_factory=dict)  # by case, the one tried last at the end
    _more: bool = False  # more waits than the last round took up

    async def run(self) -> None:
        """Tell what waits, then wait for more; what goes wrong is tried again, later and later."""
        while not self._stopping:
            await self.may_deliver.wait()
            try:
                told = await self.deliver_once()
            except Exception as trouble:  # noqa: BLE001 - whatever a connection raises, the next one may do
                say_away(_LOG, "store_away", trouble)
                told = 0
            if not (told and self._more):
                await self.bell.wait(_IDLE)

    def stop(self) -> None:
        """End after the round that runs."""
        self._stopping = True
        self.may_deliver.set()
        self.bell.ring()

    async def deliver_once(self) -> int:
        """One round: up to 64 cases, the longest waiting first. Returns how many cases' workflows were told."""
        async with self.engine.connect() as conn:
            untold = await self._waiting(conn)
        self._more = len(untold) == _CASES_A_ROUND
        gate = asyncio.Semaphore(self.lanes)
        answers = await asyncio.gather(*(self._deliver(gate, case_id, said) for case_id, said in untold.items()))
        if not any(failed.away for failed in self._failed.values()):
            self.progressed_at = monotonic()
        return sum(answers)

    async def _waiting(self, conn: AsyncConnection) -> dict[str, list[Untold]]:
        """What to tell in this round. Cases that failed take a small share, so that they keep no other waiting."""
        now = monotonic()
        fresh = await facts.cases_untold(conn, _CASES_A_ROUND, but=self._failed)
        rested = [case_id for case_id, failed in self._failed.items() if failed.until <= now]
        again = rested[: max(_AGAIN_A_ROUND, _CASES_A_ROUND - len(fresh))]
        untold = await facts.untold(conn, [*again, *fresh[: _CASES_A_ROUND - len(again)]], _FACTS_A_CASE)
        for case_id in again:
            if case_id not in untold:  # somebody else told it
                del self._failed[case_id]
        return untold

    async def _deliver(self, gate: asyncio.Semaphore, case_id: str, untold: Sequence[Untold]) -> bool:
        async with gate:
            try:
                part, said = self._part(untold)
                answer = await self.deliver(case_id, said, opened=part[0].number == 1) if said else "told"
                if answer != "told":
                    await self._make_sure_of_end(case_id)
                await self._mark(case_id, part, answer)
            except Exception as trouble:  # noqa: BLE001 - one case's trouble is not another's
                self._rest(case_id, trouble)
                return False
        self._failed.pop(case_id, None)
        self._more |= len(part) < len(untold) or len(untold) == _FACTS_A_CASE
        self.progressed_at = monotonic()
        return True

    def _part(self, untold: Sequence[Untold]) -> tuple[Sequence[Untold], list[CaseEvent]]:
        """The first facts, as many as one signal holds, and what is said of them: nothing of people erased."""
        legible = [(place, told) for place, each in enumerate(untold) if (told := self._told(each))]
        said = [told for _, told in legible]
        fits = in_one_signal(said)
        end = legible[fits][0] if fits < len(said) else len(untold)
        return untold[:end], said[:fits]

    async def _make_sure_of_end(self, case_id: str) -> None:
        """A workflow that is only gone leaves its facts waiting, not shelved.

        Raises:
            NoWorkflowError: the record does not say that the case is closed.
        """
        async with self.engine.connect() as conn:
            if (await cases.find(conn, [case_id], []))[case_id].closed_at is None:
                raise NoWorkflowError(case_id)

    def _told(self, untold: Untold) -> CaseEvent | None:
        """A fact as its workflow is told it: codes and ids only. None: its person was erased meanwhile."""
        try:
            sealed = untold.content_sealed or b""
            fact = from_json(self.vault.key(untold.person_id, untold.key_sealed).open(CONTENT, sealed))
        except SealBrokenError:
            return None
        said = particulars(fact)
        body = asked(self.profile)().institution(fact.sender)
        return CaseEvent(
            kind=fact.kind,
            at=fact.occurred_at,
            who=fact.sender,
            number=untold.number,
            fact=untold.fact_id,
            subject=said.subject,
            code=said.code,
            quantity=said.quantity,
            until=said.until,
            consent=said.consent,
            role=body.role if body else "",
        )

    def _rest(self, case_id: str, trouble: Exception) -> None:
        before = self._failed.pop(case_id, None)  # by hand: stamina would sleep here, and other cases wait for it
        tries = before.tries + 1 if before else 1
        pause = min(_LONGEST_PAUSE, 0.25 * 2 ** min(tries, 10))
        self._failed[case_id] = Failed(tries, monotonic() + pause, isinstance(trouble, NotDoneError))
        _LOG.warning("not_told", case=case_id, tries=tries, error=error_name(trouble))

    async def _mark(self, case_id: str, untold: Sequence[Untold], answer: str) -> None:
        now = datetime.now(UTC)
        ids = [each.fact_id for each in untold]
        async with self.engine.begin() as conn:
            await facts.mark_told(conn, ids, now)
            if answer == "told":
                return
            case = (await cases.find(conn, [case_id], []))[case_id]
            batch = IntakeBatch(IntakeContext(self.vault, asked(self.profile)(), now), Knowledge())
            for each in ids:
                row = await facts.read(conn, each)
                if row is not None:
                    came_late(row, case, batch)
            await store(conn, batch.writes, batch.context)
