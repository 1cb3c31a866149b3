"""Runs the players: each reads its own topic and publishes to its own, until the demonstration ends."""

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
    """One institution's connection to Kafka, with its own credentials: it publishes to one topic and reads another."""

    async def publish(self, written: WrittenRecord) -> None:
        """Publish a record; returns once Kafka has it.

        Raises:
            ConnectionError: Kafka did not confirm the record.
        """
        ...

    def letters(self) -> AsyncIterator[ReceivedLetter]:
        """Yield the letters on its topic from now on, for ever; it waits through outages."""
        ...

    async def listening(self) -> None:
        """Return once no later letter is missed."""
        ...

    async def close(self) -> None:
        """Close the connection."""
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
        """Publish a record until Kafka confirms it. Kafka may then have it twice; the journal has its id."""
        self.journal.publishing(self.player.code, written)
        await again_after(AGAIN)(ConnectionError, self.topics.publish, written)
        self.journal.published(self.player.code, written)


def cast(profile: Profile, town: Town) -> list[Player]:
    """A player for each institution with topics; `begin` starts them."""
    return [_player(code, profile, town) for code in profile.topics()]


def begin(players: Iterable[Player], now: datetime) -> None:
    """Start the senders of notices; the first of them also sends unusable records."""
    tellers = [(player, part) for player in players for part in player.parts if isinstance(part, Stays)]
    for player, stays in tellers:
        stays.begin(now, player.diary)
    for player, stays in tellers[:1]:
        stays.strays(now, player.diary)


def all_told(players: Iterable[Player]) -> bool:
    """Whether every notice was published and answered, and no sender has anything planned."""
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
