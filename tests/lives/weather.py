"""How the record's writes fare: at once, while PostgreSQL is away, or with an answer that is lost."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from temporalio.api.failure.v1 import Failure
from temporalio.exceptions import ApplicationError

from tests.lives.product import CONVERTER


@dataclass
class Weather:
    """How the record's writes fare: seeded by what is written, so that it is the same whatever was written before.

    Attributes:
        away: share of the writes for which PostgreSQL is away longer than a local activity tries.
        lost: share of the writes that are done, and whose answer is lost.
        forgotten: share of the writes that are done in a workflow task of which history shows nothing.
    """

    seed: str
    away: float = 0.0
    lost: float = 0.0
    forgotten: float = 0.0

    def of(self, written: Any) -> "Write":
        """How one write fares."""
        milestones = [entry["key"] for entry in written["entries"] if not entry.get("after")]  # not their steps
        draw = Random(f"{self.seed}:{milestones[0]}:{len(milestones)}")
        away, lost = draw.random() < self.away, draw.random() < self.lost
        takes = timedelta(milliseconds=draw.randint(4, 400))
        outage = timedelta(seconds=draw.choice((3, 30, 600, 20_000)))
        return Write(takes, outage, away=away, lost=lost, forgotten=draw.random() < self.forgotten)


@dataclass(frozen=True)
class Write:
    """`takes`: at once; `outage`: as an ordinary activity, where it could not be done at once."""

    takes: timedelta
    outage: timedelta
    away: bool
    lost: bool
    forgotten: bool


def away_failure() -> Failure:
    """How a local activity fails that could not reach PostgreSQL."""
    failure, away = Failure(), ApplicationError("PostgreSQL cannot be reached", type="OperationalError")
    CONVERTER.failure_converter.to_failure(away, CONVERTER.payload_converter, failure)
    return failure
