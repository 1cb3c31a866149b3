"""Facts: whether one was seen before, its number within the case, early ones, and those not yet delivered."""

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

CONTENT, RAW = "fact", "raw"  # purposes of the two sealed columns


FactName = tuple[str, str, bytes]  # sender, message id, content hash
Place = tuple[str, int, int, int]  # topic id, partition, offset, index in the record


@dataclass
class FactRow:
    """One row of `facts`, before or after it is stored.

    Attributes:
        content_hash: keyed hash of the normalised fact; unique with sender and message id.
        state: a `FactState`.
        reference_digest: digest of the sender with its reference; None: it gave none.
        sought: digests of strong identifiers, to find an early fact when its case opens.
        fact_id: set once stored.
        topic_id: with partition, offset and index the place of its record on Kafka; "" and None: entered by a person.
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
        """Its unique key."""
        return self.sender, self.message_id, self.content_hash

    @cached_property
    def code(self) -> str:
        """The unique key as sixteen letters, for keys and ids. It reveals nothing of the content."""
        content = f"{self.sender}\x1f{self.message_id}".encode() + self.content_hash
        return sha256(content).hexdigest()[:16]


@dataclass(frozen=True)
class Untold:
    """A numbered fact that was not delivered to its workflow yet."""

    case_id: str
    number: int
    fact_id: int
    sender: str
    occurred_at: datetime
    reference_digest: bytes | None
    content_sealed: bytes | None
    person_id: str | None
    key_sealed: bytes | None


_OF_OTHERS = {"fact_id", "told_at", "acted_by", "acted_code"}  # given by the database, the dispatcher and commands
COLUMNS = tuple(column.name for column in facts.c if column.name not in _OF_OTHERS)
_CHANGING = (
    "fact_id",
    "kind",
    "state",
    "occurred_at",
    "case_id",
    "number",
    "content_sealed",
    "raw_sealed",
    "person_id",
    "reference_digest",
    "body",
)
_NAME = ("fact_id", "sender", "message_id", "content_hash")
HALF = 16  # bytes of a content hash that stand for the content alone
# Facts with the same id and content, and of each id one with other content, if there is any.
_SEEN = r"""
    SELECT sender, message_id, content_hash
    FROM unnest($1::text[], $2::text[], $3::bytea[]) AS new (sender, message_id, content)
    JOIN facts USING (sender, message_id)
    WHERE content_hash BETWEEN content AND content || decode(repeat('ff', 17), 'hex')
    UNION ALL
    SELECT sender, message_id, other.content_hash
    FROM (
        SELECT sender, message_id, array_agg(content) AS contents
        FROM unnest($1::text[], $2::text[], $3::bytea[]) AS new (sender, message_id, content)
        GROUP BY sender, message_id
    ) AS ids CROSS JOIN LATERAL (
        SELECT content_hash FROM facts
        WHERE facts.sender = ids.sender AND facts.message_id = ids.message_id
        AND substring(content_hash FOR 16) <> ALL (ids.contents) LIMIT 1
    ) AS other
"""
_TAKEN = """
    SELECT topic_id, partition, "offset", index_in_record
    FROM facts JOIN unnest($1::text[], $2::int[], $3::bigint[]) AS record (topic_id, partition, "offset")
    USING (topic_id, partition, "offset")
"""
# The state is a literal: with a parameter the planner could not use the partial index.
# The facts of a case without a running workflow wait until it is rebuilt. One that was reset runs.
_CASES_UNTOLD = """
    SELECT case_id FROM facts
    WHERE state = 'numbered' AND told_at IS NULL AND case_id NOT IN (SELECT unnest($1::text[]))
    AND case_id <> ALL (ARRAY (SELECT case_id FROM cases WHERE lost <> '' AND lost <> 'was-reset'))
    GROUP BY case_id ORDER BY min(fact_id) LIMIT $2
