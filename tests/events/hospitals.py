"""Three hospitals whose topics only one test knows, and as many intakes as it wants."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from faststream.kafka import KafkaBroker
from faststream.security import SASLScram256

from events.consumer.subscriber import Subscriber, Subscription, subscribe
from events.intake.inbox import Inbox
from events.kafka.broker import TopicIds
from events.readers import InboundRecord
from handoff import repeat
from handoff.profile import load
from handoff.profile.model import Profile
from handoff.profile.register import Institution
from handoff.store import tables
from tests.conftest import Broker
from tests.events.desk import NOW, Desk, at_home, notice, person


class Town:
    """The hospitals' side of Kafka; and the broker's administrator."""

    def __init__(self, kafka: Broker, desk: Desk, name: str) -> None:
        self.kafka, self.desk, self.name = kafka, desk, name
        self.hospitals = tuple(f"{name}-{number}" for number in range(3))
        ours = tuple(Institution(code=code, name=code, role="hospital") for code in self.hospitals)
        self.profile: Profile = load.load("gwangmyeong").model_copy(update={"institutions": ours})
        self.inbox = Inbox(desk.engine, desk.vault, self.profile)
        login = kafka.engine.aiokafka(kafka.bootstrap)
        self.producer = AIOKafkaProducer(**login, acks="all", max_request_size=2_000_000)

    async def say(self, *arrivals: InboundRecord) -> None:
        sent = [
            await self.producer.send(
                f"handoff.from.{each.institution}",
                each.value,
                key=b"ignored",
                headers=list(each.headers),
            )
            for each in arrivals
        ]
        await asyncio.gather(*sent)

    def notices(self, count: int) -> list[InboundRecord]:
        """So many people discharged, by the hospitals in turn."""
        return [
            notice(
                self.hospitals[number % 3],
                who=person(
                    name=f"사람{number}", registration_number=None, phone=f"0108888{number:04}", **at_home(number)
                ),
                discharge={"reference": f"{self.name}-{number}"},
            )
            for number in range(count)
        ]

    def send(self, *arrivals: InboundRecord, **settings: Any) -> None:
        """As an interface engine of a hospital would: by librdkafka, whose settings these are."""
        producer = Producer({**self.login, "linger.ms": 50, **{k.replace("_", "."): v for k, v in settings.items()}})
        for each in arrivals:
            topic, headers = f"handoff.from.{each.institution}", list(each.headers)
            producer.produce(topic, value=each.value, headers=headers)
        assert producer.flush(60) == 0

    @property
    def login(self) -> dict[str, str]:
        return self.kafka.engine.librdkafka(self.kafka.bootstrap)

    @property
    def admin(self) -> AdminClient:
        return AdminClient({**self.login, "log_level": 0})

    async def rows(self, table: Any, **named: Any) -> list[Any]:
        """Rows of the desk's database whose columns have these values."""
        return [row for row in await self.desk.rows(table) if all(getattr(row, k) == v for k, v in named.items())]

    async def all_taken(self, count: int) -> bool:
        return len(await self.desk.rows(tables.facts)) == count

    def intake(self, inbox: Inbox | None = None, group: str = "") -> "Intake":
        return Intake(self, inbox or self.inbox, group or self.name)


class Intake:
    """One intake process: a member of the group."""

    def __init__(self, town: Town, inbox: Inbox, group: str) -> None:
        self.town = town
        self.subscriber = Subscriber(inbox, TopicIds(town.kafka.bootstrap, town.kafka.engine), lambda: NOW)
        login = town.kafka.engine
        self.broker = KafkaBroker(
            town.kafka.bootstrap,
            security=SASLScram256(login.user, login.password, use_ssl=False),
            metadata_max_age_ms=500,
            apply_types=False,
            logger=None,
        )
        ours = Subscription(pattern=rf"handoff\.from\.{town.name}.*", group=group, batch=7)
        self.start = subscribe(self.broker, self.subscriber, ours)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.broker.stop()

    async def moved(self, count: int) -> bool:
        """Whether the offsets due have moved past so many records in all."""
        return sum(row.next_offset for row in await self.town.desk.rows(tables.offsets_due)) >= count


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it holds; the test's own time limit ends a wait in vain."""
    await repeat.until(holds, 0.02)


async def missing(town: "Town") -> list[dict[str, Any]]:
    """What the tasks about missing records say."""
    return [task.about for task in await town.rows(tables.tasks, kind="records-missing")]


async def told(desk: Desk, hospital: str) -> list[dict[str, Any]]:
    """The rejections that a hospital was sent."""
    return [data for kind, data in await desk.letters(hospital) if kind == "notice.rejected"]
