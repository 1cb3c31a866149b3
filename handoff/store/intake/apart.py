"""What people have told apart: words with these numbers or references are not about these persons."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import RowsToWrite, insert
from handoff.store.tables import told_apart

_KNOWN = "SELECT digest, person_id, fits FROM told_apart WHERE digest = ANY($1)"
_OF_CLOSED = text("""
    DELETE FROM told_apart WHERE NOT EXISTS (
        SELECT FROM cases WHERE cases.person_id = told_apart.person_id AND closed_at IS NULL
    )
""")


@dataclass(frozen=True)
class Apart:
    """One word told apart from one person.

    Attributes:
        digest: of a strong identifier, or of the reference.
        fits: what fitted nevertheless when a person decided so. A word that fits in more says something new.
    """

    digest: bytes
    person_id: str
    fits: frozenset[str]
    told_at: datetime


async def known(conn: AsyncConnection, digests: Collection[bytes]) -> dict[tuple[bytes, str], frozenset[str]]:
    """What fitted when words with these digests were told apart, by digest and person."""
    if not digests:
        return {}
    rows: Iterable[Any] = await conn.exec_driver_sql(_KNOWN, (list(digests),))
    return {(digest, person_id): frozenset(fits.split()) for digest, person_id, fits in rows}


async def add(conn: AsyncConnection, decided: Sequence[Apart]) -> None:
    """Store what was told apart."""
    rows = [{**vars(one), "fits": " ".join(sorted(one.fits))} for one in decided]
    await insert(conn, RowsToWrite(told_apart, rows, "put"))


async def forget(conn: AsyncConnection) -> None:
    """Forget what was told apart from persons without an open case: nobody is asked about them any more."""
    await conn.execute(_OF_CLOSED)
