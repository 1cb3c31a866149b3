"""Intake, from Kafka's records to durable facts, beside a loop that only consumes and inserts the same rows."""

import asyncio
import gc
import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncEngine

from events.consumer.subscriber import Subscriber, Subscription, subscribe
from events.intake.inbox import Inbox
from events.kafka.broker import TopicIds
from events.kafka.login import Login
from events.kafka.topics import WantedTopics, provision
from events.readers import InboundRecord
from handoff.store import tables
from handoff.store.engine import connect
from handoff.store.vault import Vault
from tests.benchmarks.ground import Ground
from tests.benchmarks.meter import Rounds
from tests.events.desk import PROFILE, at_home, notice, person
from workers.intake import a_broker
from workers.settings import Settings

SENDER = "gm-hospital"
TOPIC = f"handoff.from.{SENDER}"
BATCH = 200
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
VAULT = Vault(bytes(range(32)))
# Parents first: what one notice leaves behind.
WRITTEN = (
    tables.persons,
    tables.person_index,
    tables.cases,
    tables.facts,
    tables.references,
    tables.timeline,
    tables.outbox,
)
_GIVEN_BY_THE_DATABASE = {"fact_id", "outbox_id", "told_at", "sent_at"}


def notices(count: int) -> list[tuple[bytes, list[tuple[str, bytes]]]]:
    """So many people's notices, as records."""
    made = []
    for number in range(count):
        who = person(name=f"사람{number}", registration_number=None, phone=f"0108{number:07}", **at_home(number))
        record = notice(who=who, discharge={"reference": f"r{number}"}, id=f"m{number}")
        made.append((record.value or b"", [(name, value or b"") for name, value in record.headers]))
    return made


async def filled(ground: Ground, count: int) -> None:
    """Put the notices onto the hospital's topic."""
    login = Login("engine", ground.keys.engine_password)
    bootstrap = ground.servers.endpoints.kafka_bootstrap
    await provision(bootstrap, login, WantedTopics([SENDER], {SENDER: ground.keys.institution_password(SENDER)}))
    async with AIOKafkaProducer(**login.aiokafka(bootstrap), acks="all", linger_ms=20) as producer:
        sent = [await producer.send(TOPIC, value, headers=headers) for value, headers in notices(count)]
        await asyncio.gather(*sent)


class Counted(Subscriber):
    """The subscriber, with a note of when each batch was durable."""

    def __init__(self, inbox: Inbox, ids: TopicIds, wanted: int) -> None:
        super().__init__(inbox, ids, lambda: datetime.now(UTC))
        self.done: list[tuple[float, float, int]] = []
        self.wanted, self.all = wanted, asyncio.Event()

    async def take(self, arrivals: Sequence[InboundRecord]) -> None:
        await super().take(arrivals)
        self.done.append((time.perf_counter(), time.process_time(), len(arrivals)))
        if sum(count for _, _, count in self.done) >= self.wanted:
            self.all.set()


async def ours(ground: Ground, url: str, count: int, group: str) -> dict[str, float]:
    """Intake as its process runs it, until all are durable."""
    engine = connect(url)
    settings = Settings(data=ground.folder)
    ids = TopicIds(settings.bootstrap, settings.kafka_login)
    subscriber = Counted(Inbox(engine, VAULT, PROFILE), ids, count)
    broker = a_broker(settings)
    await subscribe(broker, subscriber, Subscription(group=group))()
    await subscriber.all.wait()
    await broker.stop()
    await engine.dispose()
    return pace(subscriber.done)


def pace(done: Sequence[tuple[float, float, int]]) -> dict[str, float]:
    """Records a second, and CPU of this process for each, from the first durable batch to the last."""
    (began, cpu_began, first), (ended, cpu_ended, _) = done[0], done[-1]
    taken = sum(count for _, _, count in done) - first
    return {"a_second": taken / (ended - began), "cpu_ms": (cpu_ended - cpu_began) * 1000 / taken}


