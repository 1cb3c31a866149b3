"""Delivers each case's new facts to its workflow, in the order of their numbers, in one call."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Literal, Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.contract.event_types import told as particulars
from events.intake.apply import came_late
from events.intake.batch import IntakeBatch
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
from workflows.messages import Facts

_LOG = structlog.get_logger("dispatcher")
_CASES_A_ROUND = 64
_AGAIN_A_ROUND = 16  # at most this many of them are retries, while other cases wait
_FACTS_A_CASE = 200  # in one round: the size of a signal is limited
_IDLE = 1.0  # seconds between looks while the bell does not ring
_LONGEST_PAUSE = 30.0  # seconds
_LETTERS_OF_A_STAY = 16  # of the keyed digest in hex: enough to tell the stays of one case apart


class NoWorkflowError(Exception):
    """The case is open, but its workflow has ended or is gone. Its facts wait, and somebody on call has to look."""


class Deliver(Protocol):
    """Starts or signals a case's workflow; `workflows.client` has the real one."""

    async def __call__(self, case_id: str, facts: Facts, /, *, opened: bool) -> Literal["told", "closed"]:
        """Deliver facts to the workflow of a case. Delivering twice is harmless: it skips numbers that it knows.

        Args:
            case_id: the case.
            facts: its facts, in the order of their numbers, and when they are sent.
            opened: whether fact 1 is among them, so that the workflow may have to be started.

        Returns:
            "told"; or "closed" if the workflow has ended and will not act on the facts.

        Raises:
            NotDoneError: Temporal does not answer. The facts will be delivered later.
            Exception: something is wrong with this case. Its facts will be delivered later.
        """
        ...


