"""The record of a case as tests write and read it: milestones in, what they left out of it."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Table, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.case_record import CaseRecord, Writing
from events.contract.event_types import checked
from handoff.case.messages import Due, Milestone, MilestoneResult
from handoff.fact import Person
from handoff.profile.model import Profile
from handoff.store import outbox, persons
from handoff.store.intake import facts
from handoff.store.persons import OpenedPerson
from handoff.store.tables import cases, clocks, plan_lines, referrals, tasks, timeline, visits
from handoff.store.tables import checks as checks_table
from handoff.store.vault import Vault
from handoff.worklist.task_kinds import KINDS, Question, commands
from workflows.step import paired
from workflows.steps import stepped

MONDAY = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)  # 10:00 in Seoul, an ordinary week
BOKSUN = Person(name="김복순", birth_date=date(1948, 3, 2), phone="010-2345-6789", address="광명시 철산로 12")
MEALS = {"service": "meal-delivery", "kind": "series", "quantity": 3, "per": "week", "days": 28}
SAFETY = {"service": "home-safety", "kind": "one-off"}
HELP = {"service": "accompaniment", "kind": "on-demand"}
_NAMES = itertools.count(1)


@dataclass
class Ward:
    """A municipality's record, with real PostgreSQL below."""

    engine: AsyncEngine
    profile: Profile
    vault: Vault = field(default_factory=lambda: Vault(bytes(range(32))))

    @property
    def record(self) -> CaseRecord:
        return CaseRecord(self.engine, self.vault, lambda _code, _version: self.profile, lambda: MONDAY, stepped)

    async def admitted(self, **columns: Any) -> "Chart":
        """A case, opened as the inbox opens one."""
        case = f"C{next(_NAMES):04}"
        key, key_sealed = self.vault.new_key("P" + case)
        person = OpenedPerson("P" + case, key, columns.pop("person", BOKSUN), fresh=True, key_sealed=key_sealed)
        row = {
            "case_id": case,
            "person_id": person.person_id,
            "profile": "small",
            "profile_version": 1,
            "stage": "screening",
            "facility": "gm-hospital",
            "opened_at": MONDAY,
            "discharged_at": MONDAY,
            "consent": "given",
            "district": "cheolsan",
            **columns,
        }
        async with self.engine.begin() as conn:
            await persons.save(conn, [person], {}, MONDAY)
            await conn.execute(insert(cases), row)
        chart = Chart(self, case)
        await chart.told("discharge.notified", {}, "gm-hospital")
        return chart


