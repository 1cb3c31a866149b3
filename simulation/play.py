"""The players at work: each reads its own topic and writes its own, until the demonstration ends."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from handoff.profile.model import Profile
from handoff.repeat import again_after, every
from simulation.assessors import Assessing
from simulation.conference import Deciding
from simulation.journal import Journal
from simulation.player import Player, PlayerPart, Town
from simulation.providers import Providing
from simulation.records import ReceivedLetter, WrittenRecord
from simulation.tellers import Stays

TICK = 0.1  # seconds
AGAIN = 1.0  # seconds until a publication that failed is tried again


class InstitutionTopics(Protocol):
    """One institution's way to Kafka, with its own credentials: it writes one topic and reads another."""

    async def publish(self, written: WrittenRecord) -> None:
        """Publish a record; returns once Kafka has it.

        Raises:
            ConnectionError: Kafka did not take it, or did not say so.
        """
        ...

    def letters(self) -> AsyncIterator[ReceivedLetter]:
        """What the topic holds from now on, for ever; it lives through outages."""
        ...

    async def listening(self) -> None:
        """Returns once nothing that comes from now on is missed."""
        ...

    async def close(self) -> None:
        """Give the connection back."""
        ...


@dataclass
class Seat:
    """One player with its topics."""

    player: Player
    topics: InstitutionTopics
    journal: Journal

    async def play(self) -> None:
        """Read and write until cancelled."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._hear(), name=f"{self.player.code} hears")
            both.create_task(self._say(), name=f"{self.player.code} says")

    async def _hear(self) -> None:
        async for letter in self.topics.letters():
            self.player.hear(letter, datetime.now(UTC))

    async def _say(self) -> None:
        async def publish_due() -> None:
            for written in self.player.due(datetime.now(UTC)):
                await self._publish(written)

        await every(TICK, publish_due)

    async def _publish(self, written: WrittenRecord) -> None:
        """The same record until Kafka has it: the journal knows a repeat that Kafka may hold twice."""
        self.journal.publishing(self.player.code, written)
        await again_after(AGAIN)(ConnectionError, self.topics.publish, written)
        self.journal.published(self.player.code, written)


def cast(profile: Profile, town: Town) -> list[Player]:
    """Everybody with topics of their own; nobody has begun to tell."""
    return [_player(code, profile, town) for code in profile.topics()]


def begin(players: Iterable[Player], now: datetime) -> None:
    """Let the tellers begin; the first of them also publishes what nobody can use."""
    tellers = [(player, part) for player in players for part in player.parts if isinstance(part, Stays)]
    for player, stays in tellers:
        stays.begin(now, player.diary)
    for player, stays in tellers[:1]:
        stays.strays(now, player.diary)


def all_told(players: Iterable[Player]) -> bool:
    """Every notice is published and answered, and no teller has anything planned."""
    tellers = [(player, part) for player in players for part in player.parts if isinstance(part, Stays)]
    return all(not player.diary.planned and not stays.unanswered for player, stays in tellers)


def _player(code: str, profile: Profile, town: Town) -> Player:
    body = profile.institution(code)
    deeds: dict[str, Callable[[], Sequence[PlayerPart]]] = {
        "hospital": lambda: [Stays(code, town, profile.insurer)],
        "nhis": lambda: [Stays(code, town, profile.insurer), Assessing(code, town)],
        "community-centre": lambda: [Assessing(code, town)],
        "deciding-body": lambda: [Deciding(code, town)],
        "provider": lambda: [Providing(code, town)],
    }
    parts = deeds.get(body.role if body else "", list)
    return Player(code, town.scenario.run, parts())
