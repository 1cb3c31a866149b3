"""Five hundred lives with every test run; `make simulate` lives more. A failure names the file that repeats it."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.lives.simulate.batch import LIVES, Batch, lived
from tests.lives.simulate.marks import Mark
from tests.lives.simulate.plan import as_json

BATCHES = range(1, 500 // LIVES + 1)


@cache
def batch(number: int) -> Batch:
    return lived(number)


@pytest.mark.parametrize("number", BATCHES)
def test_what_must_hold_holds_after_each_step_of_fifty_lives(number: int, tmp_path: Path) -> None:
    failure = batch(number).failure
    if failure:
        file = tmp_path / "failed-life.json"
        file.write_bytes(as_json(failure.plan))
        told = "\n".join((*failure.trace[-40:], failure.says))
        pytest.fail(f'{told}\nagain: make simulate ARGS="--again {file}"', pytrace=False)
    assert batch(number).lives == LIVES


def test_five_hundred_lives_meet_every_mark() -> None:
    met = Counter[Mark]()
    for number in BATCHES:
        met += batch(number).marks
    assert not [mark.name for mark in Mark if not met[mark]]
