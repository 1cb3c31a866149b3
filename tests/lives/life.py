"""One case's life, drawn from a seed: who tells what, when, in which order and how late."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from tests.lives import deeds
from tests.lives.driver import Driver
from tests.lives.product import Activities, profile
from tests.lives.twin import Twin
from tests.lives.voices import Voices
from tests.lives.weather import Weather

MONDAY = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)  # 10:00 in Seoul
DAY = timedelta(days=1)
HOSPITALS = ("gm-hospital", "seoul-hospital", "gm-long-term-care")
AFTERWARDS = 4 * DAY  # nothing is told any more; clocks ring for some time yet


@dataclass
class Temper:
    """What kind of life it is.

    Attributes:
        days: how long anything is told.
        pace: mean hours between two things that are told.
        nonsense: share of them that fits nothing.
        repeats: share of tellings that come again.
        late: share that is told late, or reaches the case together with the next.
        wanted: how often each kind of deed is done, beside what the case waits for.
    """

    days: int
    pace: float
    nonsense: float
    repeats: float
    late: float
    wanted: Mapping[str, float]


class Life(Voices):
    """One case with everybody around it."""

    def __init__(
        self, seed: int, loop: asyncio.AbstractEventLoop, *, evicts: bool = False, twin: Twin | None = None
    ) -> None:
        self.seed, self.draw = seed, Random(f"life {seed}")
        self.temper = _temper(self.draw)
        found = profile(statutory=self.draw.random() < 0.2)
        case, self.start = f"C{seed:07}", MONDAY + timedelta(minutes=self.draw.randint(0, 20_000))
        record = twin or Twin()
        activities = Activities(record, found, lambda: self.driver.now, loop)
        rough = self.draw.random() < 0.3
        weather = Weather(f"weather {seed}", away=0.04 if rough else 0.0, lost=0.04 if rough else 0.0)
        driver = Driver(f"handoff-{case}", self.start, activities.carried_out, weather, loop, evicts=evicts)
        super().__init__(case=case, profile=found, twin=record, driver=driver)
        self.loop = loop

    def live(self) -> None:
        """From the first notice on, until nothing is told any more."""
        self._open()
        self.driver.at(self.start + self._pause(), self._look)
        self.driver.passes(self.start + self.temper.days * DAY + AFTERWARDS)

    # what is told

    def tells(self, kind: str, who: str, subject: str = "", *, body: Any = None, **said: Any) -> None:
        """An institution says something; it reaches the case now, later with something else, or twice."""
        occurred = self.driver.now - timedelta(minutes=self.draw.choice((0, 1, 7, 90, 2000)))
        self.numbered(kind, {"who": who, "subject": subject}, occurred, body, **said)
        if self.draw.random() >= self.temper.late:
            self.deliver()
        if self.draw.random() < self.temper.repeats:
            again = self.told[-self.draw.randint(1, 4) :]
            self.driver.at(self.driver.now + self._pause(), lambda: self.signal(again))

    # how it goes

    def _open(self) -> None:
        """A notice opens the case, as intake does it."""
        draw, person = self.draw, f"P{self.seed:07}"
        born = draw.choice((date(1940, 5, 1), date(1948, 3, 2), date(1957, 7, 9), date(1970, 1, 1), None))
        self.opener = draw.choice(HOSPITALS) if draw.random() < 0.9 else "family"
        self.opens(person, born, self.opener, draw.choice(("cheolsan", "haan", "soha", "gwangmyeong", "")))
        for provider in self.profile.providers:
            if draw.random() < 0.3:  # others have booked it, some to the last hour
                booked = draw.choice((provider.capacity, provider.capacity - 1, provider.capacity // 2))
                self.twin.put(
                    "provider_capacities", provider=provider.code, capacity=provider.capacity, reserved=booked
                )
        begin: dict[str, Any] = {"case": self.case, "carried": None, "one_by_one": True, "actions_first": True}
        if draw.random() < 0.3:
            begin["chapter_events"] = draw.choice((60, 120, 300))
        consent = draw.choice(("given", "given", "given", "", "refused"))
        self.driver.start(begin, {"HandoffStage": "assessment" if consent == "given" else "consent"})
        deeds.first_word(self, consent)
        self.deliver()

    def _look(self) -> None:
        """Somebody does something; then life goes on."""
        if self.driver.now > self.start + self.temper.days * DAY:
            self.deliver()
            return
        deeds.something(self)
        for _ in range(self.draw.choice((0, 0, 0, 0, 1, 2))):  # at once, or while the first is being written
            soon = timedelta(milliseconds=self.draw.choice((0, 20, 100, 400)))
            self.driver.at(self.driver.now + soon, lambda: deeds.something(self))
        if self.draw.random() < 0.01:
            self.driver.new_build = True
        self.driver.at(self.driver.now + self._pause(), self._look)

    def _pause(self) -> timedelta:
        return timedelta(seconds=round(self.draw.expovariate(1 / (3600 * self.temper.pace))) + 1)


def _temper(draw: Random) -> Temper:
    wanted = {name: draw.choice((0.1, 0.5, 1.0, 1.0, 3.0)) for name in deeds.DEEDS}
    return Temper(
        days=draw.choice((2, 3, 5, 9, 20)),
        pace=draw.choice((2.0, 5.0, 12.0)),
        nonsense=draw.choice((0.0, 0.03, 0.1)),
        repeats=draw.choice((0.0, 0.1, 0.3)),
        late=draw.choice((0.0, 0.1, 0.3)),
        wanted=wanted,
    )
