"""A player: one institution that hears what its own topic holds, and says what is due. Pure: time is told."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from simulation.records import ReceivedLetter, RecordEnvelope, WrittenRecord
from simulation.scenario import Meant, Scenario

Say = Callable[[RecordEnvelope], WrittenRecord]
"""Writes the record at the moment it is said, under an id that it is given."""


@dataclass
class Diary:
    """What one institution means to say, and when; written anew under a name, it replaces what stood there."""

    planned: dict[str, tuple[datetime, Say]] = field(default_factory=dict)

    def plan(self, name: str, at: datetime, say: Say) -> None:
        """Say something at a moment."""
        self.planned[name] = (at, say)

    def drop(self, names: Iterable[str]) -> None:
        """Say these no more."""
        for name in names:
            self.planned.pop(name, None)

    def due(self, now: datetime) -> list[Say]:
        """What is to be said by now, in the order of its moments."""
        ripe = sorted((at, name) for name, (at, _) in self.planned.items() if at <= now)
        return [self.planned.pop(name)[1] for _, name in ripe]


@dataclass(frozen=True)
class Town:
    """What the players share: the people, by phone, and how long a day lasts. Nobody looks into anybody's records."""

    scenarios: tuple[Scenario, ...]  # this run's, and those of earlier runs on the folder
    seconds_per_day: float
    phones: dict[str, Meant]

    @classmethod
    def of(cls, scenarios: Sequence[Scenario], seconds_per_day: float) -> "Town":
        """The town of this run (the last scenario) and of the runs before it."""
        phones = {phone: meant for each in scenarios for phone, meant in each.by_phone().items()}
        return cls(tuple(scenarios), seconds_per_day, phones)

    @property
    def scenario(self) -> Scenario:
        """The run that is played now."""
        return self.scenarios[-1]

    def days(self, count: float) -> timedelta:
        """So many days of the demonstration."""
        return timedelta(seconds=count * self.seconds_per_day)


class PlayerPart(Protocol):
    """One thing that an institution does: telling, assessing, deciding, providing."""

    def hear(self, letter: ReceivedLetter, now: datetime, diary: Diary) -> None:
        """Take in one letter; what follows from it is planned in the diary."""
        ...


@dataclass
class Player:
    """One institution. A letter that comes twice is heard once."""

    code: str
    run: int
    parts: Sequence[PlayerPart]
    diary: Diary = field(default_factory=Diary)
    heard: set[str] = field(default_factory=set)
    said: int = 0

    def hear(self, letter: ReceivedLetter, now: datetime) -> None:
        """Take in one letter of its topic."""
        if letter.id not in self.heard:
            self.heard.add(letter.id)
            for part in self.parts:
                part.hear(letter, now, self.diary)

    def due(self, now: datetime) -> list[WrittenRecord]:
        """What it publishes by now, each under an id of its own."""
        return [say(RecordEnvelope(self.code, self._next_id(), now)) for say in self.diary.due(now)]

    def _next_id(self) -> str:
        self.said += 1
        return f"r{self.run}-{self.code}-{self.said:05}"
