"""The course of many cases at once, from the notice to follow-up, each step told to all of them and awaited."""

import asyncio
import itertools
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from events.dispatcher import Dispatcher
from events.intake.inbox import Inbox
from events.readers import InboundRecord
from handoff.store import tables
from handoff.store.engine import Bell
from handoff.store.vault import Vault
from tests.benchmarks.bare import QUEUE, Bare, Shape
from tests.benchmarks.our_worker import wide
from tests.events.desk import at_home, notice, person, record
from tests.workflows.town import CENTRE, CONFERENCE, HELP, MEALS, SAFETY
from workflows.client import Handoffs
from workflows.messages import Facts

LANES = 12
POLL = 0.05  # seconds between looks at whether all have done a step
REST = 0.3  # seconds for what a step leaves to do after its last row
Step = Callable[[], Awaitable[None]]
_NUMBERS = itertools.count()


@dataclass
class Course:
    """So many cases of ours.

    Attributes:
        vault: what the worker's settings give.
        size: how many.
        cases: their ids, once they are open.
        facts: how many were told.
    """

    client: Client
    engine: AsyncEngine
    vault: Vault
    size: int
    declined: bool = False
    cases: list[str] = field(default_factory=list)
    facts: int = 0
    _waiting: list[tuple[str, Facts, bool]] = field(default_factory=list)

    async def steps(self) -> AsyncGenerator[Step]:
        """Each step, ready to be told: what intake does for it is done before it is handed out."""
        mark = uuid.uuid4().hex[:8]
        taken = await self._arrive(*(_notice(mark, number) for number in range(self.size)))
        self.cases = taken
        yield lambda: self._tell("assessment_requested")
        await self._arrive(*self._all("presurvey.completed", CENTRE, score=3))
        yield lambda: self._tell("presurvey_recorded")
        await self._arrive(*self._all("plan.drafted", CENTRE, lines=[MEALS, HELP, SAFETY]))
        yield lambda: self._tell("plan_submitted")
        await self._arrive(*self._all("plan.approved", CONFERENCE))
        yield lambda: self._tell("offer_made", 3)
        if self.declined:
            await self._answer("referral.declined")
            yield lambda: self._tell("offer_made", 6)
        await self._answer("referral.accepted")
        yield lambda: self._tell("visit_planned", 3)

    async def _arrive(self, *arrivals: InboundRecord) -> list[str]:
        """Intake takes them; what it would have told the workflows is kept for the step."""
        inbox, bell = Inbox(self.engine, self.vault, wide()), Bell("postgresql://nobody@127.0.0.1/nowhere", "nobody")
        cases = []
        for begin in range(0, len(arrivals), 200):
            taken = await inbox.take(arrivals[begin : begin + 200], datetime.now(UTC))
            assert {each.outcome for each in taken} <= {"opened", "entered"}, taken
            cases += [each.case_id for each in taken]
        dispatcher = Dispatcher(self.engine, self.vault, wide(), self._keep, bell)
        while await dispatcher.deliver_once():
            continue
        self.facts += len(arrivals)
        return cases

    async def _keep(self, case: str, told: Facts, /, *, opened: bool) -> Literal["told", "closed"]:
        self._waiting.append((case, told, opened))
        return "told"

    async def _tell(self, what: str, each: int = 1) -> None:
        """Tell all their facts and wait until each has so many rows of this milestone."""
        handoffs, waiting = Handoffs(self.client), self._waiting
        self._waiting = []
        await in_lanes([lambda w=w: handoffs.tell(w[0], w[1], opened=w[2]) for w in waiting])  # type: ignore[misc]
        mine = (tables.timeline.c.what == what) & tables.timeline.c.case_id.in_(self.cases)
        await counted(self.engine, select(func.count()).select_from(tables.timeline).where(mine), each * self.size)

    def _all(self, kind: str, who: str, **data: Any) -> list[InboundRecord]:
        return [record(kind, data, who, subject=case, **_now()) for case in self.cases]

    async def _answer(self, word: str) -> None:
        offers = tables.referrals
        query = select(offers.c.offer_id, offers.c.provider).where(
            offers.c.state == "requested", offers.c.case_id.in_(self.cases)
        )
        async with self.engine.connect() as conn:
            asked = list(await conn.execute(query.order_by(offers.c.offer_id)))
        first = {"first_visit_at": (datetime.now(UTC) + timedelta(hours=3)).isoformat()}
        data = {"reason": "no-capacity"} if word == "referral.declined" else first
        await self._arrive(*(record(word, data, row.provider, subject=row.offer_id, **_now()) for row in asked))


@dataclass(frozen=True)
class BareCourse:
    """So many bare workflows of one shape."""

    client: Client
    engine: AsyncEngine
    size: int
    shape: Shape

    async def steps(self) -> AsyncGenerator[Step]:
        """Each step, ready to be told."""
        name = uuid.uuid4().hex[:8]
        ids = [f"bare-{name}-{number}" for number in range(self.size)]
        rows = 0
        for number, step in enumerate(self.shape.steps):
            rows += len(step.answers) * self.shape.rows * self.size
            content = "x" * step.signal
            yield lambda first=number == 0, content=content, rows=rows: self._tell(ids, content, rows, first)  # type: ignore[misc]

    async def _tell(self, ids: Sequence[str], content: str, rows: int, first: bool) -> None:  # noqa: FBT001
        if first:
            await in_lanes([lambda one=one: self._start(one, content) for one in ids])  # type: ignore[misc]
        else:
            handles = [self.client.get_workflow_handle(one) for one in ids]
            await in_lanes([lambda handle=handle: handle.signal(Bare.tell, content) for handle in handles])  # type: ignore[misc]
        mine = f"SELECT count(*) FROM bare WHERE case_id LIKE '{ids[0].rpartition('-')[0]}-%%'"  # noqa: S608 - ids of ours
        await counted(self.engine, mine, rows)

    async def _start(self, one: str, content: str) -> Any:
        return await self.client.start_workflow(
            Bare.run, self.shape, id=one, task_queue=QUEUE, start_signal="tell", start_signal_args=[content]
        )


async def in_lanes(calls: Sequence[Callable[[], Awaitable[Any]]]) -> None:
    """Make calls, so many at once as the dispatcher does."""
    gate = asyncio.Semaphore(LANES)

    async def one(call: Callable[[], Awaitable[Any]]) -> None:
        async with gate:
            await call()

    await asyncio.gather(*(one(call) for call in calls))


async def counted(engine: AsyncEngine, query: Any, wanted: int) -> None:
    """Wait until a query counts so many rows, and a moment longer."""
    async with asyncio.timeout(300):
        while True:
            async with engine.connect() as conn:
                result = await (conn.exec_driver_sql(query) if isinstance(query, str) else conn.execute(query))
                if result.scalar_one() >= wanted:
                    break
            await asyncio.sleep(POLL)
    await asyncio.sleep(REST)


def _now() -> dict[str, str]:
    return {"time": datetime.now(UTC).isoformat()}


def _notice(mark: str, number: int) -> InboundRecord:
    who = person(
        name=f"사람{mark}{number}",
        registration_number=None,
        patient_number=f"{mark}-{number}",
        phone=f"010{next(_NUMBERS):08}",
        **at_home(next(_NUMBERS)),
    )
    discharge = {"reference": f"{mark}-{number}", "discharged_at": datetime.now(UTC).isoformat()}
    return notice(who=who, discharge=discharge, **_now())
