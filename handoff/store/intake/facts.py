"""What was told: seen before or new, numbered within its case, waiting for its case, told to its workflow."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, null, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import RowsToWrite, among, fetch, insert, rewrite
from handoff.store.tables import fact_index, facts
from handoff.vocabulary.states import FactState

CONTENT, RAW = "fact", "raw"  # what the two sealed columns are sealed for


FactName = tuple[str, str, bytes]  # sender, message id, content hash
Place = tuple[str, int, int, int]  # topic id, partition, offset, index in the record


@dataclass
class FactRow:
    """One row of `facts`, before or after it is stored.

    Attributes:
        content_hash: keyed hash of the normalised fact; with sender and message id it says which fact this is.
        state: numbered, held, early, acted, late or dropped.
        reference_digest: of sender and its reference; None: it gave none.
        sought: digests of strong identifiers by which an early fact is found when its case opens.
        fact_id: set once stored.
        topic_id: with partition, offset and index the place of its record on Kafka; "" and None: typed in, or acted.
    """

    sender: str
    message_id: str
    content_hash: bytes
    kind: str
    occurred_at: datetime
    known_at: datetime
    subject: str = ""
    reference_digest: bytes | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    state: str = ""
    case_id: str | None = None
    number: int | None = None
    content_sealed: bytes | None = None
    raw_sealed: bytes | None = None
    person_id: str | None = None
    sought: frozenset[bytes] = frozenset()
    fact_id: int | None = None
    topic_id: str = ""
    partition: int | None = None
    offset: int | None = None
    index_in_record: int | None = None

    @property
    def name(self) -> FactName:
        """Which fact this is."""
        return self.sender, self.message_id, self.content_hash

    @cached_property
    def code(self) -> str:
        """The same in sixteen letters, for keys and ids: it tells nothing of what the fact says."""
        said = f"{self.sender}\x1f{self.message_id}".encode() + self.content_hash
        return sha256(said).hexdigest()[:16]


@dataclass(frozen=True)
class Untold:
    """A numbered fact whose workflow does not know it yet."""

    case_id: str
    number: int
    fact_id: int
    sender: str
    occurred_at: datetime
    content_sealed: bytes | None
    person_id: str | None
    key_sealed: bytes | None


_COLUMNS = tuple(column.name for column in facts.c if column.name not in {"fact_id", "told_at"})
_CHANGING = (
    "fact_id",
    "state",
    "case_id",
    "number",
    "content_sealed",
    "raw_sealed",
    "person_id",
    "reference_digest",
)
_NAME = ("fact_id", "sender", "message_id", "content_hash")
_SEEN = "SELECT sender, message_id, content_hash FROM facts WHERE sender = ANY($1) AND message_id = ANY($2)"
_TAKEN = """
    SELECT topic_id, partition, "offset", index_in_record
    FROM facts JOIN unnest($1::text[], $2::int[], $3::bigint[]) AS record (topic_id, partition, "offset")
    USING (topic_id, partition, "offset")
"""
# States stand as literals where a partial index is to be used: of a parameter the planner cannot know that it fits.
_CASES_UNTOLD = """
    SELECT case_id FROM facts
    WHERE state = 'numbered' AND told_at IS NULL AND case_id NOT IN (SELECT unnest($1::text[]))
    GROUP BY case_id ORDER BY min(fact_id) LIMIT $2
"""
_UNTOLD = """
    SELECT said.*, persons.key_sealed
    FROM unnest($1::text[]) AS wanted (case_id) CROSS JOIN LATERAL (
        SELECT case_id, number, fact_id, sender, occurred_at, content_sealed, person_id FROM facts
        WHERE case_id = wanted.case_id AND state = 'numbered' AND told_at IS NULL ORDER BY number LIMIT $2
    ) AS said LEFT JOIN persons ON persons.person_id = said.person_id
    ORDER BY said.case_id, said.number
"""
_ROOM_FOR_LOST = 2**32  # facts between a backup and its restore: more than any country tells
_NUMBER_ABOVE = """
    SELECT setval(pg_get_serial_sequence('facts', 'fact_id'),
                  :room + coalesce((SELECT max(fact_id) FROM facts), 0))
"""
_EARLY = """
    state = 'early'
    AND (fact_id IN (SELECT fact_id FROM fact_index WHERE digest = ANY($1)) OR reference_digest = ANY($2))
    ORDER BY fact_id FOR UPDATE
