"""When the simulation's providers make their first visits: on days of their own, whatever the municipality promised."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zlib import crc32

from simulation.player import Town
from simulation.scenario import Meant

SOON, LATER = 0.7, 4.5  # days from the discharge, or from the answer
OF = 20  # lines; among them are so many of each habit:
LATE, ONLY_WHEN_ASKED = 4, 2


class Habit(StrEnum):
    """How a provider names the first visit of a line."""

    SOON = "soon"
    LATE = "too-late"  # beyond the promise
    ONLY_WHEN_ASKED = "only-when-asked"  # its acceptance names none


@dataclass(frozen=True)
class AskedOffer:
    """An offer as its provider knows it."""

    meant: Meant | None
    service: str


def habit(offer: str, asked: AskedOffer) -> Habit:
    """How the first visit of a line is named: one in five is late, one in ten is named only when asked.

    It is the same in each run of the same seed.
    """
    place = crc32(f"{asked.meant.key if asked.meant else offer}:{asked.service}".encode()) % OF
    if place < LATE:
        return Habit.LATE
    return Habit.ONLY_WHEN_ASKED if place < LATE + ONLY_WHEN_ASKED else Habit.SOON


def first_visit(offer: str, asked: AskedOffer, home: datetime, town: Town) -> datetime:
    """The first visit that the provider names. `home`: when the person is at home, or now if that is later."""
    return home + town.days(LATER if habit(offer, asked) == Habit.LATE else SOON)


def at_home(discharge: dict[str, object], now: datetime) -> datetime:
    """When the person is at home, by the discharge that is told or expected; now if that was before."""
    moments = [str(discharge[name]) for name in ("discharged_at", "expected_at") if discharge.get(name)]
    return max(now, datetime.fromisoformat(moments[0])) if moments else now