@dataclass(frozen=True)
class Failed:
    """A case whose facts could not be delivered.

    Attributes:
        tries: how often delivery has failed.
        until: monotonic moment of the next try.
        away: True: Temporal did not answer. False: something is wrong with the case.
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
    """Works until it is stopped. Several may run at once: a workflow skips facts that it knows.

    Attributes:
        profile: the municipality's profile, or a function that returns the current one: institutions join while we run.
        lanes: how many cases are delivered to at once. More than 16 slow Temporal down.
        may_deliver: set while record and workflows agree. Cleared after a restore until they were compared.
        progressed_at: monotonic moment of the last delivery, or of the last round in which no case waited for Temporal.
            Readiness looks at it.
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
    _failed: dict[str, Failed] = field(default_factory=dict)  # by case; the case that was tried last is at the end
    _more: bool = False  # whether more waits than the last round delivered

    async def run(self) -> None:
        """Deliver what waits, then wait for more. Failures are tried again after growing pauses."""
        while not self._stopping:
            await self.may_deliver.wait()
            try:
                cases = await self.deliver_once()
            except Exception as trouble:  # noqa: BLE001 - after any error, a new connection may work
                say_away(_LOG, "store_away", trouble)
                cases = 0
            if not (cases and self._more):
                await self.bell.wait(_IDLE)

    def stop(self) -> None:
        """Stop after the current round."""
        self._stopping = True
        self.may_deliver.set()
        self.bell.ring()

    async def deliver_once(self) -> int:
        """Deliver one round: up to 64 cases, the longest waiting first. Returns to how many cases it delivered."""
        async with self.engine.connect() as conn:
            untold = await self._waiting(conn)
        self._more = len(untold) == _CASES_A_ROUND
        gate = asyncio.Semaphore(self.lanes)
        answers = await asyncio.gather(*(self._deliver(gate, case_id, waiting) for case_id, waiting in untold.items()))
        if not any(failed.away for failed in self._failed.values()):
            self.progressed_at = monotonic()
        return sum(answers)

    async def _waiting(self, conn: AsyncConnection) -> dict[str, list[Untold]]:
        """What to deliver in this round. Cases that failed get a small share, so that they do not delay the others."""
        now = monotonic()
        fresh = await facts.cases_untold(conn, _CASES_A_ROUND, but=self._failed)
        rested = [case_id for case_id, failed in self._failed.items() if failed.until <= now]
        again = rested[: max(_AGAIN_A_ROUND, _CASES_A_ROUND - len(fresh))]
        untold = await facts.untold(conn, [*again, *fresh[: _CASES_A_ROUND - len(again)]], _FACTS_A_CASE)
        for case_id in again:
            if case_id not in untold:  # another dispatcher delivered it
                del self._failed[case_id]
        return untold

    async def _deliver(self, gate: asyncio.Semaphore, case_id: str, untold: Sequence[Untold]) -> bool:
        async with gate:
            try:
                part, events = self._part(untold)
                answer = await self._sent(case_id, events, opened=part[0].number == 1)
                if answer != "told":
                    await self._make_sure_of_end(case_id)
                await self._mark(case_id, part, answer)
            except Exception as trouble:  # noqa: BLE001 - one failing case must not stop the others
                self._rest(case_id, trouble)
                return False
        self._failed.pop(case_id, None)
        self._more |= len(part) < len(untold) or len(untold) == _FACTS_A_CASE
        self.progressed_at = monotonic()
        return True

    async def _sent(self, case_id: str, events: list[CaseEvent], *, opened: bool) -> Literal["told", "closed"]:
        return await self.deliver(case_id, Facts(events, datetime.now(UTC)), opened=opened) if events else "told"

    def _part(self, untold: Sequence[Untold]) -> tuple[Sequence[Untold], list[CaseEvent]]:
        """The first facts, as many as one signal holds, and the events for the workflow. Erased facts have no event."""
        legible = [(place, event) for place, fact in enumerate(untold) if (event := self._told(fact))]
        events = [event for _, event in legible]
        fits = in_one_signal(events)
        end = legible[fits][0] if fits < len(events) else len(untold)
        return untold[:end], events[:fits]

    async def _make_sure_of_end(self, case_id: str) -> None:
        """Check in the record that the case is closed: facts of a lost workflow have to wait for it.

        Raises:
            NoWorkflowError: the record does not say that the case is closed.
        """
        async with self.engine.connect() as conn:
            if (await cases.find(conn, [case_id], []))[case_id].closed_at is None:
                raise NoWorkflowError(case_id)

    def _told(self, untold: Untold) -> CaseEvent | None:
        """The event for the workflow: codes and ids only. None: the person was erased meanwhile."""
        try:
            sealed = untold.content_sealed or b""
            fact = from_json(self.vault.key(untold.person_id, untold.key_sealed).open(CONTENT, sealed))
        except SealBrokenError:
            return None
        details = particulars(fact)
        body = asked(self.profile)().institution(fact.sender)
        return CaseEvent(
            kind=fact.kind,
            at=fact.occurred_at,
            who=details.who or fact.sender,
            number=untold.number,
            fact=untold.fact_id,
            subject=details.subject,
            code=details.code,
            quantity=details.quantity,
            until=details.until,
            consent=details.consent,
            alive=details.alive,
            role=body.role if body else "",
            stay=(untold.reference_digest or b"").hex()[:_LETTERS_OF_A_STAY],
            written=fact.written_at,
            occurred=fact.occurred_at,
            written_within=fact.written_within,
            until_within=details.until_within,
        )

    def _rest(self, case_id: str, trouble: Exception) -> None:
        before = self._failed.pop(case_id, None)  # not stamina: it would sleep here, and delay other cases
        tries = before.tries + 1 if before else 1
        pause = min(_LONGEST_PAUSE, 0.25 * 2 ** min(tries, 10))
        self._failed[case_id] = Failed(tries, monotonic() + pause, isinstance(trouble, NotDoneError))
        _LOG.warning("not_told", case=case_id, tries=tries, error=error_name(trouble))

    async def _mark(self, case_id: str, untold: Sequence[Untold], answer: str) -> None:
        now = datetime.now(UTC)
        ids = [fact.fact_id for fact in untold]
        async with self.engine.begin() as conn:
            await facts.mark_told(conn, ids, now)
            if answer == "told":
                return
            case = (await cases.find(conn, [case_id], []))[case_id]
            batch = IntakeBatch(IntakeContext(self.vault, asked(self.profile)(), now), Knowledge())
            for fact_id in ids:
                row = await facts.read(conn, fact_id)
                if row is not None:
                    came_late(row, case, batch)
            await store(conn, batch.writes, batch.context)