"""
_UNTOLD = """
    SELECT said.*, persons.key_sealed
    FROM (SELECT unnest($1::text[]) EXCEPT SELECT case_id FROM cases WHERE lost <> '' AND lost <> 'was-reset')
        AS wanted (case_id) CROSS JOIN LATERAL (
        SELECT case_id, number, fact_id, sender, occurred_at, reference_digest, content_sealed, person_id FROM facts
        WHERE case_id = wanted.case_id AND state = 'numbered' AND told_at IS NULL ORDER BY number LIMIT $2
    ) AS said LEFT JOIN persons ON persons.person_id = said.person_id
    ORDER BY said.case_id, said.number
"""
_ROOM_FOR_LOST = 2**32  # more facts than there can be between a backup and its restore
_NUMBER_ABOVE = """
    SELECT setval(pg_get_serial_sequence('facts', 'fact_id'),
                  :room + coalesce((SELECT max(fact_id) FROM facts), 0))
"""
# An array, not a subquery: then both sides of the OR use an index.
_EARLY = """
    state = 'early'
    AND (fact_id = ANY (ARRAY (SELECT fact_id FROM fact_index WHERE digest = ANY($1))) OR reference_digest = ANY($2))
    ORDER BY fact_id FOR UPDATE
"""


_EXPIRED = """
    SELECT fact_id FROM facts AS early
    WHERE state = 'early' AND known_at < $1
    AND NOT EXISTS (
        SELECT FROM fact_index AS own JOIN fact_index USING (digest) JOIN facts ON facts.fact_id = fact_index.fact_id
        WHERE own.fact_id = early.fact_id AND facts.state IN ('held', 'at-door')
    )
    AND NOT EXISTS (
        SELECT FROM fact_index JOIN facts USING (fact_id)
        WHERE digest = early.reference_digest AND facts.state = 'held'
    )
    AND NOT EXISTS (SELECT FROM facts WHERE state = 'at-door' AND reference_digest = early.reference_digest)
    FOR UPDATE
