"""One case in a town: real intake, record and workflow; time passes when the test says so."""

import asyncio
import itertools
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Table, select
from temporalio.client import WorkflowHandle, WorkflowHistory
from temporalio.testing import WorkflowEnvironment

from events.dispatcher import Dispatcher
from events.intake.inbox import Inbox
from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState
from handoff.profile.model import Profile
from handoff.store import outbox, tables
from handoff.store.engine import Bell
from handoff.store.queries import actions
from handoff.store.queries.actions import Acted
from handoff.timezone import KST
from tests.events.desk import Desk, notice, person, record
from tests.patience import PATIENCE
from tests.workflows.agreement import clocks_agree, lines_agree, owners, runs
from workflows.client import TASK_QUEUE, Handoffs, workflow_id
from workflows.discharge_handoff import DischargeHandoff
from workflows.losses import LossWatch
from workflows.messages import Begin, Done
from workflows.runs import Runs

HOSPITAL, CENTRE, CONFERENCE, INSURER = "gm-hospital", "gm-centre-cheolsan", "gm-conference", "nhis-gwangmyeong"
MEALS = {"service": "meal-delivery", "kind": "series", "quantity": 5, "per": "week", "days": 28}
SAFETY = {"service": "home-safety", "kind": "one-off"}
HELP = {"service": "household-help", "kind": "series", "quantity": 1, "per": "week", "days": 28}
PROTECTION = {"service": "temporary-protection", "kind": "one-off"}  # one provider only
COMPANY = {"service": "accompaniment", "kind": "on-demand"}
MINUTE = timedelta(minutes=1)
GRACE = 0.3  # hours after which the end of a case cannot be taken back
POLL = 0.01  # seconds: Temporal tells nobody that a workflow task has ended
_NUMBERS = itertools.count(1)
_MOMENTS = {"admission.occurred": "admitted_at", "discharge.expected": "expected_at", "person.died": "died_at"}


