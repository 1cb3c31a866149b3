"""One case's life, drawn from a seed: who tells what, when, in which order and how late."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from tests.lives import deeds
from tests.lives.driver import Driver
from tests.lives.product import Activities, profile, sealed_person
from tests.lives.twin import Twin
from tests.lives.weather import Weather

MONDAY = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)  # 10:00 in Seoul
DAY = timedelta(days=1)
HOSPITALS = ("gm-hospital", "seoul-hospital", "gm-long-term-care")
AFTERWARDS = 4 * DAY  # nothing is told any more; clocks ring for some time yet
ROLES = {"gm-conference": "deciding-body", "nhis-gwangmyeong": "nhis", "desk": "desk", "family": "family"}


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


@dataclass
class Life:
    """One case with everybody around it."""

    seed: int
    loop: asyncio.AbstractEventLoop
    evicts: bool = False
    twin: Twin = field(default_factory=Twin)
    number: int = 0
    actions: int = 0
    told: list[dict[str, Any]] = field(default_factory=list)
    waiting: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.draw = Random(f"life {self.seed}")
        self.temper = _temper(self.draw)
        self.profile = profile(statutory=self.draw.random() < 0.2)
        self.case, self.start = f"C{self.seed:07}", MONDAY + timedelta(minutes=self.draw.randint(0, 20_000))
        activities = Activities(self.twin, self.profile, lambda: self.driver.now, self.loop)
        rough = self.draw.random() < 0.3
        weather = Weather(f"weather {self.seed}", away=0.04 if rough else 0.0, lost=0.04 if rough else 0.0)
        self.driver = Driver(
            f"handoff-{self.case}", self.start, activities.carried_out, weather, self.loop, evicts=self.evicts
        )

    def live(self) -> None:
        """From the first notice on, until nothing is told any more."""
        self._open()
        self.driver.at(self.start + self._pause(), self._look)
        self.driver.passes(self.start + self.temper.days * DAY + AFTERWARDS)

    # what is told

    def tells(self, kind: str, who: str, subject: str = "", *, body: Any = None, **said: Any) -> None:
        """An institution says something; it reaches the case now, later with something else, or twice."""
        self.number += 1
        occurred = self.driver.now - timedelta(minutes=self.draw.choice((0, 1, 7, 90, 2000)))
        row = self._fact(kind, who, occurred, body, state="numbered", number=self.number)
        self.twin.change("cases", (self.case,), facts=self.number)
        role = ROLES.get(who, "hospital" if "hospital" in who else "provider")
        role = "community-centre" if "centre" in who else "long-term-care" if "long-term" in who else role
        about = {"who": who, "fact": row["fact_id"], "subject": subject, "number": self.number, "role": role}
        telling = _told(kind, occurred, about, said)
        self.told.append(telling)
        self.waiting.append(telling)
        if self.draw.random() >= self.temper.late:
            self._deliver()
        if self.draw.random() < self.temper.repeats:
            again = self.told[-self.draw.randint(1, 4) :]
            self.driver.at(self.driver.now + self._pause(), lambda: self._signal(again))

    def _deliver(self) -> None:
        if self.waiting:
            waiting, self.waiting = self.waiting, []
            self._signal(waiting)

    def _signal(self, facts: list[dict[str, Any]]) -> None:
        """As the teller does it: in the order of the numbers, none left out before."""
        if self.waiting and facts[-1]["number"] >= self.waiting[0]["number"]:
            facts, self.waiting = [*(each for each in facts if each not in self.waiting), *self.waiting], []
        self.driver.signal("tell", {"facts": facts})

    def acts(self, kind: str, subject: str = "", *, body: Any = None, **said: Any) -> None:
        """A person at the desk does something."""
        self.actions += 1
        row = self._fact(kind, "desk", self.driver.now, body, state="acted")
        telling = _told(kind, self.driver.now, {"who": "kim", "fact": row["fact_id"], "subject": subject}, said)
        self.driver.update("act", telling, f"{kind}-{self.actions}")

    def _fact(self, kind: str, who: str, occurred: datetime, body: Any, **columns: Any) -> dict[str, Any]:
        return self.twin.put(
            "facts",
            sender=who,
            message_id=f"m{self.number}-{self.actions}",
            content_hash=b"",
            kind=kind,
            occurred_at=occurred,
            known_at=self.driver.now,
            case_id=self.case,
            body=body or {},
            **columns,
        )

    # how it goes

    def _open(self) -> None:
        """A notice opens the case, as intake does it."""
        draw, person = self.draw, f"P{self.seed:07}"
        born = draw.choice((date(1940, 5, 1), date(1948, 3, 2), date(1957, 7, 9), date(1970, 1, 1), None))
        sealed = sealed_person(person, name="김복순", born=born, phone="010-2345-6789")
        self.twin.put("persons", person_id=person, created_at=self.start, **sealed)
        self.opener = draw.choice(HOSPITALS) if draw.random() < 0.9 else "family"
        self.twin.put(
            "cases",
            case_id=self.case,
            person_id=person,
            profile=self.profile.code,
            profile_version=1,
            stage="screening",
            facility=self.opener,
            opened_at=self.start,
            district=draw.choice(("cheolsan", "haan", "soha", "gwangmyeong", "")),
        )
        for provider in self.profile.providers:
            if draw.random() < 0.3:  # others have booked it, some to the last hour
                booked = draw.choice((provider.capacity, provider.capacity - 1, provider.capacity // 2))
                self.twin.put(
                    "provider_capacities", provider=provider.code, capacity=provider.capacity, reserved=booked
                )
        begin: dict[str, Any] = {"case": self.case, "carried": None}
        if draw.random() < 0.3:
            begin["chapter_events"] = draw.choice((60, 120, 300))
        consent = draw.choice(("given", "given", "given", "", "refused"))
        self.driver.start(begin, {"HandoffStage": "assessment" if consent == "given" else "consent"})
        deeds.first_word(self, consent)
        self._deliver()

    def _look(self) -> None:
        """Somebody does something; then life goes on."""
        if self.driver.now > self.start + self.temper.days * DAY:
            self._deliver()
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


def _told(kind: str, at: datetime, about: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """As it travels to the workflow."""
    until = said.pop("until", None)
    empty = {"who": "", "number": 0, "fact": 0, "subject": "", "code": "", "quantity": 0, "consent": "", "role": ""}
    named = {"kind": kind, "at": at.isoformat(), "until": until.isoformat() if until else None}
    return {**empty, **named, **about, **said}


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
