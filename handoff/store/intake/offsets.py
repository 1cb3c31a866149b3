"""How far institutions' topics were read: the next offset due stands beside the facts, and moves with them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.tables import offsets_due

Lane = tuple[str, int]  # topic id, partition

# First of its transaction, so that a second owner waits here, and finds that it has come too late.
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
    """Somebody else has moved these partitions meanwhile: nothing of the transaction may stand.

    Attributes:
        lanes: topic id and partition of each.
    """

    def __init__(self, lanes: Collection[Lane]) -> None:
        super().__init__(f"{len(lanes)} partitions were moved by somebody else")
        self.lanes = frozenset(lanes)


@dataclass(frozen=True)
class Move:
    """A partition moves from the offset that was due to the next one.

    Attributes:
        end_seen: where its log ended when last looked at; 0: not known.
    """

    topic_id: str
    partition: int
    due: int
    next: int
    end_seen: int = 0


@dataclass(frozen=True)
class Gap:
    """Records that are gone before they were read.

    Attributes:
        first: offset of the first.
        last: offset of the last.
        why: `deleted`: the log begins behind them; `log-cut`: it ends before them, though it reached further;
            `topic-made-anew`: they stood on a topic of the same name that was deleted.
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
        why: a code, such as `locked`, or the name of what was raised.
        end: where its log ends, as far as is known.
    """

    lane: Lane
    offset: int
    why: str
    end: int = 0


@dataclass(frozen=True)
class OffsetDue:
    """Where a partition stands.

    Attributes:
        next: the offset that is due.
        end_seen: where its log ended when last looked at.
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
    """The offset that is due; a partition that was never read begins with 0."""
    new = {"topic_id": topic_id, "partition": partition, "topic": topic, "next_offset": 0}
    await conn.execute(insert(offsets_due).values(new).on_conflict_do_nothing())
    found = select(offsets_due.c.next_offset).where(*_is(topic_id, partition))
    return int((await conn.execute(found)).scalar_one())


async def heard_last(conn: AsyncConnection) -> dict[str, datetime]:
    """When something was last read from each topic; one from which nothing was ever read is not in it."""
    last = func.max(offsets_due.c.moved_at)
    found = await conn.execute(
        select(offsets_due.c.topic, last).group_by(offsets_due.c.topic).having(last.is_not(None))
    )
    return {row[0]: row[1] for row in found}


async def unread_before(conn: AsyncConnection, topic: str, topic_id: str, partition: int) -> list[Gap]:
    """What stood unread on topics of this name and other ids, when they were last looked at."""
    other = (offsets_due.c.topic == topic, offsets_due.c.partition == partition, offsets_due.c.topic_id != topic_id)
    columns = offsets_due.c.topic_id, offsets_due.c.next_offset, offsets_due.c.end_seen
    rows = await conn.execute(select(*columns).where(*other, offsets_due.c.end_seen > offsets_due.c.next_offset))
    return [Gap(topic, row[0], partition, row[1], row[2] - 1, TOPIC_MADE_ANEW) for row in rows]


async def advance(conn: AsyncConnection, moves: Sequence[Move], now: datetime) -> set[Lane]:
    """Move partitions, each from where it stands; returns those that are read again.

    Raises:
        NotOwnerError: one of them stands elsewhere; the caller's transaction has to be rolled back.
    """
    if not moves:
        return set()
    columns = zip(*((each.topic_id, each.partition, each.due, each.next, each.end_seen) for each in moves), strict=True)
    moved: list[Any] = list(await conn.exec_driver_sql(_ADVANCE, (*map(list, columns), now)))
    missing = {(each.topic_id, each.partition) for each in moves} - {(row[0], row[1]) for row in moved}
    if missing:
        raise NotOwnerError(missing)
    return {(row[0], row[1]) for row in moved if row[2]}


async def read_again(conn: AsyncConnection, lane: Lane, offset: int) -> int:
    """Have a partition read again from an offset on; returns how many offsets it goes back. It never goes forward."""
    stands = (await conn.execute(select(offsets_due.c.next_offset).where(*_is(*lane)).with_for_update())).scalar()
    if stands is None or stands <= offset:
        return 0
    below = func.greatest(offsets_due.c.again_below, stands)
    back = {"next_offset": offset, "again_below": below, "held_offset": None, "held_since": None, "held_why": ""}
    await conn.execute(update(offsets_due).where(*_is(*lane)).values(**back))
    return int(stands) - offset


async def hold(conn: AsyncConnection, held: PartitionHold, now: datetime) -> None:
    """Note that a partition is held, and since when; it is forgotten when the partition moves."""
    since = func.coalesce(offsets_due.c.held_since, now)
    end = func.greatest(offsets_due.c.end_seen, held.end)
    noted = {"held_offset": held.offset, "held_why": held.why, "held_since": since, "end_seen": end}
    await conn.execute(update(offsets_due).where(*_is(*held.lane)).values(**noted))


async def release(conn: AsyncConnection, lane: Lane) -> None:
    """Forget that a partition was held."""
    freed = {"held_offset": None, "held_since": None, "held_why": ""}
    await conn.execute(update(offsets_due).where(*_is(*lane)).values(**freed))


async def listed(conn: AsyncConnection) -> list[OffsetDue]:
    """Where every partition stands that was ever read, by topic."""
    names = ("topic", "topic_id", "partition", "next_offset", "end_seen", "held_offset", "held_since", "held_why")
    rows = await conn.execute(select(*(offsets_due.c[name] for name in names)).order_by(offsets_due.c.topic))
    return [OffsetDue(*row) for row in rows]


def _is(topic_id: str, partition: int) -> tuple[Any, ...]:
    return offsets_due.c.topic_id == topic_id, offsets_due.c.partition == partition
