"""Rows of a case's timeline: who, what, why, when it occurred and when we knew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import RowsToWrite, insert
from handoff.store.tables import timeline


@dataclass(frozen=True)
class Happened:
    """One thing that happened to a case, in codes and ids.

    Attributes:
        key: the name of what happened, unique within the case for ever.
        seq: its place in the case's timeline, taken from `cases.entries` under that row's lock.
    """

    case_id: str
    seq: int
    key: str
    what: str
    who: str
    occurred_at: datetime
    why: str = ""
    subject: str = ""
    code: str = ""


def entry_hash(*said: str | int | datetime | None) -> bytes:
    """Hash of what an entry says: the same key with another hash is another story, and refused."""
    words = (each.astimezone(UTC).isoformat() if isinstance(each, datetime) else str(each) for each in said)
    return sha256("\x1f".join(words).encode()).digest()


async def add(conn: AsyncConnection, entries: Sequence[Happened], known_at: datetime) -> None:
    """Append entries to their cases' timelines."""
    await insert(conn, RowsToWrite(timeline, [_row(each, known_at) for each in entries], "new"))


def _row(entry: Happened, known_at: datetime) -> dict[str, Any]:
    said = (entry.what, entry.who, entry.why, entry.subject, entry.code, entry.occurred_at)
    return {**vars(entry), "known_at": known_at, "entry_hash": entry_hash(*said)}
