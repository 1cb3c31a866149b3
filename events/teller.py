"""Tells workflows what was told: each case's untold facts in the order of their numbers, in one call."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Literal, Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from events.contract import told as particulars
from events.outcome import Outcome
from events.readers import from_json
from handoff.milestones import Told
from handoff.profile import Profile, asked
from handoff.store import facts, holds, openings
from handoff.store.engine import Bell, say_away
from handoff.store.facts import CONTENT, FactRow, Untold
from handoff.store.vault import SealBrokenError, Vault
from workflows.client import NotDoneError

_LOG = structlog.get_logger("teller")
_CASES_A_ROUND = 64
_IN_ONE_SIGNAL = 200  # facts: Temporal refuses a signal above 2 MiB, and a fact may be 2 kB of codes
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
            NotDoneError: Temporal does not answer; it will be tried again.
            Exception: this case could not be told; it will be tried again.
        """
        ...


@dataclass(frozen=True)
class Failed:
    """A case that could not be told: how often, before which monotonic moment it rests, was it Temporal's fault."""

    tries: int
    until: float
    away: bool


@dataclass
class Teller:
    """Works until it is stopped. Several may run at once: a case told twice skips what it knows.

    Attributes:
        profile: the municipality's, or what tells it as it is now: institutions join while we run.
        lanes: cases told at once; more than 16 slow Temporal down.
        patience: seconds that one call may take.
        progressed_at: monotonic moment when Temporal last took something, or nothing waited for it but cases that have
            a trouble of their own; what readiness looks at.
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
    _failed: dict[str, "Failed"] = field(default_factory=dict)  # by case
    _more: bool = False  # a case has more to be told than went into one signal

    async def run(self) -> None:
        """Tell what waits, then wait for more; what goes wrong is tried again, later and later."""
        while not self._stopping:
            try:
                told = await self.tell_once()
            except Exception as trouble:  # noqa: BLE001 - whatever a connection raises, the next one may do
                say_away(_LOG, "store_away", trouble)
                told = 0
            if told < _CASES_A_ROUND and not self._more:
                await self.bell.wait(_IDLE)

    def stop(self) -> None:
        """End after the round that runs."""
        self._stopping = True
        self.bell.ring()

    async def tell_once(self) -> int:
        """One round: up to 64 cases, the longest waiting first. Returns how many cases' workflows were told."""
        self._more = False
        resting = [case_id for case_id, failed in self._failed.items() if failed.until > monotonic()]
        async with self.engine.connect() as conn:
            cases = await facts.cases_untold(conn, _CASES_A_ROUND, but=resting)
            untold = await facts.untold(conn, cases, _IN_ONE_SIGNAL)
        gate = asyncio.Semaphore(self.lanes)
        answers = await asyncio.gather(*(self._tell(gate, case_id, said) for case_id, said in untold.items()))
        told = [said for said, answer in zip(untold.values(), answers, strict=True) if answer != "failed"]
        self._more = any(len(said) == _IN_ONE_SIGNAL for said in told)
        if told or not any(failed.away for failed in self._failed.values()):
            self.progressed_at = monotonic()
        return len(told)

    async def _tell(self, gate: asyncio.Semaphore, case_id: str, untold: Sequence[Untold]) -> str:
        async with gate:
            try:
                said = [told for each in untold if (told := self._told(each))]
                async with asyncio.timeout(self.patience):
                    answer = await self.tell(case_id, said, opened=untold[0].number == 1) if said else "told"
                if answer == "closed" and not await self._closed(case_id):
                    return self._rest(case_id, NoWorkflowError(case_id))
                await self._mark(case_id, untold, answer)
            except (NotDoneError, TimeoutError, OSError) as trouble:
                return self._rest(case_id, trouble, away=True)
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

    def _rest(self, case_id: str, trouble: Exception, *, away: bool = False) -> str:
        tries = self._failed[case_id].tries + 1 if case_id in self._failed else 1
        pause = min(_LONGEST_PAUSE, 0.25 * 2 ** min(tries, 10))
        self._failed[case_id] = Failed(tries, monotonic() + pause, away)
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
