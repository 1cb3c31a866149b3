"""Rows of a case's timeline: who, what, why, when it occurred and when it became known."""

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
        key: name of what happened, unique within the case.
        seq: its number in the timeline, from `cases.entries` under the lock of the case.
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


def entry_hash(*content: str | int | datetime | None) -> bytes:
    """Hash of an entry's content. The same key with another hash is refused."""
    words = (value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value) for value in content)
    return sha256("\x1f".join(words).encode()).digest()


async def add(conn: AsyncConnection, entries: Sequence[Happened], known_at: datetime) -> None:
    """Append entries to their cases' timelines."""
    await insert(conn, RowsToWrite(timeline, [_row(entry, known_at) for entry in entries], "new"))


def _row(entry: Happened, known_at: datetime) -> dict[str, Any]:
    content = (entry.what, entry.who, entry.why, entry.subject, entry.code, entry.occurred_at)
    return {**vars(entry), "known_at": known_at, "entry_hash": entry_hash(*content)}
