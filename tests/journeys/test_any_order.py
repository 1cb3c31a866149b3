"""Sequences of messages in sampled orders, on the running stack: where their case is does not depend on the order."""

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import permutations
from random import Random
from typing import Any

from events.readers import InboundRecord
from handoff.vocabulary.awaited import TaskKind
from handoff.vocabulary.states import Standing
from simulation.records import WrittenRecord
from tests.events.sequences import PLACES, sequence
from tests.journeys.city import City, until

HOSPITAL = "gm-hospital"
SAMPLES = 20
_NUMBER = re.compile(rb"X(\d{4})(\d{3})|010-(\d{4})-(\d{4})")


@dataclass(frozen=True)
class Sample:
    """One order of a sequence's messages, about a person of its own. `at_once`: none waits for the one before."""

    name: str
    messages: tuple[WrittenRecord, ...]
    at_once: bool

    @property
    def ids(self) -> set[str]:
        """The control ids of the messages."""
        return {message.value.split(b"|")[9].decode() for message in self.messages}


def samples() -> list[Sample]:
    chance, now = Random(11), datetime.now(UTC).replace(microsecond=0)
    orders = [(name, order) for name in PLACES for order in permutations(range(len(sequence(name))))]
    chosen = [chance.choice(orders) for _ in range(SAMPLES)]
    return [
        Sample(name, tuple(_own(sequence(name, now)[place], number) for place in order), at_once=bool(number % 2))
        for number, (name, order) in enumerate(chosen, 1)
    ]


def _own(message: InboundRecord, number: int) -> WrittenRecord:
    """The message about a person whom no other sample knows."""

    def numbered(match: re.Match[bytes]) -> bytes:
        return b"010-%04d-%s" % (8800 + number, match[4]) if match[3] else b"X88%02d%s" % (number, match[2])

    value = _NUMBER.sub(numbered, message.value or b"").replace(b"|19430214|", b"|19%02d0214|" % (20 + number))
    return WrittenRecord("", value, tuple(message.headers))


async def test_sampled_orders_leave_each_case_at_its_place(city: City) -> None:
    await asyncio.gather(*(_ends_at_its_place(city, sample) for sample in samples()))


async def _ends_at_its_place(city: City, sample: Sample) -> None:
    if sample.at_once:
        await city.publish(HOSPITAL, *sample.messages)
    for message in () if sample.at_once else sample.messages:
        await city.publish(HOSPITAL, message)
        await asyncio.sleep(1)  # so that intake takes most of them one by one; the end does not depend on it
    case = str((await until(lambda: _opened(city, sample), f"a case of {sample.name}"))["case_id"])
    place = PLACES[sample.name]

    async def there() -> bool:
        shown = await city.show(case)
        asked = any(task["kind"] == TaskKind.DATES_DIFFER for task in await city.tasks(case))
        readmitted = shown["admitted_at"] is not None
        return (readmitted, bool(shown["discharged_at"]), asked) == (
            place.stands == Standing.READMITTED,
            True,
            place.disputed,
        )

    await until(there, f"{sample.name} {[message.value[:90] for message in sample.messages]} at {place}")


async def _opened(city: City, sample: Sample) -> dict[str, Any] | None:
    heard = [letter.data for letter in await city.heard(HOSPITAL) if letter.data.get("message_id") in sample.ids]
    return next((data for data in heard if data.get("status") == "opened"), None)
