"""Records that could not be taken: kept as they came, encrypted, until an operator tries them again or drops them."""

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
OURS = "ours"  # code: we fail to take it; each new build tries again
AWAITED = "awaited"  # code: what it answers was lost in a restore, and is made again; tried again each minute
UNTOLD = (OURS, AWAITED)  # codes of which the sender is told nothing


class NoSuchRecordError(Exception):
    """No parked record has this number."""


class SettledError(Exception):
    """A record is parked no more: it was taken, dropped, or kept too long."""


@dataclass(frozen=True)
class Parked:
    """A record as it came, and why it was not taken.

    Attributes:
        value: the record's bytes: personal data.
        headers: names and raw values; None where the record had no value.
        state: parked, retried, dropped or expired.
        size: bytes as they came; of what is too large fewer are kept.
        digest: keyed, of the whole record.
        last_offset: of a range of records that no decoder reads, whose value is a batch as it lies on Kafka.
        build: which failed to take it last, if that is ours to mend.
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


@dataclass(frozen=True)
class ParkedLine:
    """A parked record in a list: without its bytes.

    Attributes:
        last_offset: of a range of records that no decoder reads; None: it is one record.
        size: its bytes as they came; of what is too large fewer are kept.
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
    """What is parked of one institution under one code; `size` in bytes, as they came."""

    sender: str
    code: str
    count: int
    records: int
    size: int
    oldest: datetime


@dataclass(frozen=True)
class Filter:
    """Which parked records; "" and None: any.

    Attributes:
        before: parked before this moment.
        but: not under these codes.
    """

    sender: str = ""
    code: str = ""
    before: datetime | None = None
    state: str = ParkedState.PARKED
    but: tuple[str, ...] = ()

    def where(self) -> tuple[ColumnElement[bool], ...]:
        """The same for SQL."""
        found = [parked.c.state == self.state]
        found += [parked.c.sender == self.sender] if self.sender else []
        found += [parked.c.code == self.code] if self.code else []
        found += [parked.c.parked_at < self.before] if self.before else []
        found += [parked.c.code.not_in(self.but)] if self.but else []
        return tuple(found)


_LINE = tuple(parked.c[name] for name in ParkedLine.__dataclass_fields__)


async def add(conn: AsyncConnection, vault: Vault, records: Sequence[Parked]) -> dict[tuple[str, int, int], int]:
    """Park records; returns their numbers by topic, partition and offset. One parked before is left as it is."""
    part = RowsToWrite(parked, [_row(vault, record) for record in records], "once")
    rows = await insert(conn, part, ("parked_id", "topic", "partition", "offset"))
    return {(row.topic, row.partition, row.offset): row.parked_id for row in rows}


async def listed(conn: AsyncConnection, wanted: Filter, limit: int, after: int = 0) -> list[ParkedLine]:
    """Parked records, the oldest first, behind the number `after`. Their bytes are not read."""
    page = (*wanted.where(), parked.c.parked_id > after)
    rows = await conn.execute(select(*_LINE).where(*page).order_by(parked.c.parked_id).limit(limit))
    return [ParkedLine(*row) for row in rows]


async def how_many(conn: AsyncConnection, wanted: Filter, after: int = 0) -> int:
    """How many there are behind the number `after`."""
    counted = select(func.count()).where(*wanted.where(), parked.c.parked_id > after)
    return int((await conn.execute(counted)).scalar_one())


async def was_ever(conn: AsyncConnection, sender: str) -> bool:
    """Whether anything of a sender was ever parked."""
    return bool(await conn.scalar(select(exists().where(parked.c.sender == sender))))


async def counted(conn: AsyncConnection) -> list[Count]:
    """What is parked, by institution and code, most first."""
    many = func.count()
    columns = (parked.c.sender, parked.c.code, many, func.sum(parked.c.records), func.sum(parked.c.size))
    oldest = func.min(parked.c.parked_at)
    grouped = (
        select(*columns, oldest).where(parked.c.state == ParkedState.PARKED).group_by(parked.c.sender, parked.c.code)
    )
    rows = await conn.execute(grouped.order_by(many.desc()))
    return [Count(row[0], row[1], row[2], int(row[3]), int(row[4]), row[5]) for row in rows]


async def end(conn: AsyncConnection, wanted: Filter, state: str, limit: int | None = None) -> list[int]:
    """Set parked records to `dropped` or `expired`, the oldest first: their bytes go. Returns their numbers."""
    chosen = select(parked.c.parked_id).where(*wanted.where()).order_by(parked.c.parked_id).limit(limit)
    changed = update(parked).where(parked.c.parked_id.in_(chosen.scalar_subquery()))
    changed = changed.values(state=state, **_WITHOUT_BYTES)
    return list(await conn.scalars(changed.returning(parked.c.parked_id)))


async def read(conn: AsyncConnection, vault: Vault, parked_id: int) -> Parked:
    """One record, locked until the transaction ends.

    Raises:
        NoSuchRecordError: there is none of this number.
    """
    found = await conn.execute(select(parked).where(parked.c.parked_id == parked_id).with_for_update())
    row = found.one_or_none()
    if row is None:
        raise NoSuchRecordError(f"no parked record has the number {parked_id}: see `handoff parked list`")
    return _opened(vault, row)


async def waiting(conn: AsyncConnection, vault: Vault, parked_id: int) -> Parked:
    """One record that is parked still, locked until the transaction ends.

    Raises:
        NoSuchRecordError: there is none of this number.
        SettledError: it is parked no more.
    """
    record = await read(conn, vault, parked_id)
    if record.state != ParkedState.PARKED:
        raise SettledError(f"Record {parked_id} is parked no more: it was {record.state}.")
    return record


async def settle(conn: AsyncConnection, parked_id: int, state: str) -> None:
    """Note that a record was `retried` or `dropped`: its bytes go."""
    await conn.execute(update(parked).where(parked.c.parked_id == parked_id).values(state=state, **_WITHOUT_BYTES))


async def ours(conn: AsyncConnection, build: str) -> list[int]:
    """Numbers of the records that another build than this failed to take, the oldest first."""
    wanted = (parked.c.state == ParkedState.PARKED, parked.c.code == OURS, parked.c.build != build)
    return list(await conn.scalars(select(parked.c.parked_id).where(*wanted).order_by(parked.c.parked_id)))


async def awaited(conn: AsyncConnection) -> dict[int, str]:
    """Records that answer something which a restore lost: their senders by number, the oldest first."""
    wanted = parked.c.state == ParkedState.PARKED, parked.c.code == AWAITED
    rows = await conn.execute(select(parked.c.parked_id, parked.c.sender).where(*wanted).order_by(parked.c.parked_id))
    return {row.parked_id: row.sender for row in rows}


async def tried_by(conn: AsyncConnection, parked_id: int, build: str) -> None:
    """Note which build failed to take a record last."""
    await conn.execute(update(parked).where(parked.c.parked_id == parked_id).values(build=build))


async def refuse(conn: AsyncConnection, parked_id: int, code: str, reason: str) -> None:
    """A record of which its sender was told nothing turned out to be its sender's to mend."""
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
