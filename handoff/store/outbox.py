"""Letters to institutions (outbox pattern): written in the milestone's transaction, sent later by the relay."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import RowsToWrite, among, write
from handoff.store.engine import OUTBOX, notify
from handoff.store.tables import cases, outbox
from handoff.store.tables import persons as persons_table
from handoff.store.vault import Key, SealBrokenError, Vault
from handoff.timezone import KST

_PURPOSE = "letter"
_ID_LETTERS = 20
_WAITS = outbox.c.sent_at.is_(None), outbox.c.undeliverable_at.is_(None)


@dataclass(frozen=True)
class Letter:
    """One event for one receiver.

    Attributes:
        case_id: its case; letters of a case keep their order; "" for none.
        key: name of what happened, e.g. the milestone's key; case, key, receiver and kind make the event id.
        receiver: institution code; its topic is `handoff.to.<receiver>`.
        kind: event type, e.g. "referral.offered".
        payload: the JSON data as dumped by the contract's model; moments may be `datetime`.
        subject: our id that the event is about; an answer names it.
        answers: id of the event it answers.
        person_id: the person whose key seals the payload; None: the vault's own key.
    """

    case_id: str
    key: str
    receiver: str
    kind: str
    occurred_at: datetime
    payload: Mapping[str, Any]
    subject: str = ""
    answers: str = ""
    person_id: str | None = None


@dataclass(frozen=True)
class LetterDue:
    """A letter to send, decrypted; `data` None: its person was erased, so it can never be sent."""

    outbox_id: int
    event_id: str
    lane: str
    kind: str
    occurred_at: datetime
    subject: str
    answers: str
    data: bytes | None


def event_id(vault: Vault, letter: Letter) -> str:
    """The event id: equal for letters with the same case, key, receiver and kind."""
    parts = (letter.case_id, letter.key, letter.receiver, letter.kind)
    return "E" + vault.short_id("event", *parts, length=_ID_LETTERS)


async def send_again(conn: AsyncConnection, since: datetime, receiver: str = "") -> int:
    """Mark letters sent since a moment as unsent, with the same event ids; returns how many."""
    sent = [outbox.c.sent_at >= since, *([outbox.c.receiver == receiver] if receiver else [])]
    done = await conn.execute(update(outbox).where(*sent).values(sent_at=None))
    if done.rowcount:
        await notify(conn, OUTBOX)
    return done.rowcount


async def put_all(conn: AsyncConnection, vault: Vault, letters: Sequence[tuple[Letter, Key]]) -> None:
    """Write letters in this order, each with the key that seals it, and notify the relay.

    The caller holds the lock of the case's row, so letters of a case are written in the order of commits.
    """
    await write(conn, [part(vault, letters)], OUTBOX)


def part(vault: Vault, letters: Sequence[tuple[Letter, Key]]) -> RowsToWrite:
    """Letters as rows to write, in this order; existing ones are skipped. The caller notifies the relay."""
    return RowsToWrite(outbox, [_row(vault, letter, key) for letter, key in letters], "once")


async def receivers(conn: AsyncConnection) -> list[str]:
    """Institutions with unsent letters."""
    return list(await conn.scalars(select(outbox.c.receiver).where(*_WAITS).distinct()))


async def claim(conn: AsyncConnection, receiver: str) -> bool:
    """Lock the receiver's topic for this transaction; False: another relay is sending to it."""
    return bool(
        await conn.scalar(text("SELECT pg_try_advisory_xact_lock(730592, hashtext(:receiver))"), {"receiver": receiver})
    )


async def due(conn: AsyncConnection, vault: Vault, receiver: str, limit: int) -> list[LetterDue]:
    """The receiver's next letters, in order. Call it after `claim`, else letters might be sent twice."""
    rows = await conn.execute(
        select(outbox, persons_table.c.key_sealed)
        .join_from(outbox, persons_table, isouter=True)
        .where(*_WAITS, outbox.c.receiver == receiver)
        .order_by(outbox.c.outbox_id)
        .limit(limit)
    )
    return [_due(vault, row) for row in rows]


async def mark_sent(conn: AsyncConnection, ids: Collection[int], now: datetime) -> None:
    """Mark letters as sent."""
    await conn.execute(update(outbox).where(among(outbox.c.outbox_id, ids)).values(sent_at=now))


async def give_up(conn: AsyncConnection, outbox_id: int, why: str, now: datetime) -> None:
    """Mark a letter as undeliverable, so that the next ones can be sent."""
    never = {"undeliverable_at": now, "undeliverable_why": why}
    await conn.execute(update(outbox).where(outbox.c.outbox_id == outbox_id).values(**never))


async def case_of(conn: AsyncConnection, letter: LetterDue) -> str | None:
    """The case that a letter is about; None: it has none."""
    case_id: str | None = await conn.scalar(select(cases.c.case_id).where(cases.c.case_id == letter.lane))
    return case_id


def data(payload: Mapping[str, Any]) -> bytes:
    """A payload as bytes to send; equal payloads give equal bytes."""
    return _JSON.encode(payload).encode()


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(KST).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not JSON")


_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_moment)


def _row(vault: Vault, letter: Letter, key: Key) -> dict[str, Any]:
    return {
        "event_id": event_id(vault, letter),
        "receiver": letter.receiver,
        "lane": letter.case_id or letter.receiver,
        "kind": letter.kind,
        "occurred_at": letter.occurred_at,
        "subject": letter.subject,
        "answers": letter.answers,
        "payload_sealed": key.seal(_PURPOSE, data(letter.payload)),
        "person_id": letter.person_id,
    }


def opened(vault: Vault, row: Any) -> bytes:
    """The data of a letter, from its row with the key of its person.

    Raises:
        SealBrokenError: the person was erased.
    """
    return vault.key(row.person_id, row.key_sealed).open(_PURPOSE, row.payload_sealed)


def _due(vault: Vault, row: Any) -> LetterDue:
    try:
        letter = opened(vault, row)
    except SealBrokenError:
        letter = None
    return LetterDue(row.outbox_id, row.event_id, row.lane, row.kind, row.occurred_at, row.subject, row.answers, letter)
