"""A player: one institution that reads its letters and publishes what is due. It has no clock: `now` is passed in."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from simulation.records import ReceivedLetter, RecordEnvelope, WrittenRecord
from simulation.scenario import Meant, Scenario

Say = Callable[[RecordEnvelope], WrittenRecord]
"""Writes the record when it is due, with the id and moment of the envelope."""


@dataclass
class Diary:
    """What one institution will publish, and when, by name; planning a name again replaces its entry."""

    planned: dict[str, tuple[datetime, Say]] = field(default_factory=dict)

    def plan(self, name: str, at: datetime, say: Say) -> None:
        """Plan a record for a moment."""
        self.planned[name] = (at, say)

    def drop(self, names: Iterable[str]) -> None:
        """Remove planned records by name."""
        for name in names:
            self.planned.pop(name, None)

    def due(self, now: datetime) -> list[Say]:
        """Take out what is due by now, in the order of the moments."""
        ripe = sorted((at, name) for name, (at, _) in self.planned.items() if at <= now)
        return [self.planned.pop(name)[1] for _, name in ripe]


@dataclass(frozen=True)
class Town:
    """What the players share, and nothing else.

    Attributes:
        phones: people by phone number.
        cases: people by case id, once the case has acknowledged its notice. The simulation chooses by it how a provider
            answers an offer, which names nobody.
    """

    scenarios: tuple[Scenario, ...]  # of earlier runs on the folder, then of this one
    seconds_per_day: float
    phones: dict[str, Meant]
    cases: dict[str, Meant] = field(default_factory=dict)

    @classmethod
    def of(cls, scenarios: Sequence[Scenario], seconds_per_day: float) -> "Town":
        """The town of this run (the last scenario) and of earlier runs."""
        phones = {phone: meant for scenario in scenarios for phone, meant in scenario.by_phone().items()}
        return cls(tuple(scenarios), seconds_per_day, phones)

    @property
    def scenario(self) -> Scenario:
        """The current run."""
        return self.scenarios[-1]

    def days(self, count: float) -> timedelta:
        """The real time of a number of days of the demonstration."""
        return timedelta(seconds=count * self.seconds_per_day)


class PlayerPart(Protocol):
    """One role of an institution: sending notices, assessing, deciding, providing."""

    def hear(self, letter: ReceivedLetter, now: datetime, diary: Diary) -> None:
        """Read one letter and plan the reaction in the diary."""
        ...


@dataclass
class Player:
    """One institution. A repeated letter is ignored."""

    code: str
    run: int
    parts: Sequence[PlayerPart]
    diary: Diary = field(default_factory=Diary)
    heard: set[str] = field(default_factory=set)
    said: int = 0

    def hear(self, letter: ReceivedLetter, now: datetime) -> None:
        """Read one letter of its topic."""
        if letter.id not in self.heard:
            self.heard.add(letter.id)
            for part in self.parts:
                part.hear(letter, now, self.diary)

    def due(self, now: datetime) -> list[WrittenRecord]:
        """The records that are due by now, each with a new id."""
        return [say(RecordEnvelope(self.code, self._next_id(), now)) for say in self.diary.due(now)]

    def _next_id(self) -> str:
        self.said += 1
        return f"r{self.run}-{self.code}-{self.said:05}"
