"""Unique words in every personal field, and every place where they must not be found."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from temporalio.client import Client

from simulation.records import HL7, WrittenRecord, event
from tests.journeys.city import City, sent
from workers.embedded import postgres

FOLDERS_OF_KAFKA = ("kafka",)  # what institutions sent and are told stands there by design, in their own topics


# Each canary holds one of these: what holds none need not be searched for every canary.
MARKS = ("뷁", "쀍", "쿫", "뛣", "1931-", "19310", "310221", "010-7391-5", "01073915", "PX7Q")


@dataclass
class Canaries:
    """Hands out words that stand nowhere else, and knows each of them."""

    released: list[str] = field(default_factory=list)
    _number: int = 0

    def person(self, *but: str) -> dict[str, Any]:
        """Somebody all of whose fields are canaries; `but`: fields that are not told."""
        self._number += 1
        number = self._number
        told = {
            "name": f"카나리{chr(0xB220 + number)}뷁{chr(0xC4F0 + number)}",
            "birth_date": "1931-02-21",
            "registration_number": f"310221-26{number:03}73",
            "patient_number": f"PX7Q{number:03}ZZ",
            "phone": f"010-7391-{5000 + number}",
            "address": f"경기도 광명시 철산로 77{number:02}번길 {number}, 쀍{chr(0xD4C0 + number)}빌라 (철산동)",
        }
        self.released += [value for name, value in told.items() if name not in but]
        return {name: value for name, value in told.items() if name not in but}

    def word(self, kind: str) -> str:
        """Another canary: a reference, a name in a field of words."""
        self._number += 1
        self.released.append(f"{kind}쿫{self._number:03}뛣")
        return self.released[-1]

    def seen(self, where: bytes) -> set[str]:
        """The canaries found in some bytes, however they are written there."""
        if not any(form in where for mark in MARKS for form in _forms(mark)):
            return set()
        return {each for each in self.released if any(form in where for form in _forms(each))}


def _forms(canary: str) -> Iterable[bytes]:
    digits = "".join(filter(str.isdecimal, canary))
    plain = canary.encode()
    yield plain
    yield plain.hex().encode()
    yield json.dumps(canary)[1:-1].encode()
    if canary.isascii() and len(digits) >= len(canary) - 2:
        yield digits.encode()


def told(canaries: Canaries, kind: str, message_id: str, person: Mapping[str, Any], **discharge: str) -> WrittenRecord:
    """An event of ours with canaries in every personal field, and in fields that the contract does not know."""
    said = {
        "person": {**person, "nickname": canaries.word("nickname")},
        "discharge": {**discharge, "disposition": canaries.word("disposition")},
        "consent": {"given": True},
        "actor": {"role": "nurse", "name": canaries.word("nurse")},
        "remarks": canaries.word("remarks"),
    }
    return event(sent("gm-hospital", message_id), kind, said)


def told_as_hl7(
    canaries: Canaries, trigger: str, control_id: str, person: Mapping[str, Any], visit: str
) -> WrittenRecord:
    """An ADT message with canaries, a relative and a remark included."""
    now = f"{datetime.now(UTC):%Y%m%d%H%M%S}+0000"
    name, born = f"{person['name'][:1]}^{person['name'][1:]}", person["birth_date"].replace("-", "")
    number, phone, whose = f"{person['patient_number']}^^^GMH^PI", person["phone"], person["registration_number"]
    segments = (
        f"MSH|^~\\&|HIS|GMH|HANDOFF|CITY|{now}||ADT^{trigger}|{control_id}|P|2.5||||||UNICODE UTF-8",
        f"EVN|{trigger}|{now}",
        "|".join(("PID|1|", number, "", name, "", born, "F||", person["address"], "", phone, "||||", whose)),
        f"NK1|1|{canaries.word('daughter')}|DAU",
        f"PV1|1|I|||||||||||||||||{visit}||||||||||||||||||||||||||{now}",
        f"NTE|1||{canaries.word('note')}",
    )
    return WrittenRecord(control_id, "\r".join((*segments, "")).encode(), (("content-type", HL7.encode()),))


async def places(city: City, client: Client) -> AsyncIterator[tuple[str, bytes]]:
    """Everything outside an institution's own letters, as bytes, with its name."""
    async for execution in client.list_workflows():
        handle = client.get_workflow_handle(execution.id)
        yield f"id of {execution.id}", execution.id.encode()
        yield f"description of {execution.id}", (await handle.describe()).raw_description.SerializeToString()
        async for happened in handle.fetch_history_events():
            yield f"history of {execution.id}", happened.SerializeToString()
    yield "dump of PostgreSQL", await _dump(city)
    for file in await asyncio.to_thread(_files, city.folder):
        with suppress(FileNotFoundError):  # PostgreSQL deletes some of its files while we read
            yield str(file), await asyncio.to_thread(file.read_bytes)
    async for topic, words in _keys_and_headers(city):
        yield topic, words


async def current_details(client: Client, case: str) -> bytes:
    """What Temporal's own page shows of a case."""
    handle = client.get_workflow_handle(f"handoff-{case}")
    return str(await handle.query("__temporal_workflow_metadata")).encode()


def _files(folder: Path) -> list[Path]:
    """Every file of the data folder: logs, Temporal's database, PostgreSQL's own files, secrets, what `up` said."""
    return [each for each in folder.rglob("*") if each.is_file() and not _of_kafka(each.relative_to(folder))]


def _of_kafka(file: Path) -> bool:
    return (file.parts[0] in FOLDERS_OF_KAFKA and file.suffix != ".log") or "handoff." in str(file.parent)


async def _dump(city: City) -> bytes:
    address = city.desk.endpoints.postgres_url.replace("+asyncpg", "")
    binary = str(postgres._binaries() / "pg_dump")  # noqa: SLF001 - the wheel's own
    dumping = await asyncio.create_subprocess_exec(binary, address, stdout=asyncio.subprocess.PIPE)
    out, _ = await dumping.communicate()
    assert dumping.returncode == 0
    assert b"COPY public.facts" in out
    return out


async def _keys_and_headers(city: City) -> AsyncIterator[tuple[str, bytes]]:
    """Of everything that we told institutions."""
    consumer = AIOKafkaConsumer(**city.desk.engine_login.aiokafka(city.desk.endpoints.kafka_bootstrap))
    await consumer.start()
    try:
        parts = [TopicPartition(each, 0) for each in await consumer.topics() if each.startswith("handoff.to.")]
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        while records := await consumer.getmany(timeout_ms=1000):
            for part, each in ((part, each) for part, found in records.items() for each in found):
                yield part.topic, b"\n".join([each.key or b"", *(value for _, value in each.headers)])
    finally:
        await consumer.stop()
