"""The case: one episode of one person in one municipality."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import RowsToWrite, fetch
from handoff.store.record.row_set import RowSet
from handoff.store.tables import cases, facts, outbox
from handoff.vocabulary.words import EventKind

# What somebody says who tells of a discharge: they are the ones who want to know how it went on.
TELLING = tuple(kind for kind in EventKind if kind.opens)


@dataclass
class CaseRow:
    """A case as the record has it."""

    case_id: str
    person_id: str
    profile: str
    profile_version: int
    stage: str
    facility: str
    opened_at: datetime
    expected_at: datetime | None
    discharged_at: datetime | None
    admitted_at: datetime | None
    eligibility: str
    priority: str
    consent: str
    district: str
    deciding: str
    plan_first_approved_at: datetime | None
    support_began_at: datetime | None
    closed_at: datetime | None
    end_reason: int | None
    outcome: str
    acted: int
    entries: int


@dataclass(frozen=True)
class FactInCase:
    """What the record keeps in the open of one thing told."""

    fact_id: int
    sender: str
    message_id: str
    kind: str
    occurred_at: datetime
    body: Mapping[str, Any]


class CaseFacts(RowSet[FactInCase]):
    """Things told of one case, without what is sealed: some ($3), and the plan that awaits its decision ($6)."""

    table, row = facts, FactInCase
    where = (
        "fact_id = ANY($3::bigint[] || ARRAY("
        "SELECT fact_id FROM plans WHERE case_id = $1 AND state = $6 AND fact_id IS NOT NULL))"
    )

    def one(self, fact_id: int | None) -> FactInCase | None:
        """One of them; None: none of this number was read."""
        return self._read.get(fact_id)


COLUMNS = tuple(CaseRow.__dataclass_fields__)
_FOR_LIFE = {"person_id", "profile", "profile_version", "facility", "opened_at"}


def part(case: CaseRow) -> RowsToWrite:
    """The case as it stands now, to be written; the caller holds its lock."""
    return RowsToWrite(cases, [{name: value for name, value in vars(case).items() if name not in _FOR_LIFE}], "change")


async def senders(conn: AsyncConnection, case_id: str) -> list[str]:
    """Everybody who sent a notice of this discharge, the desk too."""
    rows = await fetch(conn, facts, ("sender",), "case_id = $1 AND kind = ANY($2)", case_id, TELLING)
    return sorted({row["sender"] for row in rows})


async def informed(conn: AsyncConnection, case_id: str) -> set[str]:
    """Everybody who was told anything about this case."""
    return {row["receiver"] for row in await fetch(conn, outbox, ("receiver",), "lane = $1", case_id)}
