"""Tells workflows what was told: each case's untold facts in the order of their numbers, in one call."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Literal, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from events.contract import told as particulars
from events.outcome import Outcome
from events.readers import from_json
from handoff.milestones import Told
from handoff.profile import Profile, asked
from handoff.store import facts, holds, openings
from handoff.store.engine import Bell
from handoff.store.facts import CONTENT, FactRow, Untold
from handoff.store.vault import SealBrokenError, Vault

_LOG = structlog.get_logger("teller")
_CASES_A_ROUND = 64
_IDLE = 1.0  # seconds between looks while nobody rings
_LONGEST_PAUSE = 30.0  # seconds


class NoWorkflowError(Exception):
    """A case is open and its workflow has ended or is gone: somebody on call has to look; its facts wait."""


class Tell(Protocol):
    """Starts or signals a case's workflow; `workflows.client` has the real one."""

    async def __call__(self, case_id: str, told: Sequence[Told], /, *, opened: bool) -> Literal["told", "closed"]:
        """Tell the workflow of a case. Telling twice is harmless: it skips numbers that it knows.

        Args:
            case_id: the case.
            told: its facts, in the order of their numbers.
            opened: fact 1 is among them, so the workflow may have to be started.

        Returns:
            "told"; or "closed" when the workflow has ended, and nobody will act on it any more.

        Raises:
            Exception: it could not be told now; it will be tried again.
        """
        ...


@dataclass
class Teller:
    """Works until it is stopped. Several may run at once: a case told twice skips what it knows.

    Attributes:
        profile: the municipality's, or what tells it as it is now: institutions join while we run.
        lanes: cases told at once; more than 16 slow Temporal down.
        patience: seconds that one call may take.
        progressed_at: monotonic moment when last somebody was told, or nothing waited; what readiness looks at.
    """

    engine: AsyncEngine
    vault: Vault
    profile: Profile | Callable[[], Profile]
    tell: Tell
    bell: Bell
    lanes: int = 12
    patience: float = 15.0
    progressed_at: float = field(default_factory=monotonic)
    _stopping: bool = False
    _failed: dict[str, tuple[int, float]] = field(default_factory=dict)  # case: tries, not before

    async def run(self) -> None:
        """Tell what waits, then wait for more; what goes wrong is tried again, later and later."""
        while not self._stopping:
            try:
                told = await self.tell_once()
            except (SQLAlchemyError, OSError) as trouble:
                _LOG.warning("store_away", error=type(trouble).__name__)
                told = 0
            if told < _CASES_A_ROUND:
                await self.bell.wait(_IDLE)

    def stop(self) -> None:
        """End after the round that runs."""
        self._stopping = True
        self.bell.ring()

    async def tell_once(self) -> int:
        """One round: up to 64 cases, the longest waiting first. Returns how many cases' workflows were told."""
        resting = [case_id for case_id, (_, until) in self._failed.items() if until > monotonic()]
        async with self.engine.connect() as conn:
            cases = await facts.cases_untold(conn, _CASES_A_ROUND, but=resting)
            untold = await facts.untold(conn, cases)
        gate = asyncio.Semaphore(self.lanes)
        answers = await asyncio.gather(*(self._tell(gate, case_id, said) for case_id, said in untold.items()))
        done = sum(answer != "failed" for answer in answers)
        if done or not (resting or answers):
            self.progressed_at = monotonic()
        return done

    async def _tell(self, gate: asyncio.Semaphore, case_id: str, untold: Sequence[Untold]) -> str:
        async with gate:
            try:
                said = [told for each in untold if (told := self._told(each))]
                async with asyncio.timeout(self.patience):
                    answer = await self.tell(case_id, said, opened=untold[0].number == 1) if said else "told"
                if answer == "closed" and not await self._closed(case_id):
                    return self._rest(case_id, NoWorkflowError(case_id))
                await self._mark(case_id, untold, answer)
            except Exception as trouble:  # noqa: BLE001 - one case's trouble is not another's
                return self._rest(case_id, trouble)
        self._failed.pop(case_id, None)
        return answer

    async def _closed(self, case_id: str) -> bool:
        """Whether the record says so too: a workflow that is only gone leaves its facts waiting, not shelved."""
        async with self.engine.connect() as conn:
            return (await openings.find(conn, [case_id], []))[case_id].closed_at is not None

    def _told(self, untold: Untold) -> Told | None:
        """A fact as its workflow is told it: codes and ids only. None: its person was erased meanwhile."""
        try:
            sealed = untold.content_sealed or b""
            fact = from_json(self.vault.key(untold.person_id, untold.key_sealed).open(CONTENT, sealed))
        except SealBrokenError:
            return None
        said = particulars(fact)
        body = asked(self.profile)().institution(fact.sender)
        return Told(
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

    def _rest(self, case_id: str, trouble: Exception) -> str:
        tries = self._failed.get(case_id, (0, 0.0))[0] + 1
        pause = min(_LONGEST_PAUSE, 0.25 * 2 ** min(tries, 10))
        self._failed[case_id] = (tries, monotonic() + pause)
        _LOG.warning("not_told", case=case_id, tries=tries, error=type(trouble).__name__)
        return "failed"

    async def _mark(self, case_id: str, untold: Sequence[Untold], answer: str) -> None:
        now = datetime.now(UTC)
        ids = [each.fact_id for each in untold]
        async with self.engine.begin() as conn:
            await facts.mark_told(conn, ids, now)
            if answer != "closed":
                return
            episode = (await openings.find(conn, [case_id], []))[case_id]
            outcome = Outcome(self.vault, asked(self.profile)(), now)
            for each in ids:
                row = await facts.read(conn, each)
                if row is not None:
                    _came_late(row, episode, outcome)
            await outcome.store(conn, [episode])


def _came_late(row: FactRow, episode: openings.Episode, outcome: Outcome) -> None:
    """What came too late for a closed case becomes a row of its timeline, and a task."""
    outcome.fact(row, "late")
    outcome.happened(row, episode, "fact_after_closing")
    outcome.task(row, holds.AFTER_CLOSING, {"kind": row.kind, "sender": row.sender, "subject": row.subject})
