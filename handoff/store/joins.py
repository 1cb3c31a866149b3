"""Joins of two cases of one person. Both cases and both persons keep their rows; a join only says which one goes on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.tables import joins


@dataclass(frozen=True)
class CaseJoin:
    """One join.

    Attributes:
        case_id: the case that was joined.
        into_case_id: the case that goes on.
        filled: the details (`Detail`) that the person of that case got from the other one.
        differs: names of the fields in which the two persons differed.
        undone_at: when it was undone; None: it stands.
    """

    case_id: str
    into_case_id: str
    person_id: str
    into_person_id: str
    who: str
    joined_at: datetime
    why: str = ""
    filled: Sequence[str] = field(default_factory=list)
    differs: Sequence[str] = field(default_factory=list)
    undone_at: datetime | None = None
    undone_by: str = ""

    def other(self, case_id: str) -> str:
        """The other one of its two cases."""
        return self.into_case_id if case_id == self.case_id else self.case_id


_NAMES = tuple(CaseJoin.__dataclass_fields__)
# An array, so that the primary key is used, and only rows that change are written.
# Of each case (person) the one that goes on in the end: a case that was joined may have had others joined into it.
_ROOTS = """
    WITH RECURSIVE up (part, root) AS (
        SELECT {part}, into_{part} FROM case_joins WHERE undone_at IS NULL AND {part} <> into_{part}
        UNION
        SELECT up.part, further.into_{part} FROM up JOIN case_joins AS further
        ON further.{part} = up.root AND further.undone_at IS NULL AND further.{part} <> further.into_{part}
    ), ends AS (
        SELECT part, root FROM up WHERE root NOT IN (SELECT part FROM up)
    )
    UPDATE {table} AS own SET {column} = (SELECT min(root) FROM ends WHERE part = own.{part})
    WHERE own.{part} = ANY (ARRAY (
        SELECT part FROM ends UNION SELECT {part} FROM {table} WHERE {column} IS NOT NULL
    ))
    AND own.{column} IS DISTINCT FROM (SELECT min(root) FROM ends WHERE part = own.{part})
"""
_OF_CASES = text(_ROOTS.format(part="case_id", table="cases", column="joined_into"))
_OF_PERSONS = text(_ROOTS.format(part="person_id", table="persons", column="merged_into"))


async def add(conn: AsyncConnection, join: CaseJoin) -> None:
    """Write a join. From now on, words about either case and either person find the case that goes on."""
    await conn.execute(insert(joins).values(**vars(join)))
    await _find_roots(conn)


async def undo(conn: AsyncConnection, case_id: str, who: str, now: datetime) -> CaseJoin | None:
    """Undo the join of a case; None: it is not joined into another one."""
    still = joins.c.case_id == case_id, joins.c.undone_at.is_(None)
    columns = [joins.c[name] for name in _NAMES]
    row = (
        await conn.execute(update(joins).where(*still).values(undone_at=now, undone_by=who).returning(*columns))
    ).one_or_none()
    await _find_roots(conn)
    return _join(row) if row else None


async def standing(conn: AsyncConnection, case_id: str) -> CaseJoin | None:
    """The join of a case into another one; None: it is not joined, or the join was undone."""
    return next(
        (join for join in await of_case(conn, case_id) if (join.case_id, join.undone_at) == (case_id, None)), None
    )


async def of_case(conn: AsyncConnection, case_id: str) -> list[CaseJoin]:
    """The joins of a case, also those that were undone, the oldest first."""
    of = or_(joins.c.case_id == case_id, joins.c.into_case_id == case_id)
    rows = await conn.execute(select(*(joins.c[name] for name in _NAMES)).where(of).order_by(joins.c.join_id))
    return [_join(row) for row in rows]


def _join(row: Any) -> CaseJoin:
    return CaseJoin(*row)


async def _find_roots(conn: AsyncConnection) -> None:
    await conn.execute(_OF_CASES)
    await conn.execute(_OF_PERSONS)
