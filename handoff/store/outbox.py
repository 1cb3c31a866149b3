"""What institutions are told: written in the transaction of the milestone, sent afterwards by the relay."""

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

_PURPOSE = "letter"
_ID_LETTERS = 20
_WAITS = outbox.c.sent_at.is_(None), outbox.c.undeliverable_at.is_(None)


@dataclass(frozen=True)
class Letter:
    """One event for one receiver.

    Attributes:
        case_id: its case, whose order it keeps; "" for what has no case.
        key: the name of what happened, e.g. the milestone's key: with case, receiver and kind it makes the event id.
        receiver: institution code; whose topic is `handoff.to.<receiver>`.
        kind: event type, e.g. "referral.offered".
        payload: the JSON data as the contract's model dumps it; moments may be `datetime`.
        subject: our id that the event is about, which an answer will name.
        answers: id of the event it answers.
        person_id: whose key seals the payload; None: the vault's own key.
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
    """A letter that waits to be sent, opened; `data` None: its person was erased, it can never be sent."""

    outbox_id: int
    event_id: str
    lane: str
    kind: str
    occurred_at: datetime
    subject: str
    answers: str
    data: bytes | None


def event_id(vault: Vault, letter: Letter) -> str:
    """The same happening told to the same receiver has the same id, however often it is written."""
    parts = (letter.case_id, letter.key, letter.receiver, letter.kind)
    return "E" + vault.short_id("event", *parts, length=_ID_LETTERS)


async def send_again(conn: AsyncConnection, since: datetime, receiver: str = "") -> int:
    """Have letters sent again that were sent since a moment, under the ids they had; returns how many."""
    sent = [outbox.c.sent_at >= since, *([outbox.c.receiver == receiver] if receiver else [])]
    done = await conn.execute(update(outbox).where(*sent).values(sent_at=None))
    if done.rowcount:
        await notify(conn, OUTBOX)
    return done.rowcount


async def put_all(conn: AsyncConnection, vault: Vault, letters: Sequence[tuple[Letter, Key]]) -> None:
    """Write letters, each with the opened key that seals it, in this order, and ring the relay.

    The caller has locked the case's row by then, as every milestone does: the order of writing is that of commits.
    """
    await write(conn, [part(vault, letters)], OUTBOX)


def part(vault: Vault, letters: Sequence[tuple[Letter, Key]]) -> RowsToWrite:
    """Letters, to be written in this order; written twice is written once. Whoever writes them rings the relay."""
    return RowsToWrite(outbox, [_row(vault, letter, key) for letter, key in letters], "once")


async def receivers(conn: AsyncConnection) -> list[str]:
    """Who has letters waiting."""
    return list(await conn.scalars(select(outbox.c.receiver).where(*_WAITS).distinct()))


async def claim(conn: AsyncConnection, receiver: str) -> bool:
    """Take the receiver's topic for this transaction; False: another relay has a batch of it in flight."""
    return bool(
        await conn.scalar(text("SELECT pg_try_advisory_xact_lock(730592, hashtext(:receiver))"), {"receiver": receiver})
    )


async def due(conn: AsyncConnection, vault: Vault, receiver: str, limit: int) -> list[LetterDue]:
    """The receiver's next letters, in order; call it after `claim`, so that it sees what the last batch marked."""
    rows = await conn.execute(
        select(outbox, persons_table.c.key_sealed)
        .join_from(outbox, persons_table, isouter=True)
        .where(*_WAITS, outbox.c.receiver == receiver)
        .order_by(outbox.c.outbox_id)
        .limit(limit)
    )
    return [_due(vault, row) for row in rows]


async def mark_sent(conn: AsyncConnection, ids: Collection[int], now: datetime) -> None:
    """Note that the broker has these."""
    await conn.execute(update(outbox).where(among(outbox.c.outbox_id, ids)).values(sent_at=now))


async def give_up(conn: AsyncConnection, outbox_id: int, why: str, now: datetime) -> None:
    """Note that a letter can never be sent; those behind it go on."""
    never = {"undeliverable_at": now, "undeliverable_why": why}
    await conn.execute(update(outbox).where(outbox.c.outbox_id == outbox_id).values(**never))


async def case_of(conn: AsyncConnection, letter: LetterDue) -> str | None:
    """The case that a letter is about; None: it is about none."""
    found: str | None = await conn.scalar(select(cases.c.case_id).where(cases.c.case_id == letter.lane))
    return found


def data(payload: Mapping[str, Any]) -> bytes:
    """A payload as the bytes that are sent: the same payload, the same bytes."""
    return _JSON.encode(payload).encode()


def _moment(value: object) -> str:
    if isinstance(value, date):  # a datetime is a date too
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


def _due(vault: Vault, row: Any) -> LetterDue:
    try:
        opened = vault.key(row.person_id, row.key_sealed).open(_PURPOSE, row.payload_sealed)
    except SealBrokenError:
        opened = None
    return LetterDue(row.outbox_id, row.event_id, row.lane, row.kind, row.occurred_at, row.subject, row.answers, opened)
