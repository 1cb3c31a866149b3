"""What holds in every life, and what makes lives fit to be compared."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from handoff.case import dispatch
from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState, Refusal, Taken
from handoff.vocabulary.words import MilestoneName
from tests.lives import digest
from tests.lives.__main__ import compare, line
from tests.lives.life import Life
from tests.lives.product import MILESTONES
from tests.workflows.agreement import owners, stands
from workflows import discharge_handoff

SEEDS = range(44)


class Lives:
    """Lives that were lived once for this module."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.all = {seed: Life(seed, loop) for seed in SEEDS}
        for life in self.all.values():
            life.live()


@pytest.fixture(scope="module")
def lives() -> Iterator[dict[int, Life]]:
    with asyncio.Runner() as runner:
        found = Lives(runner.get_loop()).all
        yield found
        for life in found.values():
            life.driver.close()


def test_no_open_case_is_without_an_owner_or_a_reason_to_stand_still(lives: dict[int, Life]) -> None:
    still_open = [life for life in lives.values() if life.driver.end is None]
    assert len(still_open) > len(SEEDS) / 4
    for life in still_open:
        clocks = [SimpleNamespace(**each) for each in life.twin.opened("clocks")]
        standing = [why for clock in clocks if clock.ended_at is None for why in stands(clock)]
        assert owners([SimpleNamespace(**each) for each in life.twin.opened("tasks")], clocks) or standing, life.seed


def test_a_case_that_ended_asks_nobody_and_waits_for_nothing(lives: dict[int, Life]) -> None:
    ended = [life for life in lives.values() if life.driver.end]
    assert ended
    for life in ended:
        open_tasks = [row["kind"] for row in life.twin.rows("tasks") if row["closed_at"] is None]
        assert set(open_tasks) <= {"after-closing"}, life.seed
        assert all(row["ended_at"] for row in life.twin.rows("clocks")), life.seed
        assert life.twin.rows("cases")[0]["closed_at"], life.seed


def test_every_milestone_is_written_once_and_in_one_row_of_numbers(lives: dict[int, Life]) -> None:
    for life in lives.values():
        rows = life.twin.rows("timeline")
        assert max(Counter(row["key"] for row in rows).values()) == 1
        assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
        assert life.twin.rows("cases")[0]["entries"] == len(rows)


def test_story_and_record_agree_which_clocks_run(lives: dict[int, Life]) -> None:
    for life in lives.values():
        state = life.driver.query("state")
        if state["end"]:
            continue
        running = {
            clock["name"]
            for clock in life.twin.opened("clocks")
            if clock["ended_at"] is None and not stands(SimpleNamespace(**clock))
        }
        assert state["dues"].keys() <= running, life.seed
        assert running - state["dues"].keys() <= set(state["overdue"]), life.seed


# No life restricts access to data, corrects what was recorded, is joined with another one of the person, or
# loses its workflow:
# `tests/case/test_disclosure.py`, `tests/workflows/test_joining.py` and others do. Parts of the support are refused in
# the lives of the simulator (`says_parts`).
NOT_LIVED = {
    MilestoneName.CANCELLATION_REQUESTED,
    MilestoneName.REBUILT,
    MilestoneName.CONSENT_RENEWED,
    MilestoneName.CONSENT_EXPIRED,
    MilestoneName.LOOKUP_ALLOWED,
    MilestoneName.PAPERS_RECEIVED,
    MilestoneName.SERVICE_REFUSED,
    MilestoneName.SERVICE_KEPT,
    MilestoneName.PROVIDER_REFUSED,
    MilestoneName.PROVIDER_ALLOWED,
    MilestoneName.DISCLOSURE_RESTRICTED,
    MilestoneName.DISCLOSURE_ALLOWED,
    MilestoneName.CORRECTED,
    MilestoneName.PERSON_CORRECTED,
    MilestoneName.CASE_JOINED,
    MilestoneName.CASE_ABSORBED,
}


def test_lives_reach_nearly_every_milestone(lives: dict[int, Life]) -> None:
    written = {row["what"] for life in lives.values() for row in life.twin.rows("timeline")}
    left = MILESTONES - written - NOT_LIVED
    assert len(left) <= 3, left
    clients = [life.driver.clients for life in lives.values()]
    answers = {answer for each in clients for answer in each.answers.values() if isinstance(answer, str)}
    assert {"not-awaited", "offer-gone"} <= answers  # refused by the validator
    assert any(life.driver.runs > 1 for life in lives.values())


def test_a_run_tells_the_next_one_its_last_answers_and_no_more(
    lives: dict[int, Life], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discharge_handoff, "ANSWERS", 2)
    seed = next(seed for seed, life in lives.items() if len(_told_on(life)) > 2)
    with asyncio.Runner() as runner:
        life = Life(seed, runner.get_loop())
        life.live()
        life.driver.close()
    assert list(_told_on(life)) == list(_told_on(lives[seed]))[-2:]


def _told_on(life: Life) -> dict[str, Any]:
    """What the last run was told of earlier answers."""
    return json.loads(life.driver.run.begins.arguments[0].data).get("answered", {})


@pytest.mark.parametrize("seed", [1, 4, 6, 9])
def test_a_story_that_is_evicted_after_every_task_says_the_same_and_leaves_the_same_record(
    seed: int, lives: dict[int, Life]
) -> None:
    with asyncio.Runner() as runner:
        life = Life(seed, runner.get_loop(), evicts=True)
        life.live()
        assert digest.record(life) == digest.record(lives[seed])
        life.driver.close()


@pytest.mark.parametrize("seed", [0, 2, 11])
def test_the_same_seed_gives_the_same_record(seed: int) -> None:
    assert line(seed) == line(seed)


def test_an_event_that_is_refused_leaves_the_case_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a transition runs once for each event: on the case itself."""
    transition, refused = dispatch._taken, Counter[str]()  # noqa: SLF001 - what every event passes

    def watched(case: CaseState, event: CaseEvent) -> Taken:
        before = deepcopy(case)
        taken = transition(case, event)
        if isinstance(taken, Refusal):
            assert case == before, (event.kind, taken.code)
            refused[taken.code] += 1
        return taken

    monkeypatch.setattr(dispatch, "_taken", watched)
    with asyncio.Runner() as runner:
        for seed in range(40, 52):
            life = Life(seed, runner.get_loop())
            life.live()
            life.driver.close()
    assert len(refused) > 5, refused


def test_a_record_says_everything_by_stored_words(lives: dict[int, Life]) -> None:
    found = digest.record(lives[6])
    assert found["timeline"][0]["what"] == "case_screened"
    assert found["cases"][0]["case_id"] == "C0000006"
    assert found["story"]["state"]["case"] == "C0000006"
    assert "**" in found["page"]
    assert "HandoffStage" in found["story"]["attributes"]
    assert not any(" object at " in str(part) for part in found.values())


def test_a_difference_is_named_by_seed_and_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    one = {"seed": 1, "digest": "a", "parts": {"tasks": "x", "letters": "y"}}
    before.write_text(json.dumps(one))
    after.write_text(json.dumps({**one, "digest": "b", "parts": {"tasks": "z", "letters": "y"}}))
    assert compare(before, before) == 0
    assert compare(before, after) == 1
    assert "seed 1: tasks\n" in capsys.readouterr().out
