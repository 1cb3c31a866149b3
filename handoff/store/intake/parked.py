"""Parked records: they could not be taken, and are kept encrypted until an operator retries or drops them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import RowsToWrite, insert
from handoff.store.tables import parked
from handoff.store.vault import Vault
from handoff.vocabulary.states import ParkedState

_VALUE, _HEADERS = "parked", "parked-headers"
_WITHOUT_BYTES: dict[str, Any] = {"raw_sealed": None, "headers_sealed": None}
OURS = "ours"  # code: a fault of the engine; each new build tries again
AWAITED = "awaited"  # code: it answers something that a restore lost; tried again each minute
UNTOLD = (OURS, AWAITED)  # codes without a notice to the sender


Spot = tuple[str, int, int, int]  # topic, partition, offset, index of the message in the record


class NoSuchRecordError(Exception):
    """No parked record has this number."""


class SettledError(Exception):
    """A record is no longer parked: it was taken, dropped, or it expired."""


@dataclass(frozen=True)
class Parked:
    """A record as it came, and why it was not taken.

    Attributes:
        value: the record's bytes: personal data.
        headers: names and raw values; a value may be None.
        state: parked, retried, dropped or expired.
        size: bytes of the record; if it is too large, `value` has only the first of them.
        digest: keyed digest of the whole record.
        last_offset: set for a range of unreadable records; `value` is then the batch as stored on Kafka.
        build: the build that failed last, if the fault is the engine's.
        parked_id: 0 before it is stored.
    """

    topic: str
    partition: int
    offset: int
    sender: str
    code: str
    reason: str
    place: str
    value: bytes
    headers: tuple[tuple[str, bytes | None], ...]
    parked_at: datetime
    state: str = ParkedState.PARKED
    parked_id: int = 0
    topic_id: str = ""
    index_in_record: int = 0
    last_offset: int | None = None
    records: int = 1
    size: int = 0
    digest: bytes = b""
    build: str = ""

    @property
    def spot(self) -> Spot:
        """Where it stood."""
        return self.topic, self.partition, self.offset, self.index_in_record


@dataclass(frozen=True)
class ParkedLine:
    """A parked record in a list: without its bytes.

    Attributes:
        last_offset: set for a range of unreadable records; None: one record.
        size: bytes of the record.
    """

    parked_id: int
    topic: str
    partition: int
    offset: int
    last_offset: int | None
    records: int
    sender: str
    code: str
    reason: str
    place: str
    size: int
    parked_at: datetime
    state: str


@dataclass(frozen=True)
class Count:
    """What is parked from one institution under one code; `size` in bytes."""

    sender: str
    code: str
    count: int
    records: int
    size: int
    oldest: datetime


@dataclass(frozen=True)
class Filter:
    """Selects parked records; "" and None: any.

    Attributes:
        before: parked before this moment.
        but: codes to leave out.
    """

    sender: str = ""
    code: str = ""
    before: datetime | None = None
    state: str = ParkedState.PARKED
    but: tuple[str, ...] = ()

    def where(self) -> tuple[ColumnElement[bool], ...]:
        """The conditions for SQL."""
        conditions = [parked.c.state == self.state]
        conditions += [parked.c.sender == self.sender] if self.sender else []
        conditions += [parked.c.code == self.code] if self.code else []
        conditions += [parked.c.parked_at < self.before] if self.before else []
        conditions += [parked.c.code.not_in(self.but)] if self.but else []
        return tuple(conditions)


_LINE = tuple(parked.c[name] for name in ParkedLine.__dataclass_fields__)


async def add(conn: AsyncConnection, vault: Vault, records: Sequence[Parked]) -> dict[Spot, int]:
    """Park records; returns their numbers by place. Records parked before are skipped."""
    part = RowsToWrite(parked, [_row(vault, record) for record in records], "once")
    rows = await insert(conn, part, ("parked_id", "topic", "partition", "offset", "index_in_record"))
    return {(row.topic, row.partition, row.offset, row.index_in_record): row.parked_id for row in rows}


async def listed(conn: AsyncConnection, selected: Filter, limit: int, after: int = 0) -> list[ParkedLine]:
    """Parked records with a number above `after`, oldest first, without their bytes."""
    page = (*selected.where(), parked.c.parked_id > after)
    rows = await conn.execute(select(*_LINE).where(*page).order_by(parked.c.parked_id).limit(limit))
    return [ParkedLine(*row) for row in rows]


async def how_many(conn: AsyncConnection, selected: Filter, after: int = 0) -> int:
    """How many have a number above `after`."""
    counted = select(func.count()).where(*selected.where(), parked.c.parked_id > after)
    return int((await conn.execute(counted)).scalar_one())


async def was_ever(conn: AsyncConnection, sender: str) -> bool:
    """Whether any record of a sender was ever parked."""
    return bool(await conn.scalar(select(exists().where(parked.c.sender == sender))))


async def counted(conn: AsyncConnection) -> list[Count]:
    """Counts of parked records by institution and code, the largest first."""
    many = func.count()
    columns = (parked.c.sender, parked.c.code, many, func.sum(parked.c.records), func.sum(parked.c.size))
    oldest = func.min(parked.c.parked_at)
    grouped = (
        select(*columns, oldest).where(parked.c.state == ParkedState.PARKED).group_by(parked.c.sender, parked.c.code)
    )
    rows = await conn.execute(grouped.order_by(many.desc()))
    return [Count(row[0], row[1], row[2], int(row[3]), int(row[4]), row[5]) for row in rows]


async def end(conn: AsyncConnection, selected: Filter, state: str, limit: int | None = None) -> list[int]:
    """Set parked records to `dropped` or `expired`, oldest first, and delete their bytes. Returns their numbers."""
    chosen = select(parked.c.parked_id).where(*selected.where()).order_by(parked.c.parked_id).limit(limit)
    changed = update(parked).where(parked.c.parked_id.in_(chosen.scalar_subquery()))
    changed = changed.values(state=state, **_WITHOUT_BYTES)
    return list(await conn.scalars(changed.returning(parked.c.parked_id)))


async def read(conn: AsyncConnection, vault: Vault, parked_id: int) -> Parked:
    """One record, locked until the transaction ends.

    Raises:
        NoSuchRecordError: there is none of this number.
    """
    rows = await conn.execute(select(parked).where(parked.c.parked_id == parked_id).with_for_update())
    row = rows.one_or_none()
    if row is None:
        raise NoSuchRecordError(f"no parked record has the number {parked_id}: see `handoff parked list`")
    return _opened(vault, row)


async def waiting(conn: AsyncConnection, vault: Vault, parked_id: int) -> Parked:
    """One record that is still parked, locked until the transaction ends.

    Raises:
        NoSuchRecordError: there is none of this number.
        SettledError: it is no longer parked.
    """
    record = await read(conn, vault, parked_id)
    if record.state != ParkedState.PARKED:
        raise SettledError(f"Record {parked_id} is no longer parked: it was {record.state}.")
    return record


async def settle(conn: AsyncConnection, parked_id: int, state: str) -> None:
    """Set a record to `retried` or `dropped`, and delete its bytes."""
    await conn.execute(update(parked).where(parked.c.parked_id == parked_id).values(state=state, **_WITHOUT_BYTES))


async def ours(conn: AsyncConnection, build: str) -> list[int]:
    """Numbers of the records that other builds than this one failed to take, oldest first."""
    conditions = (parked.c.state == ParkedState.PARKED, parked.c.code == OURS, parked.c.build != build)
    query = select(parked.c.parked_id).where(*conditions).order_by(parked.c.parked_id)
    return list(await conn.scalars(query))


async def awaited(conn: AsyncConnection) -> dict[int, str]:
    """Senders by number of the records that answer something lost in a restore, oldest first."""
    query = select(parked.c.parked_id, parked.c.sender).order_by(parked.c.parked_id)
    rows = await conn.execute(query.where(parked.c.state == ParkedState.PARKED, parked.c.code == AWAITED))
    return {row.parked_id: row.sender for row in rows}


async def tried_by(conn: AsyncConnection, parked_id: int, build: str) -> None:
    """Note which build last failed to take a record."""
    await conn.execute(update(parked).where(parked.c.parked_id == parked_id).values(build=build))


async def refuse(conn: AsyncConnection, parked_id: int, code: str, reason: str) -> None:
    """Change code and reason: the fault turned out to be the sender's, not the engine's."""
    await conn.execute(update(parked).where(parked.c.parked_id == parked_id).values(code=code, reason=reason))


def _row(vault: Vault, record: Parked) -> dict[str, Any]:
    headers = json.dumps([[name, value.hex() if value is not None else None] for name, value in record.headers])
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "sender": record.sender,
        "code": record.code,
        "reason": record.reason,
        "place": record.place,
        "raw_sealed": vault.own.seal(_VALUE, record.value),
        "headers_sealed": vault.own.seal(_HEADERS, headers.encode()),
        "parked_at": record.parked_at,
        "state": record.state,
        "topic_id": record.topic_id,
        "index_in_record": record.index_in_record,
        "last_offset": record.last_offset,
        "records": record.records,
        "size": record.size,
        "digest": record.digest,
        "build": record.build,
    }


def _opened(vault: Vault, row: Any) -> Parked:
    value = vault.own.open(_VALUE, row.raw_sealed) if row.raw_sealed else b""
    stored = json.loads(vault.own.open(_HEADERS, row.headers_sealed)) if row.headers_sealed else []
    headers = tuple((name, bytes.fromhex(raw) if raw is not None else None) for name, raw in stored)
    return Parked(
        topic=row.topic,
        partition=row.partition,
        offset=row.offset,
        sender=row.sender,
        code=row.code,
        reason=row.reason,
        place=row.place,
        value=value,
        headers=headers,
        parked_at=row.parked_at,
        state=row.state,
        parked_id=row.parked_id,
        topic_id=row.topic_id,
        index_in_record=row.index_in_record,
        last_offset=row.last_offset,
        records=row.records,
        size=row.size,
        digest=row.digest,
        build=row.build,
    )
