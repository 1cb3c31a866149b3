"""A workflow that was lost is made again from the record alone: it knows what it knew, and goes on as it would have."""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import pytest

from handoff.case.line import Line
from handoff.case.lines_again import LINE_SOURCES
from handoff.case.messages import Due
from handoff.case.rebuilt import DUE_SOURCES, SOURCES
from handoff.case.state import CaseState
from tests.lives import digest
from tests.lives.life import Life
from tests.lives.rebuilding import Calm, from_record, lose_and_rebuild, of_story, quiet

LIVES = range(100, 112)
EVERY = 40  # of the quiet moments of a life, one is looked at
MIDWAY = (3, 14, 21, 30)  # seeds of lives that lose their workflow


@pytest.mark.parametrize(
    ("state", "sources"),
    [(CaseState, SOURCES), (Line, LINE_SOURCES), (Due, DUE_SOURCES)],
    ids=["case", "line", "clock"],
)
def test_every_field_of_the_carried_state_has_a_source_in_the_record(state: Any, sources: Any) -> None:
    assert {field.name for field in fields(state)} == set(sources), "name its source: docs/decisions/0028"


def _meant(state: CaseState, now: datetime) -> dict[str, Any]:
    """A state without what means nothing, each with its reason."""
    known = state.dues.keys() | set(state.overdue)
    lines = [replace(line, cause="", visit_cause="") for line in state.lines.values()]  # it names what comes next
    over = {"offer": "", "state": "over", "awaits_name": False, "asked_for": None}  # nobody asks how it ended
    lines = [replace(line, **over) if line.over else line for line in lines]  # type: ignore[arg-type]
    return {
        **{field.name: getattr(state, field.name) for field in fields(state)},
        "lines": {line.line: line for line in lines},
        "warned": set(state.warned) & known,  # a clock that has stopped warns no more
        "dues": {name: due for name, due in state.dues.items() if not _ends_later(due, now)},
        "overdue": set(state.overdue),  # their order means nothing
        "stage": "" if state.interruption else state.stage,  # an interrupted run may not have noted it yet
        "change": None if state.interruption else state.change,  # nor has it approved a version yet
        "written": "",  # a milestone that was written before is in an earlier row
        "heard_at": None,  # set once more before each word for which it counts
        "lines_reopen": True,  # only a correction sets it, for histories of earlier builds
    }


def _ends_later(due: Due, now: datetime) -> bool:
    """Whether a line's end has come while a visit was awaited: it rings again after a rebuild, and changes nothing."""
    return due.name.startswith("line-end:") and due.due_at is not None and due.due_at <= now


def _differences(life: Life) -> dict[str, Any]:
    now = life.driver.now
    story, record = _meant(of_story(life.driver), now), _meant(from_record(life), now)
    return {name: (story[name], record[name]) for name in story if story[name] != record[name]}


@pytest.mark.parametrize("seed", LIVES)
def test_at_every_quiet_moment_the_record_gives_the_state_that_the_workflow_has(seed: int) -> None:
    with asyncio.Runner() as runner:
        life, moments = Life(seed, runner.get_loop()), 0

        def look() -> None:
            nonlocal moments
            moments += quiet(life)
            if quiet(life) and moments % EVERY == 1:
                assert _differences(life) == {}, (seed, life.driver.now)

        life.driver.watched = look
        life.live()
        life.driver.close()
    assert moments


def _lived(seed: int, happens: Callable[[Life], None]) -> dict[str, Any]:
    """The record at the end of a life; after each workflow task something happens."""
    with asyncio.Runner() as runner:
        life = Life(seed, runner.get_loop())
        life.driver.weather = Calm()  # type: ignore[assignment] - it stands for any weather
        life.driver.watched = lambda: happens(life)
        life.live()
        record = digest.record(life)
        life.driver.close()
    return record


def _told_apart(record: dict[str, Any]) -> dict[str, Any]:
    """A record without the names that a rebuild gives: the causes of offers and visits that follow it."""
    kept = {name: part for name, part in record.items() if name not in ("names", "page", "story")}
    without = re.sub(r'"(key|why|task_id)": "[^"]*"', "", json.dumps(kept, sort_keys=True))
    without = re.sub(r"(:\d\d)\.\d+", r"\1", without)  # a timer that is set again does not ring in the same millisecond
    plain: dict[str, Any] = {"record": without, "end": record["story"]["end"]}
    return plain


@pytest.mark.parametrize("seed", MIDWAY)
def test_a_case_that_is_rebuilt_in_the_middle_goes_on_as_it_would_have(seed: int) -> None:
    """As after continue-as-new with its own state, since a new run may take its lines in another order."""

    def interrupted(*, own: bool) -> dict[str, Any]:
        looked = 0

        def lost(life: Life) -> None:
            nonlocal looked
            looked += quiet(life)
            if quiet(life) and looked in (8, 40, 160):
                lose_and_rebuild(life, looked, own=own)

        return _lived(seed, lost)

    assert _told_apart(interrupted(own=False)) == _told_apart(interrupted(own=True))
