"""The faults of a chaos run, each a coroutine that begins one and ends it again."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from confluent_kafka import TopicPartition

from events.kafka.broker import TopicIds
from events.kafka.login import Login, topic_from
from events.kafka.topics import WantedTopics, provision
from tests.chaos.hospitals import Hospitals
from tests.chaos.town import HOSPITALS, PROCESSES, ROLE, Town

_TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :role"


@dataclass
class Chaos:
    """What faults work on.

    Attributes:
        dice: the seed's own.
    """

    town: Town
    hospitals: Hospitals
    dice: random.Random

    @property
    def _lane(self) -> str:
        return self.dice.choice(sorted(self.town.proxies))

    async def cut(self) -> None:
        """Connections break."""
        self.town.proxies[self._lane].cut()

    async def slow(self) -> None:
        """A few kilobytes a second."""
        await self._for(self.dice.uniform(1, 3), pace=20_000)

    async def late(self) -> None:
        """Everything arrives later."""
        await self._for(self.dice.uniform(1, 3), delay=self.dice.uniform(0.05, 0.4))

    async def half_open(self) -> None:
        """Connections stay open and nothing comes."""
        await self._for(self.dice.uniform(1, 4), silent=True)

    async def refuse(self) -> None:
        """Nobody listens."""
        proxy = self.town.proxies[self._lane]
        proxy.refuse()
        await asyncio.sleep(self.dice.uniform(0.5, 3))
        await proxy.mend()

    async def terminate(self) -> None:
        """PostgreSQL ends our sessions, again and again."""
        for _ in range(self.dice.randrange(3, 12)):
            await self.town.says(_TERMINATE, role=ROLE)
            await asyncio.sleep(self.dice.uniform(0.05, 0.4))

    async def password(self) -> None:
        """Somebody rotates our password and forgets us."""
        await self.town.says(f"ALTER ROLE {ROLE} PASSWORD 'rotated'")
        await self.town.says(_TERMINATE, role=ROLE)
        await asyncio.sleep(self.dice.uniform(1, 3))
        await self.town.says(f"ALTER ROLE {ROLE} PASSWORD '{self.town.password}'")

    async def lock(self) -> None:
        """Somebody leaves a transaction open that has locked some cases."""
        async with self.town.engine.connect() as conn:
            await conn.exec_driver_sql("SELECT * FROM cases ORDER BY random() LIMIT 5 FOR UPDATE")
            await asyncio.sleep(self.dice.uniform(2, 5))
            await conn.rollback()

    async def kill(self) -> None:
        """kill -9."""
        self.town.processes[self.dice.choice(PROCESSES)].send(signal.SIGKILL)

    async def bomb(self) -> None:
        """A batch that unpacks to 100 MB."""
        await self.hospitals.bomb(self.dice.choice(HOSPITALS))

    async def odd_header(self) -> None:
        """A notice with a header whose name is not UTF-8."""
        await self.hospitals.odd_header(self.dice.choice(HOSPITALS))

    async def nonsense(self) -> None:
        """A record that nobody can read."""
        await self.hospitals.nonsense(self.dice.choice(HOSPITALS))

    async def deleted(self) -> None:
        """The broker deletes records that intake, which stands still, has not read."""
        intake, hospital = self.town.processes["intake"], self.dice.choice(HOSPITALS)
        async with self.hospitals.quiet(hospital):  # before intake stands still: who waits there waits for intake
            intake.send(signal.SIGSTOP)
            try:
                await self.hospitals.publish_alone(hospital, 6)
                before = self.hospitals.last_offset(hospital) - 2
                admin = self.town.servers.admin  # kept: whoever waits for a client that is gone waits for ever
                gone = admin.delete_records([TopicPartition(topic_from(hospital), 0, before)])
                await asyncio.gather(*(asyncio.to_thread(each.result) for each in gone.values()))
                self.hospitals.deleted(hospital, before)
            finally:
                intake.send(signal.SIGCONT)

    async def made_anew(self) -> None:
        """A topic is deleted once all of it was read, and made again."""
        hospital = self.dice.choice(HOSPITALS)
        async with self.hospitals.quiet(hospital):
            while not await self.hospitals.all_read(hospital):  # noqa: ASYNC110 - PostgreSQL tells nobody
                await asyncio.sleep(0.2)
            await self._make_anew(topic_from(hospital))
            self.hospitals.began_anew(hospital)

    async def _make_anew(self, topic: str) -> None:
        """Returns when the broker shows the new topic: what is sent to the old one meanwhile would be gone."""
        servers, admin = self.town.servers, self.town.servers.admin
        bootstrap, login = servers.there.kafka.bootstrap, Login("engine", servers.keys.engine_password)
        ids = TopicIds(bootstrap, login)
        old = (await ids([topic]))[topic]
        gone = admin.delete_topics([topic])
        await asyncio.gather(*(asyncio.to_thread(each.result) for each in gone.values()))
        wanted = WantedTopics(HOSPITALS, {code: servers.keys.institution_password(code) for code in HOSPITALS})
        while (await ids([topic])).get(topic, old) == old:
            with suppress(Exception):  # the broker still deletes it
                await provision(bootstrap, login, wanted)
            await asyncio.sleep(0.2)

    async def _for(self, seconds: float, **how: float) -> None:
        proxy = self.town.proxies[self._lane]
        for name, value in how.items():
            setattr(proxy, name, int(value) if name == "pace" else value)
        await asyncio.sleep(seconds)
        await proxy.mend()
        if "silent" in how:
            proxy.cut()  # what was half open has lost bytes


Fault = Callable[[Chaos], Awaitable[None]]
FAULTS: dict[str, Fault] = {
    name: getattr(Chaos, name)
    for name in (
        "cut",
        "slow",
        "late",
        "half_open",
        "refuse",
        "terminate",
        "password",
        "lock",
        "kill",
        "bomb",
        "odd_header",
        "nonsense",
        "deleted",
        "made_anew",
    )
}