@dataclass
class Town:
    desk: Desk
    env: WorkflowEnvironment
    handoffs: Handoffs
    profile: Profile
    calm: bool = True  # one after the other: after each word, everything is looked at
    chapter_events: int = 0  # 0: a case begins new chapters when it usually does
    case_id: str = ""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))  # of the case, when somebody spoke last
    passed: timedelta = timedelta()
    names: int = 0
    number: int = field(default_factory=lambda: next(_NUMBERS))

    def speak(self) -> datetime:
        """The moment at which somebody says something: the case's own, which has run on since."""
        self.now = datetime.now(UTC) + self.passed
        return self.now

    # what institutions tell

    async def tells(self, kind: str, who: str, subject: str = "", **data: Any) -> None:
        """An institution says something about the case; intake takes it, the dispatcher tells it."""
        await self.tell_together((kind, who, subject, data))

    async def tell_together(self, *said: tuple[str, str, str, dict[str, Any]]) -> None:
        """Several things that reach the case in one signal."""
        for kind, _, subject, _ in said:
            await self.on_its_day(kind, subject)
        self.speak()
        became = await self.arrive(*(self.word(*each) for each in said))
        assert set(became) == {"entered"}, f"{said} became {became}"

    def word(self, kind: str, who: str, subject: str, data: dict[str, Any]) -> Any:
        about = {"subject": subject} if subject else {}
        return record(kind, data, who, time=self.now.isoformat(), **about)

    async def hospital_tells(self, kind: str = "discharge.notified", sender: str = HOSPITAL, **more: Any) -> str:
        """A notice, or another word about the discharge; `at` is hours from now. Returns what intake made of it."""
        return (await self.arrive(self.hospital_word(kind, sender, **more)))[0]

    def hospital_word(self, kind: str = "discharge.notified", sender: str = HOSPITAL, **more: Any) -> Any:
        moment = self.speak() + timedelta(hours=more.pop("at", 0.0))
        told = {_MOMENTS.get(kind, "discharged_at"): moment.isoformat()}
        discharge = {"discharged_at": None, "reference": f"V-{self.number}", **told, **more.pop("discharge", {})}
        who = more.pop("who", self.somebody())
        return notice(sender, kind, who=who, discharge=discharge, **{"time": self.now.isoformat(), **more})

    def somebody(self, **more: Any) -> dict[str, Any]:
        known = {
            "registration_number": None,
            "patient_number": f"p-{self.number}",
            "phone": f"010-7777-{self.number:04}",
            "birth_date": (date(1931, 1, 1) + timedelta(days=self.number)).isoformat(),
            "address": f"경기도 광명시 철산로 {self.number} (철산동)",
        }
        return person(**{**known, **more})

    async def arrive(self, *arrivals: Any) -> list[str]:
        """Records reach intake in one batch; returns what became of each."""
        taken = await Inbox(self.desk.engine, self.desk.vault, self.profile).take(arrivals, self.now)
        self.case_id = self.case_id or taken[0].case_id
        if self.chapter_events and taken[0].outcome == "opened":
            await self._begin_short_chapters()
        await self.tell()
        return [each.outcome for each in taken]

    async def arrive_unheard(self, *arrivals: Any) -> None:
        """Records reach intake, and nobody delivers them to the case yet."""
        await Inbox(self.desk.engine, self.desk.vault, self.profile).take(arrivals, self.now)

    async def _begin_short_chapters(self) -> None:
        with self.env.with_time_skipping_disabled():
            await self.env.client.start_workflow(
                DischargeHandoff.run,
                Begin(self.case_id, one_by_one=True, actions_first=True, chapter_events=self.chapter_events),
                id=workflow_id(self.case_id),
                task_queue=TASK_QUEUE,
            )

    async def tell(self) -> None:
        bell = Bell(self.desk.url, "nobody")
        watch = LossWatch(self.desk.engine, self.desk.vault, Runs(self.env.client), lambda: self.now)
        dispatcher = Dispatcher(self.desk.engine, self.desk.vault, self.profile, self.handoffs.tell, bell)
        dispatcher.examine = watch.examine
        with self.env.with_time_skipping_disabled():
            await dispatcher.deliver_once()
            if self.case_id and self.calm:
                await self.state()  # it has acted before time may skip again
        if self.case_id:
            await self.in_order()

    # what people do

    async def acts(self, kind: str, subject: str = "", *, body: dict[str, Any] | None = None, **said: Any) -> Done:
        """A person at the desk does something; its content stands in `facts`, as the command puts it."""
        await self.on_its_day(kind, subject)
        name, now = f"{kind}-{next(_NUMBERS)}", self.speak()
        acted = Acted(0, name, kind, now, self.case_id, subject, body or {}, name.encode(), None, now)
        async with self.desk.engine.begin() as conn:
            fact = (await actions.write(conn, acted, b"")).fact_id
        done = await self.handoffs.act(self.case_id, CaseEvent(kind, now, "kim", 0, fact, subject, **said), once=name)
        await self.in_order()
        return done

    async def closes(self, code: str) -> Done:
        """A person ends the case, and nobody takes that back in time."""
        done = await self.acts("case.closed", code=code)
        await self.passes(hours=GRACE)
        return done

    # time

    async def passes(self, *, hours: float = 0, days: float = 0) -> None:
        span = timedelta(hours=hours, days=days)
        await self.env.fast_forward(self.handle, span)
        self.passed += span
        self.speak()
        await self.in_order()

    async def until(self, moment: datetime) -> None:
        """A minute after the moment."""
        await self.passes(hours=(moment - self.now + MINUTE).total_seconds() / 3600)

    # what is known

    @property
    def handle(self) -> WorkflowHandle[Any, str]:
        return self.env.client.get_workflow_handle(workflow_id(self.case_id), result_type=str)

    async def state(self) -> CaseState:
        """The case as the workflow sees it, once it has acted on all it was told."""
        await self.quiet()
        return await self.handoffs.state(self.case_id)

    async def quiet(self) -> None:
        """A query may be answered while milestones are still being written: wait until no task is under way."""
        while True:
            about = (await self.handle.describe()).raw_description
            if not about.HasField("pending_workflow_task") and not about.pending_activities:
                return
            await asyncio.sleep(POLL)

    async def in_order(self) -> None:
        """At every moment the open case is somebody's, and story and record tell the same of it."""
        if not self.calm:
            return
        case = await self.state()
        clocks, tasks = await self.rows(tables.clocks), await self.rows(tables.tasks)
        if case.end:
            return
        assert owners(tasks, clocks), f"nobody owns {self.case_id} in {case.stage}"
        clocks_agree(case, clocks)
        lines_agree(case, await self.rows(tables.plan_lines))

    async def said(self) -> list[str]:
        """The milestones written since this was asked last."""
        return [row.what for row in await self.fresh()]

    async def story(self, *but: str) -> list[str]:
        """The same, without clocks that warned or ran out, and without what intake itself wrote."""
        return [row.what for row in await self.fresh() if row.what not in ("late", "overdue", *but) and row.outcome]

    async def fresh(self) -> list[Any]:
        rows = await self.rows(tables.timeline)
        fresh, self.names = rows[self.names :], len(rows)
        return fresh

    async def open_tasks(self) -> dict[str, str]:
        """Kinds of what waits for a person, with the owner."""
        return {row.kind: row.owner for row in await self.rows(tables.tasks) if row.closed_at is None}

    async def clock(self, name: str) -> Any:
        """The clock of this limit or this name that runs."""
        rows = [row for row in await self.rows(tables.clocks) if runs(row) and name in (row.limit, row.name)]
        assert rows, f"no clock {name} runs"
        return min(rows, key=lambda row: row.due_at)

    async def rows(self, table: Table) -> list[Any]:
        query = select(table).where(table.c.case_id == self.case_id)
        async with self.desk.engine.connect() as conn:
            return list(await conn.execute(query.order_by(*table.primary_key)))

    async def record(self) -> Any:
        """The case's own row."""
        return (await self.rows(tables.cases))[0]

    async def letters(self, receiver: str) -> list[str]:
        """What the institution was written about this case: kind, and the state or reason that it names."""
        async with self.desk.engine.connect() as conn:
            due = await outbox.due(conn, self.desk.vault, receiver, 10_000)
        mine = [(each.kind, json.loads(each.data or b"{}")) for each in due if each.lane == self.case_id]
        return [
            ":".join(filter(None, (kind, str(said.get("state") or said.get("reason") or "")))) for kind, said in mine
        ]

    async def marks(self) -> dict[str, Any]:
        """The search attributes of the case."""
        attributes = (await self.handle.describe()).typed_search_attributes
        return {pair.key.name: pair.value for pair in attributes}

    async def history(self) -> WorkflowHistory:
        return await self.handle.fetch_history()

    async def on_its_day(self, kind: str, subject: str) -> None:
        """A visit is over on the day for which it is planned, or later: that may be tomorrow."""
        if kind in ("visit.completed", "visit.missed"):
            moments = {row.visit_id: row.planned_at for row in await self.rows(tables.visits)}
            planned = moments.get(subject, self.now)
            if planned.astimezone(KST).date() > self.now.astimezone(KST).date():
                await self.until(planned)

    async def ended(self) -> str:
        """How the case ended; waits for it, also if a person ends it, which may be taken back for some minutes."""
        case = await self.handoffs.state(self.case_id)
        if case.closing and not case.end:
            await self.passes(hours=GRACE)
        return await asyncio.wait_for(self.handle.result(), PATIENCE)

    # parts of the case

    async def line(self, line: int | str = 1) -> Any:
        return next(row for row in await self.rows(tables.plan_lines) if row.line_id == f"{self.case_id}.{line}")

    async def referrals(self, line: int | str = 1) -> list[Any]:
        return [row for row in await self.rows(tables.referrals) if row.line_id == f"{self.case_id}.{line}"]

    async def offer(self, line: int | str = 1) -> tuple[str, str]:
        """The open offer of a line, and to whom it was made."""
        [row] = [row for row in await self.referrals(line) if row.state == "requested"]
        return row.offer_id, row.provider

    async def visits(self, line: int | str = 1) -> list[Any]:
        return [row for row in await self.rows(tables.visits) if row.line_id == f"{self.case_id}.{line}"]

    async def visit(self, line: int | str = 1) -> Any:
        [row] = [row for row in await self.visits(line) if row.state == "scheduled"]
        return row
