"""The log of who looked at whose identity, and why."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store import tables


@dataclass(frozen=True)
class IdentityRead:
    """One look at a person's identity: who looked, why, and when. `fact_id`: of a notice that has no case."""

    case_id: str | None
    who: str
    why: str
    read_at: datetime
    fact_id: int | None = None


async def log_identity_read(conn: AsyncConnection, read: IdentityRead) -> None:
    """Log a look at a person's identity, before the identity is shown."""
    await conn.execute(insert(tables.reads).values(vars(read)))