@dataclass
class Chart:
    """One case; `now` is the story's clock."""

    ward: Ward
    case: str
    now: datetime = MONDAY
    written: list[tuple[Milestone, MilestoneResult]] = field(default_factory=list)

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)

    async def told(self, kind: str, body: Mapping[str, Any], sender: str, message_id: str = "") -> int:
        """Something told about the case, as the inbox keeps it."""
        message = message_id or f"m{next(_NAMES)}"
        row = facts.FactRow(sender, message, message.encode(), kind, self.now, self.now, case_id=self.case)
        row.body, row.state = body, "acted"
        async with self.ward.engine.begin() as conn:
            await facts.add(conn, [row])
        return row.fact_id or 0

    async def write(self, what: str, subject: str = "", **fields: Any) -> MilestoneResult:
        """One milestone with its steps, under a name of its own unless `key` gives one."""
        return (await self.together(self.entry(what, subject, **fields)))[0]

    async def failed(self, what: str, subject: str = "", **fields: Any) -> str:
        """An attempt that failed; the rung of the ladder that follows."""
        await self.write(what, subject, **fields)
        step, result = self.written[-1]
        return result.verdict if step.what == "next_attempt" else ""

    def entry(self, what: str, subject: str = "", **fields: Any) -> Milestone:
        key = fields.pop("key", f"{what}:{next(_NAMES)}")
        return Milestone(key=key, what=what, at=fields.pop("at", self.now), subject=subject, **fields)

    async def together(self, *entries: Milestone) -> list[MilestoneResult]:
        """Milestones of one moment with their steps, in one transaction; results have the clocks of the steps, too."""
        moment = [step for entry in entries for step in stepped(entry)]
        written = paired(moment, await self.ward.record.write_milestones(Writing(self.case, moment, with_steps=True)))
        self.written += [(entry, result) for entry, result in written if result]
        results = list[MilestoneResult]()
        for entry, result in written:
            if result and entry.after:
                results[-1] = replace(results[-1], dues=[*results[-1].dues, *result.dues])
            elif result:
                results.append(result)
        return results

    # the way to a certain point

    async def surveyed(self, score: int = 2, **found: Any) -> MilestoneResult:
        await self.write("case_screened")
        await self.write("assessment_requested")
        fact = await self.told("presurvey.completed", {"score": score, "found": found}, "gm-centre-cheolsan")
        return await self.write("presurvey_recorded", quantity=score, who="gm-centre-cheolsan", fact=fact)

    async def planned(self, *lines: Mapping[str, Any], approved: bool = True) -> list[str]:
        """A plan, in force unless it is not; returns its lines."""
        if not await self.rows(timeline, what="presurvey_recorded"):
            await self.surveyed()
        fact = await self.told("plan.drafted", {"lines": [dict(line) for line in lines]}, "gm-centre-cheolsan")
        submitted = await self.write("plan_submitted", who="gm-centre-cheolsan", fact=fact)
        assert submitted.verdict == "submitted", submitted
        if approved:
            version = int(submitted.subject)
            await self.write("plan_approved", self.case, quantity=version, who="gm-conference")
        return [line.line for line in submitted.lines]

    async def served(self, *lines: Mapping[str, Any]) -> list[str]:
        """A plan whose every line is offered and accepted; returns the offers."""
        offers = []
        for line in await self.planned(*(lines or (MEALS,))):
            offer = (await self.write("offer_made", line)).subject
            assert (await self.write("offer_accepted", offer)).verdict == "accepted"
            offers.append(offer)
        return offers

    async def visited(self, line: str) -> str:
        """The line's next visit, completed; returns it."""
        visit = await self.write("visit_planned", line)
        assert visit.verdict == "planned", visit
        self.now = visit.at or self.now
        assert (await self.write("visit_completed", visit.subject)).verdict == "completed"
        return visit.subject

    # what is written

    async def rows(self, table: Table, **columns: Any) -> list[Row[Any]]:
        wanted = select(table).where(*(table.c[name] == value for name, value in columns.items()))
        if "case_id" in table.c:
            wanted = wanted.where(table.c.case_id == self.case)
        async with self.ward.engine.connect() as conn:
            return list(await conn.execute(wanted.order_by(*table.primary_key)))

    async def case_row(self) -> Row[Any]:
        return (await self.rows(cases))[0]

    async def running(self) -> set[str]:
        """Names of the clocks that run: neither ended nor standing still."""
        return {
            row.name
            for row in await self.rows(clocks)
            if row.ended_at is None and not any(pause["until"] is None for pause in row.pauses)
        }

    async def clock(self, name: str) -> Row[Any]:
        return (await self.rows(clocks, name=name))[0]

    async def tasks(self) -> dict[str, Row[Any]]:
        """Open tasks by kind; every one has a command that answers it."""
        open_tasks = [row for row in await self.rows(tasks) if row.closed_at is None]
        for row in open_tasks:
            assert row.kind in KINDS, row
            assert commands(Question(row.task_id, row.kind, self.case, self.now, row.subject, row.about), row.owner)
            assert row.owner in self.ward.profile.owners, row
        return {row.kind: row for row in open_tasks}

    async def letters(self, receiver: str, kind: str = "") -> list[dict[str, Any]]:
        """What an institution was told, each as the contract allows it."""
        async with self.ward.engine.connect() as conn:
            due = await outbox.due(conn, self.ward.vault, receiver, 1000)
        mine = [each for each in due if each.lane == self.case]
        for each in mine:
            checked(each.kind, json.loads(each.data or b""))
        return [json.loads(each.data or b"") for each in mine if kind in ("", each.kind)]

    async def kinds(self, receiver: str) -> list[str]:
        async with self.ward.engine.connect() as conn:
            due = await outbox.due(conn, self.ward.vault, receiver, 1000)
        return [each.kind for each in due if each.lane == self.case]

    async def lines(self) -> dict[str, str]:
        return {row.line_id: row.state for row in await self.rows(plan_lines)}

    async def referrals(self) -> dict[str, str]:
        return {row.offer_id: row.state for row in await self.rows(referrals)}

    async def visits(self) -> dict[str, str]:
        return {row.visit_id: row.state for row in await self.rows(visits)}

    async def checks(self) -> dict[str, datetime]:
        return {row.name: row.planned_at for row in await self.rows(checks_table, state="planned")}


def named(outcome: MilestoneResult) -> dict[str, Due]:
    """The clocks that a milestone touched, by name."""
    return {due.name: due for due in outcome.dues}
