"""How far institutions' topics were read. The next offset is stored with the facts, in the same transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.tables import offsets_due

Lane = tuple[str, int]  # topic id, partition

# The first statement of the transaction: a second owner of the partition waits here, then finds no row.
_ADVANCE = """
UPDATE offsets_due AS old
SET next_offset = new.next, end_seen = greatest(old.end_seen, new.end_seen),
    moved_at = CASE WHEN old.again_below >= new.next THEN old.moved_at ELSE $6 END,
    held_offset = NULL, held_since = NULL, held_why = ''
FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[])
    AS new (topic_id, partition, due, next, end_seen)
WHERE old.topic_id = new.topic_id AND old.partition = new.partition AND old.next_offset = new.due
RETURNING old.topic_id, old.partition, old.again_below > new.due
"""
DELETED, LOG_CUT, TOPIC_MADE_ANEW = "deleted", "log-cut", "topic-made-anew"  # why records are missing


class NotOwnerError(Exception):
    """Another process moved these partitions meanwhile: the transaction must be rolled back.

    Attributes:
        lanes: topic id and partition of each.
    """

    def __init__(self, lanes: Collection[Lane]) -> None:
        super().__init__(f"{len(lanes)} partitions were moved by another process")
        self.lanes = frozenset(lanes)


@dataclass(frozen=True)
class Move:
    """A partition moves from offset `due` to offset `next`.

    Attributes:
        end_seen: end of its log when last looked at; 0: unknown.
    """

    topic_id: str
    partition: int
    due: int
    next: int
    end_seen: int = 0


@dataclass(frozen=True)
class Gap:
    """Records that were gone before they were read.

    Attributes:
        first: offset of the first.
        last: offset of the last.
        why: `deleted`: the log begins after them; `log-cut`: the log now ends before them; `topic-made-anew`: they were
            on a deleted topic of the same name.
    """

    topic: str
    topic_id: str
    partition: int
    first: int
    last: int
    why: str


@dataclass(frozen=True)
class PartitionHold:
    """A partition that is held at a record.

    Attributes:
        why: a code, such as `locked`, or the name of the exception.
        end: end of its log, as far as known.
    """

    lane: Lane
    offset: int
    why: str
    end: int = 0


@dataclass(frozen=True)
class OffsetDue:
    """How far a partition was read.

    Attributes:
        next: the offset to read next.
        end_seen: end of its log when last looked at.
        held_offset: the record at which it is held; None: it moves.
        held_why: a code, such as `locked`.
    """

    topic: str
    topic_id: str
    partition: int
    next: int
    end_seen: int
    held_offset: int | None
    held_since: datetime | None
    held_why: str


async def due(conn: AsyncConnection, topic: str, topic_id: str, partition: int) -> int:
    """The offset to read next; 0 for a partition that was never read."""
    new = {"topic_id": topic_id, "partition": partition, "topic": topic, "next_offset": 0}
    await conn.execute(insert(offsets_due).values(new).on_conflict_do_nothing())
    query = select(offsets_due.c.next_offset).where(*_is(topic_id, partition))
    return int((await conn.execute(query)).scalar_one())


async def heard_last(conn: AsyncConnection) -> dict[str, datetime]:
    """When each topic was last read, by topic; without topics that were never read."""
    last = func.max(offsets_due.c.moved_at)
    rows = await conn.execute(select(offsets_due.c.topic, last).group_by(offsets_due.c.topic).having(last.is_not(None)))
    return {row[0]: row[1] for row in rows}


async def unread_before(conn: AsyncConnection, topic: str, topic_id: str, partition: int) -> list[Gap]:
    """Unread records of deleted topics of the same name, as of the last look at them."""
    other = (offsets_due.c.topic == topic, offsets_due.c.partition == partition, offsets_due.c.topic_id != topic_id)
    columns = offsets_due.c.topic_id, offsets_due.c.next_offset, offsets_due.c.end_seen
    rows = await conn.execute(select(*columns).where(*other, offsets_due.c.end_seen > offsets_due.c.next_offset))
    return [Gap(topic, row[0], partition, row[1], row[2] - 1, TOPIC_MADE_ANEW) for row in rows]


async def advance(conn: AsyncConnection, moves: Sequence[Move], now: datetime) -> set[Lane]:
    """Move partitions; returns those that read again what was read before.

    Raises:
        NotOwnerError: a partition is at another offset than `due`; the caller has to roll back.
    """
    if not moves:
        return set()
    columns = zip(*((move.topic_id, move.partition, move.due, move.next, move.end_seen) for move in moves), strict=True)
    moved: list[Any] = list(await conn.exec_driver_sql(_ADVANCE, (*map(list, columns), now)))
    missing = {(move.topic_id, move.partition) for move in moves} - {(row[0], row[1]) for row in moved}
    if missing:
        raise NotOwnerError(missing)
    return {(row[0], row[1]) for row in moved if row[2]}


async def read_again(conn: AsyncConnection, lane: Lane, offset: int) -> int:
    """Set a partition back to an offset; returns by how many offsets. It never moves forward."""
    stands = (await conn.execute(select(offsets_due.c.next_offset).where(*_is(*lane)).with_for_update())).scalar()
    if stands is None or stands <= offset:
        return 0
    below = func.greatest(offsets_due.c.again_below, stands)
    back = {"next_offset": offset, "again_below": below, "held_offset": None, "held_since": None, "held_why": ""}
    await conn.execute(update(offsets_due).where(*_is(*lane)).values(**back))
    return int(stands) - offset


async def hold(conn: AsyncConnection, held: PartitionHold, now: datetime) -> None:
    """Note that a partition is held, and since when. `advance` clears the note."""
    since = func.coalesce(offsets_due.c.held_since, now)
    end = func.greatest(offsets_due.c.end_seen, held.end)
    noted = {"held_offset": held.offset, "held_why": held.why, "held_since": since, "end_seen": end}
    await conn.execute(update(offsets_due).where(*_is(*held.lane)).values(**noted))


async def release(conn: AsyncConnection, lane: Lane) -> None:
    """Clear the note that a partition is held."""
    freed = {"held_offset": None, "held_since": None, "held_why": ""}
    await conn.execute(update(offsets_due).where(*_is(*lane)).values(**freed))


async def listed(conn: AsyncConnection) -> list[OffsetDue]:
    """How far each partition was read, in the order of topics."""
    names = ("topic", "topic_id", "partition", "next_offset", "end_seen", "held_offset", "held_since", "held_why")
    rows = await conn.execute(select(*(offsets_due.c[name] for name in names)).order_by(offsets_due.c.topic))
    return [OffsetDue(*row) for row in rows]


def _is(topic_id: str, partition: int) -> tuple[Any, ...]:
    return offsets_due.c.topic_id == topic_id, offsets_due.c.partition == partition
