"""Lives by the batch: Hypothesis draws them, and makes one that fails smaller."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.internal.conjecture.engine import ConjectureRunner

from tests.lives.simulate.drawn import PLANS
from tests.lives.simulate.marks import Mark
from tests.lives.simulate.plan import Plan, as_json
from tests.lives.simulate.town import BrokenError, Town

LIVES = 50  # of a batch; in the last one stories are evicted after every step
SHRINKS_FOR = 30.0  # seconds
SEALED = ("outbox", "persons")  # tables whose rows are drawn at random


class FailedError(Exception):
    """A life failed: what Hypothesis is told."""


@dataclass(frozen=True)
class Failure:
    """A life that failed.

    Attributes:
        name: of the invariant, or of the error.
        says: what is wrong.
        evicts: its stories were evicted after every step.
        trace: what was said and written until then.
    """

    name: str
    says: str
    plan: Plan
    evicts: bool
    trace: list[str]


@dataclass
class Batch:
    """What became of a batch: how often each mark was met, and the smallest life that failed."""

    seed: int
    lives: int = 0
    steps: int = 0
    marks: Counter[Mark] = field(default_factory=Counter)
    failure: Failure | None = None


def lived(number: int, lives: int = LIVES, shrinks_for: float = SHRINKS_FOR) -> Batch:
    """Live the batch of this number. Once a life has failed, only smaller ones are tried, for so many seconds."""
    batch, until = Batch(number), [0.0]

    def one(plan: Plan) -> None:
        first = batch.failure
        if first and monotonic() > until[0]:
            return
        batch.lives += not first
        failure = fails(plan, batch, evicts=first.evicts if first else batch.lives % LIVES == 0)
        if failure is None or (first and failure.name != first.name):
            return
        if first is None:
            until[0] = monotonic() + shrinks_for
        if first is None or len(as_json(plan)) < len(as_json(first.plan)):
            batch.failure = failure
        raise FailedError(failure.name)

    try:
        _many(one, number, lives)
    except Exception:
        if batch.failure is None:
            raise
    return batch


def _many(one: Any, number: int, lives: int) -> None:
    """Hypothesis keeps nothing between runs: the number of a batch alone says which lives it has.

    Left alone, it makes five of six lives out of the one before, and whole batches never leave one corner.
    """
    drawn = settings(
        max_examples=lives,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    with patch.object(ConjectureRunner, "generate_mutations_from", lambda _self, _data: None):
        seed(number)(drawn(given(PLANS)(one)))()


def fails(plan: Plan, batch: Batch | None = None, *, evicts: bool = False) -> Failure | None:
    """Play one life; None: everything held. `batch` counts it."""
    with asyncio.Runner() as runner:
        town = Town(plan, runner.get_loop(), evicts=evicts)
        try:
            town.live()
            if evicts:
                _same_without_eviction(town, runner.get_loop())
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            name = error.name if isinstance(error, BrokenError) else type(error).__name__
            return Failure(name, str(error), plan, evicts, town.trace)
        finally:
            town.close()
    if batch and not batch.failure:
        batch.marks.update(town.marks)
        batch.steps += sum(resident.driver.tasks for resident in town.residents)
    return None


def _same_without_eviction(town: Town, loop: asyncio.AbstractEventLoop) -> None:
    """The same life without evictions leaves the same record."""
    other = Town(town.plan, loop)
    other.live()
    other.close()
    for table in town.twin.tables:
        if table not in SEALED and town.twin.rows(table) != other.twin.rows(table):
            raise BrokenError("a_replay_changes_nothing", f"the rows of {table} differ")
