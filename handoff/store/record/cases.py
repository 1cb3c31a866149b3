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

# Kinds of fact that report a discharge. Their senders are informed of the progress.
TELLING = tuple(kind for kind in EventKind if kind.opens)


@dataclass
class CaseRow:
    """A case in the record."""

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
    consent_until: datetime | None
    refused: list[str]
    papers_at: datetime | None
    district: str
    deciding: str
    plan_first_approved_at: datetime | None
    support_began_at: datetime | None
    closed_at: datetime | None
    ended_at: datetime | None
    closing: str
    end_reason: int | None
    outcome: str
    death: str
    died_at: datetime | None
    restricted: bool
    informed: dict[str, str]  # by offer or assessor: digest of the person's details that it was told last
    acted: int
    entries: int
    joined_into: str | None = None  # the case that goes on in its place

    def consent_over(self, *moments: datetime) -> bool:
        """Whether the end that the consent names has come at one of these moments."""
        return self.consent_until is not None and self.consent_until <= max(moments)


@dataclass(frozen=True)
class FactInCase:
    """The part of a fact that the record keeps unsealed."""

    fact_id: int
    sender: str
    message_id: str
    kind: str
    occurred_at: datetime
    body: Mapping[str, Any]


class CaseFacts(RowSet[FactInCase]):
    """Facts of one case without sealed columns: those asked for ($3), and the submitted plan ($6 is that state)."""

    table, row = facts, FactInCase
    where = (
        "fact_id = ANY($3::bigint[] || ARRAY("
        "SELECT fact_id FROM plans WHERE case_id = $1 AND state = $6 AND fact_id IS NOT NULL))"
    )

    def one(self, fact_id: int | None) -> FactInCase | None:
        """One fact by its id; None: it was not read."""
        return self._read.get(fact_id)


COLUMNS = tuple(CaseRow.__dataclass_fields__)
_NOT_OURS = {"person_id", "profile", "profile_version", "facility", "opened_at", "joined_into"}


def part(case: CaseRow) -> RowsToWrite:
    """The case as a row to write; the caller holds its lock."""
    return RowsToWrite(cases, [{name: value for name, value in vars(case).items() if name not in _NOT_OURS}], "change")


async def senders(conn: AsyncConnection, case_id: str) -> list[str]:
    """Codes of all that sent a notice of this discharge, including the desk."""
    rows = await fetch(conn, facts, ("sender",), "case_id = $1 AND kind = ANY($2)", case_id, TELLING)
    return sorted({row["sender"] for row in rows})


@dataclass(frozen=True)
class SentLetter:
    """A letter about a case, without its content. A receiver of `referral.confirmed` has the name and address."""

    receiver: str
    kind: str
    subject: str
    event_id: str = ""  # "": it is written with this milestone


async def sent(conn: AsyncConnection, case_id: str) -> list[SentLetter]:
    """All letters about this case, also those that wait to be sent."""
    rows = await fetch(conn, outbox, tuple(SentLetter.__dataclass_fields__), "lane = $1", case_id)
    return [SentLetter(**row) for row in rows]