async def written(url: str) -> list[dict[str, list[dict[str, Any]]]]:
    """What intake wrote, record by record: rows by table."""
    engine = connect(url)
    async with engine.connect() as conn:
        rows = {table.name: [row._asdict() for row in await conn.execute(table.select())] for table in WRITTEN}
    await engine.dispose()
    facts = sorted(rows["facts"], key=lambda row: row["fact_id"])
    of = {
        name: _grouped(kept, "lane" if name == "outbox" else "case_id" if "case_id" in kept[0] else "person_id")
        for name, kept in rows.items()
    }
    return [
        {name: by.get(fact["case_id"], []) or by.get(fact["person_id"], []) for name, by in of.items()}
        for fact in facts
    ]


def _grouped(rows: Sequence[dict[str, Any]], key: str) -> dict[str, list[dict[str, Any]]]:
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        kept = {name: value for name, value in row.items() if name not in _GIVEN_BY_THE_DATABASE}
        grouped.setdefault(row[key], []).append(kept)
    return grouped


async def loop(
    ground: Ground, url: str, rows: Sequence[Mapping[str, list[dict[str, Any]]]], group: str
) -> dict[str, float]:
    """Consume the same records and insert the same rows, one statement a batch, and commit the offsets after it."""
    engine = connect(url)
    login = Settings(data=ground.folder).kafka
    done: list[tuple[float, float, int]] = []
    at = 0
    async with AIOKafkaConsumer(
        TOPIC, **login, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False
    ) as consumer:
        while at < len(rows):
            found = await consumer.getmany(timeout_ms=50, max_records=BATCH)
            records = [record for part in found.values() for record in part]
            if not records:
                continue
            await insert_all(engine, rows[at : at + len(records)])
            await consumer.commit()
            at += len(records)
            done.append((time.perf_counter(), time.process_time(), len(records)))
    await engine.dispose()
    return pace(done)


async def insert_all(engine: AsyncEngine, records: Sequence[Mapping[str, list[dict[str, Any]]]]) -> None:
    """All rows of a batch in one statement: each table's multi-row insert beside the others'."""
    parts: list[str] = []
    values: list[list[Any]] = []
    for table in WRITTEN:
        rows = [row for record in records for row in record[table.name]]
        parts.append(f"t{len(parts)} AS ({_insert(table, tuple(rows[0]), len(values))})")
        values += [[_plain(row[name]) for row in rows] for name in rows[0]]
    async with engine.begin() as conn:
        await conn.exec_driver_sql(f"WITH {', '.join(parts)} SELECT 1", tuple(values))


def _insert(table: Table, columns: Sequence[str], before: int) -> str:
    types = (table.c[name].type.compile(dialect=_DIALECT) for name in columns)
    places = ", ".join(f"${before + place}::{kind}[]" for place, kind in enumerate(types, 1))
    names = ", ".join(f'"{name}"' for name in columns)
    return f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({places})"  # noqa: S608 - names of ours


def _plain(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


async def compared(ground: Ground, rounds: int, count: int) -> dict[str, Rounds]:
    """Rounds of both, by turns, on the same records; the first of ours gives the loop its rows."""
    await filled(ground, count)
    url = await ground.database()
    await ours(ground, url, count, "warm")
    rows = await written(url)
    seen: dict[str, list[float]] = {}
    gc.collect()
    gc.freeze()  # as a process of ours does at its start: what stays is not gone through again and again
    for number in range(rounds):
        mine = await ours(ground, await ground.database(), count, f"ours-{number}")
        bare = await loop(ground, await ground.database(), rows, f"loop-{number}")
        found = {f"ours, {name}": value for name, value in mine.items()}
        found |= {f"loop, {name}": value for name, value in bare.items()}
        found["ours / loop, records a second"] = mine["a_second"] / bare["a_second"]
        for name, value in found.items():
            seen.setdefault(name, []).append(value)
    return {name: Rounds(values) for name, values in seen.items()}
