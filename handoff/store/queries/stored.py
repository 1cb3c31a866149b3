"""Typed rows for people and operators: of each table the columns that are needed, without sealed ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import ClassVar, Self

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store import tables

Pause = Mapping[str, str | None]  # `{why, from, until}`, moments as ISO 8601; `until` is None while the clock stands


@dataclass(frozen=True)
class Stored:
    """One row. The fields of a subclass are columns of its table, read in their order."""

    table: ClassVar[Table]

    @classmethod
    async def read(cls, conn: AsyncConnection, *where: ColumnElement[bool], order: str = "") -> list[Self]:
        """The rows for which all conditions hold, sorted by the column `order`."""
        chosen = select(*(cls.table.c[field.name] for field in fields(cls))).where(*where)
        rows = await conn.execute(chosen.order_by(cls.table.c[order]) if order else chosen)
        return [cls(*row) for row in rows]

    @classmethod
    async def of_cases(cls, conn: AsyncConnection, case_ids: Sequence[str], order: str = "") -> list[Self]:
        """The rows of some cases."""
        return await cls.read(conn, cls.table.c.case_id.in_(case_ids), order=order)


@dataclass(frozen=True)
class StoredCase(Stored):
    """A case, without the person's identity."""

    table = tables.cases

    case_id: str
    stage: str
    facility: str
    opened_at: datetime
    expected_at: datetime | None
    discharged_at: datetime | None
    admitted_at: datetime | None
    eligibility: str
    priority: str
    consent: str
    consent_until: datetime | None
    refused: list[str]
    papers_at: datetime | None
    support_began_at: datetime | None
    closed_at: datetime | None
    end_reason: int | None
    outcome: str
    death: str
    died_at: datetime | None
    restricted: bool
    ended_at: datetime | None
    closing: str
    lost: str
    lost_at: datetime | None
    joined_into: str | None = None
    person_id: str = ""

    @property
    def loss(self) -> str:
        """How the open case lost its workflow, a `WorkflowLoss`; "" if it has one, or needs none."""
        return "" if self.closed_at else self.lost

    @property
    def end(self) -> str:
        """How the case ended: `reason-1` to `reason-5`, `outcome-X`, or "" while it is open."""
        if self.end_reason is not None:
            return f"reason-{self.end_reason}"
        return f"outcome-{self.outcome}" if self.outcome else ""


@dataclass(frozen=True)
class StoredPlan(Stored):
    """One version of a plan."""

    table = tables.plans

    case_id: str
    version: int
    state: str
    reason: str


@dataclass(frozen=True)
class StoredLine(Stored):
    """One line of a plan."""

    table = tables.plan_lines

    line_id: str
    case_id: str
    version: int
    part_of: str
    service: str
    kind: str
    quantity: int
    per: str
    days: int
    urgent: bool
    prefers: str
    safety: list[str]
    state: str
    provider: str
    reason: str
    starts_on: str
    weekdays: str
    changes: Sequence[Mapping[str, object]]
    ends_at: datetime | None
    ending: str
    ended_by: str = ""
    ended_who: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True)
class StoredReferral(Stored):
    """One offer of a line to a provider."""

    table = tables.referrals

    offer_id: str
    line_id: str
    case_id: str
    state: str
    answered_at: datetime | None = None
    proposed_at: datetime | None = None


@dataclass(frozen=True)
class StoredVisit(Stored):
    """One visit."""

    table = tables.visits

    visit_id: str
    line_id: str
    case_id: str
    state: str
    planned_at: datetime
    slot: datetime | None
    named_by: str
    provider: str = ""
    makes_up: str = ""
    ended_at: datetime | None = None
    units: int | None = None
    reported_by: str = ""
    typed_by: str = ""
    number: int = 0  # within its line


@dataclass(frozen=True)
class StoredCheck(Stored):
    """One check on the person."""

    table = tables.checks

    check_id: str
    case_id: str
    state: str
    planned_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class StoredClock(Stored):
    """One clock, running or ended."""

    table = tables.clocks

    case_id: str
    name: str
    owner: str
    pauses: Sequence[Pause]
    ended_at: datetime | None
    due_at: datetime
    ended_by: str  # key of the milestone that stopped it; "" while it runs
    warn_at: datetime | None = None


@dataclass(frozen=True)
class StoredTask(Stored):
    """One task, open or closed. `case_id` is None if there is no case yet."""

    table = tables.tasks

    task_id: str
    case_id: str | None
    kind: str
    owner: str
    subject: str
    closed_at: datetime | None


@dataclass(frozen=True)
class StoredMilestone(Stored):
    """One row of a timeline.

    Attributes:
        entry_hash: hash of what was written. It shows whether the row was changed later.
        outcome: the result that the story got, as JSON; None in rows that intake wrote.
    """

    table = tables.timeline

    case_id: str
    seq: int
    key: str
    what: str
    who: str
    why: str
    subject: str
    code: str
    occurred_at: datetime
    known_at: datetime
    entry_hash: bytes
    outcome: Mapping[str, object] | None
    corrects: str = ""
