"""Who got or saw data about the person of a case: letters, acceptances told by telephone, looks at the identity."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store import outbox as letters
from handoff.store.queries.stored import Stored
from handoff.store.record.tasks import WAITING
from handoff.store.tables import assessments, facts, outbox, persons, reads, referrals, tasks
from handoff.store.vault import SealBrokenError, Vault
from handoff.vocabulary.awaited import TaskKind
from handoff.vocabulary.outcomes import LetterKind

# Fields of letters that say something of the person, besides those of `person`.
_SAYING = ("dong", "safety_notes", "service", "lines", "eligibility", "priority", "score")


@dataclass(frozen=True)
class LetterTold:
    """A letter that says something of the person: its fields, never their values.

    Attributes:
        sent_at: None: it waits, or can never be sent.
    """

    receiver: str
    kind: str
    event_id: str
    fields: tuple[str, ...]
    written_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True)
class StoredAnswer(Stored):
    """An offer that a provider has answered."""

    table = referrals

    case_id: str
    provider: str
    answered_at: datetime | None
    state: str = ""


@dataclass(frozen=True)
class StoredAssessment(Stored):
    """A survey or a determination."""

    table = assessments

    case_id: str
    assessor: str
    assessed_at: datetime


@dataclass(frozen=True)
class StoredRead(Stored):
    """A look at the identity."""

    table = reads

    who: str
    why: str
    read_at: datetime


@dataclass(frozen=True)
class Retraction:
    """What was done to have a recipient delete what it got. Moments are None while it has not happened.

    Attributes:
        letters: ids of the letters that it is to delete.
    """

    written_at: datetime | None = None
    sent_at: datetime | None = None
    asked_at: datetime | None = None
    confirmed_at: datetime | None = None
    confirmed_by: str = ""
    letters: frozenset[str] = frozenset()


async def letters_told(conn: AsyncConnection, vault: Vault, case_id: str) -> list[LetterTold]:
    """The letters about a case that say something of its person, in the order in which they were written.

    If the person was erased, nobody can say any more which fields a letter had.
    """
    of_case = select(outbox, persons.c.key_sealed).join_from(outbox, persons, isouter=True)
    rows = await conn.execute(of_case.where(outbox.c.lane == case_id).order_by(outbox.c.outbox_id))
    listed = list[LetterTold]()
    for row in rows:
        try:
            names = _saying(json.loads(letters.opened(vault, row)))
        except SealBrokenError:
            names = (ERASED,)
        if names and row.kind not in _ANSWERS:
            listed.append(LetterTold(row.receiver, row.kind, row.event_id, names, row.occurred_at, row.sent_at))
    return listed


ERASED = "erased"
_ANSWERS = (LetterKind.NOTICE_ACKNOWLEDGED, LetterKind.NOTICE_REJECTED, LetterKind.DISCLOSURE_RETRACTED)


def _saying(payload: Mapping[str, object]) -> tuple[str, ...]:
    """The names of the fields that say something of the person."""
    person = payload.get("person")
    whom = tuple(person) if isinstance(person, Mapping) else ()
    return (*whom, *(name for name in _SAYING if payload.get(name) not in (None, "", [])))


async def looks(conn: AsyncConnection, case_id: str) -> list[StoredRead]:
    """The looks at the identity of the person of a case, and at the words about it."""
    own = select(facts.c.fact_id).where(facts.c.case_id == case_id)
    return await StoredRead.read(conn, or_(reads.c.case_id == case_id, reads.c.fact_id.in_(own)), order="read_at")


async def retractions(conn: AsyncConnection, case_id: str) -> dict[str, Retraction]:
    """What was done to have data deleted, by recipient. A task that waits has confirmed nothing."""
    letter = outbox.c.lane == case_id, outbox.c.kind == LetterKind.DISCLOSURE_RETRACTED
    written = {row.receiver: row for row in await conn.execute(select(outbox).where(*letter))}
    of_case = tasks.c.case_id == case_id, tasks.c.kind == TaskKind.RETRACT
    asked = {row.subject: row for row in await conn.execute(select(tasks).where(*of_case))}
    confirmed = {receiver: row for receiver, row in asked.items() if row.closed_by != WAITING}
    return {
        receiver: Retraction(
            written_at=getattr(written.get(receiver), "occurred_at", None),
            sent_at=getattr(written.get(receiver), "sent_at", None),
            asked_at=getattr(asked.get(receiver), "opened_at", None),
            confirmed_at=getattr(confirmed.get(receiver), "closed_at", None),
            confirmed_by=getattr(confirmed.get(receiver), "closed_by", ""),
            letters=frozenset(asked[receiver].about.get("letters", ()) if receiver in asked else ()),
        )
        for receiver in written.keys() | asked.keys()
    }