"""


async def seen(conn: AsyncConnection, names: Collection[FactName]) -> dict[tuple[str, str], set[bytes]]:
    """By sender and message id: content hashes of earlier messages with the same content, perhaps written later.

    One hash of other content under the same id is among them, however many there are: a sender may give all its
    messages the same id.
    """
    contents = {(sender, message_id, content_hash[:HALF]) for sender, message_id, content_hash in names}
    if not contents:
        return {}
    hashes: dict[tuple[str, str], set[bytes]] = {}
    columns = tuple(map(list, zip(*contents, strict=True)))
    rows: Iterable[Any] = await conn.exec_driver_sql(_SEEN, columns)
    for sender, message_id, content_hash in rows:
        hashes.setdefault((sender, message_id), set()).add(content_hash)
    return hashes


async def taken_at(conn: AsyncConnection, places: Collection[Place]) -> set[Place]:
    """Those of the records at these places on Kafka whose facts were stored before."""
    if not places:
        return set()
    columns = zip(*{place[:3] for place in places}, strict=True)
    rows: Iterable[Any] = await conn.exec_driver_sql(_TAKEN, tuple(map(list, columns)))
    return {(row[0], row[1], row[2], row[3]) for row in rows}


async def add(conn: AsyncConnection, rows: Sequence[FactRow]) -> None:
    """Store facts and set the `fact_id` of each; `sought` digests go into the index."""
    written = [{name: getattr(row, name) for name in COLUMNS} for row in rows]
    stored = await insert(conn, RowsToWrite(facts, written, "new"), _NAME)
    ids = {(row.sender, row.message_id, row.content_hash): row.fact_id for row in stored}
    for row in rows:
        row.fact_id = ids[row.name]
    await _index(conn, rows)


async def early(conn: AsyncConnection, references: Collection[bytes], digests: Collection[bytes]) -> list[FactRow]:
    """Early facts, found by the digest of their reference or of a strong identifier; oldest first."""
    if not references and not digests:
        return []
    rows = await fetch(conn, facts, ("fact_id", *COLUMNS), _EARLY, list(digests), list(references))
    waiting = [FactRow(**row) for row in rows]
    if not waiting:
        return []
    index = await conn.execute(select(fact_index).where(among(fact_index.c.fact_id, [row.fact_id for row in waiting])))
    sought: dict[int, set[bytes]] = {}
    for row in index:
        sought.setdefault(row.fact_id, set()).add(row.digest)
    for fact in waiting:
        fact.sought = frozenset(sought.get(fact.fact_id or 0, ()))
    return waiting


async def read(conn: AsyncConnection, fact_id: int) -> FactRow | None:
    """One fact by its id; None: there is none."""
    row = (await conn.execute(select(facts).where(facts.c.fact_id == fact_id))).one_or_none()
    return fact_row(row) if row else None


async def change(conn: AsyncConnection, rows: Iterable[FactRow]) -> None:
    """Update stored facts that waited; with their new state and what belongs to it.

    Only a notice that is held or stands at the door is found by its digests afterwards.
    """
    rows = list(rows)
    changed = [{name: getattr(row, name) for name in _CHANGING} for row in rows]
    if not changed:
        return
    await rewrite(conn, facts, changed)
    await conn.execute(delete(fact_index).where(among(fact_index.c.fact_id, [row["fact_id"] for row in changed])))
    await _index(conn, [row for row in rows if row.state in (FactState.HELD, FactState.AT_DOOR)])


async def _index(conn: AsyncConnection, rows: Iterable[FactRow]) -> None:
    sought = [{"fact_id": row.fact_id, "digest": digest} for row in rows for digest in sorted(row.sought)]
    await insert(conn, RowsToWrite(fact_index, sought, "new"))


async def expire_early(conn: AsyncConnection, before: datetime) -> int:
    """Delete the content of early facts that came before a moment; returns how many.

    Those about a notice that is held or at the door stay as long as it does. The rows stay in any event, without
    content and digests, to recognise a resend.
    """
    rows: Iterable[Any] = await conn.exec_driver_sql(_EXPIRED, (before,))
    gone = [row[0] for row in rows]
    if gone:
        await conn.execute(delete(fact_index).where(among(fact_index.c.fact_id, gone)))
        nothing = {"content_sealed": null(), "raw_sealed": null(), "reference_digest": null(), "body": {}}
        expired = update(facts).where(among(facts.c.fact_id, gone))
        await conn.execute(expired.values(state=FactState.DROPPED, **nothing))
    return len(gone)


async def cases_untold(conn: AsyncConnection, limit: int, but: Collection[str] = ()) -> list[str]:
    """Cases with undelivered facts, the longest waiting first; those in `but` are left out."""
    rows: Iterable[Any] = await conn.exec_driver_sql(_CASES_UNTOLD, (list(but), limit))
    return [row[0] for row in rows]


async def untold(conn: AsyncConnection, cases: Collection[str], at_most: int) -> dict[str, list[Untold]]:
    """The undelivered facts of these cases: of each case the first `at_most`, in the order of their numbers.

    Those of a case that lost its workflow wait, and are left out.
    """
    by_case: dict[str, list[Untold]] = {}
    rows: Iterable[Any] = await conn.exec_driver_sql(_UNTOLD, (list(cases), at_most))
    for row in rows:
        by_case.setdefault(row[0], []).append(Untold(*row))
    return by_case


async def number_above(conn: AsyncConnection) -> None:
    """After a restore: give the next fact an id far above any that was given after the backup.

    Workflows and letters may have those ids, and an id must never name two facts.
    """
    await conn.execute(text(_NUMBER_ABOVE), {"room": _ROOM_FOR_LOST})


async def mark_told(conn: AsyncConnection, fact_ids: Collection[int], now: datetime) -> None:
    """Mark facts as delivered to their workflows."""
    await conn.execute(update(facts).where(among(facts.c.fact_id, fact_ids)).values(told_at=now))


def fact_row(row: Any) -> FactRow:
    """A stored row of `facts`, without the digests in the index."""
    return FactRow(**{name: getattr(row, name) for name in COLUMNS}, fact_id=row.fact_id)