"""


async def seen(conn: AsyncConnection, messages: Collection[tuple[str, str]]) -> dict[tuple[str, str], set[bytes]]:
    """For each sender and message id that came before: the hashes of what it said."""
    senders, ids = {sender for sender, _ in messages}, [message_id for _, message_id in messages]
    known: dict[tuple[str, str], set[bytes]] = {}
    rows: Iterable[Any] = await conn.exec_driver_sql(_SEEN, (list(senders), ids))
    for sender, message_id, content_hash in rows:
        known.setdefault((sender, message_id), set()).add(content_hash)
    return known


async def taken_at(conn: AsyncConnection, places: Collection[Place]) -> set[Place]:
    """At which places on Kafka stands what was taken before, whatever its reader makes of it now."""
    if not places:
        return set()
    columns = zip(*(place[:3] for place in places), strict=True)
    rows: Iterable[Any] = await conn.exec_driver_sql(_TAKEN, tuple(map(list, columns)))
    return {(row[0], row[1], row[2], row[3]) for row in rows}


async def add(conn: AsyncConnection, rows: Sequence[FactRow]) -> None:
    """Store facts and give each its `fact_id`; what early facts are sought by goes into the index."""
    written = [{name: getattr(row, name) for name in _COLUMNS} for row in rows]
    stored = await insert(conn, RowsToWrite(facts, written, "new"), _NAME)
    ids = {(row.sender, row.message_id, row.content_hash): row.fact_id for row in stored}
    for row in rows:
        row.fact_id = ids[row.name]
    sought = [{"fact_id": row.fact_id, "digest": each} for row in rows for each in sorted(row.sought)]
    await insert(conn, RowsToWrite(fact_index, sought, "new"))


async def early(conn: AsyncConnection, references: Collection[bytes], digests: Collection[bytes]) -> list[FactRow]:
    """Facts that wait for a case, found by the discharge they name or by whom they are about; oldest first."""
    if not references and not digests:
        return []
    rows = await fetch(conn, facts, ("fact_id", *_COLUMNS), _EARLY, list(digests), list(references))
    waiting = [FactRow(**row) for row in rows]
    if not waiting:
        return []
    index = await conn.execute(select(fact_index).where(among(fact_index.c.fact_id, [row.fact_id for row in waiting])))
    sought: dict[int, set[bytes]] = {}
    for row in index:
        sought.setdefault(row.fact_id, set()).add(row.digest)
    for each in waiting:
        each.sought = frozenset(sought.get(each.fact_id or 0, ()))
    return waiting


async def read(conn: AsyncConnection, fact_id: int) -> FactRow | None:
    """One fact; None: there is none of this number."""
    row = (await conn.execute(select(facts).where(facts.c.fact_id == fact_id))).one_or_none()
    return _fact_row(row) if row else None


async def change(conn: AsyncConnection, rows: Iterable[FactRow]) -> None:
    """Write what became of stored facts that waited: numbered, held, late or dropped."""
    changed = [{name: getattr(row, name) for name in _CHANGING} for row in rows]
    if not changed:
        return
    await rewrite(conn, facts, changed)
    await conn.execute(delete(fact_index).where(among(fact_index.c.fact_id, [each["fact_id"] for each in changed])))


async def expire_early(conn: AsyncConnection, before: datetime) -> int:
    """Delete what facts say that waited for a case in vain since before `before`; returns how many.

    The row itself stays, without content and without any way to find a person by it: it knows a resend.
    """
    gone = (facts.c.state == FactState.EARLY) & (facts.c.known_at < before)
    await conn.execute(delete(fact_index).where(fact_index.c.fact_id.in_(select(facts.c.fact_id).where(gone))))
    nothing = {"content_sealed": null(), "raw_sealed": null(), "reference_digest": null(), "body": {}}
    done = await conn.execute(update(facts).where(gone).values(state=FactState.DROPPED, **nothing))
    return done.rowcount


async def cases_untold(conn: AsyncConnection, limit: int, but: Collection[str] = ()) -> list[str]:
    """Cases with facts that their workflow does not know yet, the longest waiting first; `but` are left out."""
    rows: Iterable[Any] = await conn.exec_driver_sql(_CASES_UNTOLD, (list(but), limit))
    return [row[0] for row in rows]


async def untold(conn: AsyncConnection, cases: Collection[str], at_most: int) -> dict[str, list[Untold]]:
    """What the workflows of these cases do not know yet: of each case the first `at_most` facts, by their numbers."""
    by_case: dict[str, list[Untold]] = {}
    rows: Iterable[Any] = await conn.exec_driver_sql(_UNTOLD, (list(cases), at_most))
    for row in rows:
        by_case.setdefault(row[0], []).append(Untold(*row))
    return by_case


async def number_above(conn: AsyncConnection) -> None:
    """Give the next fact an id far above those that were given after the backup which this record came from.

    Workflows and letters may know those ids: an id names one fact for ever.
    """
    await conn.execute(text(_NUMBER_ABOVE), {"room": _ROOM_FOR_LOST})


async def mark_told(conn: AsyncConnection, fact_ids: Collection[int], now: datetime) -> None:
    """Note that workflows know these facts."""
    await conn.execute(update(facts).where(among(facts.c.fact_id, fact_ids)).values(told_at=now))


def _fact_row(row: Any) -> FactRow:
    return FactRow(**{name: getattr(row, name) for name in _COLUMNS}, fact_id=row.fact_id)
