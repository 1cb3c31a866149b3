"""A workflow that knows more than a restored record is brought back to before the first thing that the record lacks."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

from handoff.store.intake.restores import LostAction, RecordedCase
from workflows.rewind import HistoryStep, heard, keys_of, rewind, steps_of
from workflows.runs import BEGINS_AGAIN, Run, undone

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))
CASE, AT = "C7F3000AAAA", datetime(2026, 11, 26, tzinfo=UTC)


def chapter(file: Path) -> Run:
    history = WorkflowHistory.from_json("handoff-" + CASE, file.read_text())
    return Run(CASE, "run-1", history.events)


def known(steps: list[HistoryStep]) -> RecordedCase:
    """A record that has exactly this."""
    acted = [step.action for step in steps if step.action]
    return RecordedCase(
        {fact: number for step in steps for number, fact in step.facts},
        {key for step in steps for key in step.keys},
        {each.fact: LostAction(each.fact, each.kind, each.who, each.at) for each in acted},
        {fact for step in steps for _, fact in step.facts} | {each.fact for each in acted},
    )


@pytest.fixture(params=HISTORIES, ids=lambda file: file.stem)
def lived(request: pytest.FixtureRequest) -> Run:
    return chapter(request.param)


def test_a_record_that_has_everything_is_left_alone(lived: Run) -> None:
    back = rewind([lived], known(steps_of(lived)))
    assert (back.ahead, back.number, back.lost) == (False, heard(lived), [])


def test_a_workflow_goes_back_to_before_whatever_is_lost_and_not_further_than_needed(lived: Run) -> None:
    steps = steps_of(lived)
    telling = [place for place, step in enumerate(steps) if step.keys or step.facts or step.action]
    assert telling
    for place in telling:
        back, first_lost = rewind([lived], known(steps[:place])), steps[place].event
        completed = [step.event for step in steps if step.completes and step.event < first_lost]
        kept = [step for step in steps if back.to and step.event < back.to.event]
        assert back.ahead
        assert (back.to.event if back.to else None) == (completed[-1] if completed else None)
        assert back.number == max((number for step in kept for number, _ in step.facts), default=0)


def test_what_people_did_is_either_kept_put_again_or_named_as_lost(lived: Run) -> None:
    steps = steps_of(lived)
    for place, step in enumerate(steps):
        back = rewind([lived], known(steps[:place]))
        if not (step.keys or step.facts or step.action):
            continue
        kept = {each.action.fact for each in steps if back.to and each.event < back.to.event and each.action}
        named = {each.fact for each in back.put_again} | {each.fact for each in back.lost}
        assert kept | named == {each.action.fact for each in steps if each.action}
        assert not kept & named


def test_an_action_that_only_the_record_knows_is_named(lived: Run) -> None:
    record = known(steps_of(lived))
    record.actions[77] = LostAction(77, "contact.made", "kim", AT)
    assert rewind([lived], record).lost == [record.actions[77]]


def test_a_fact_under_a_number_that_was_given_again_counts_as_lost(lived: Run) -> None:
    record = known(steps_of(lived))
    renumbered = {fact + 2**32: number for fact, number in record.facts.items()}
    assert rewind([lived], RecordedCase(renumbered, record.keys, record.actions, record.asked)).ahead


def test_the_milestones_that_a_workflow_wrote_are_known_by_their_names() -> None:
    keys = keys_of([chapter(next(file for file in HISTORIES if file.stem == "correction"))])
    assert any(key.startswith("case_screened:") for key in keys)


def begun_with(lived: Run, rebuilt_after: int = 0, previous: str = "") -> Run:
    """The same run, begun with a state."""
    copied = Run.opened(lived.case, lived.run, lived.content)
    began = copied.events[0].workflow_execution_started_event_attributes
    began.continued_execution_run_id = previous
    payload = began.input.payloads[0]
    payload.data = json.dumps(json.loads(payload.data) | {"rebuilt_after": rebuilt_after}).encode()
    return copied


def test_only_a_rebuild_makes_the_state_again_if_the_record_is_older_than_the_rebuild(lived: Run) -> None:
    rebuilt, steps = begun_with(lived, rebuilt_after=7), steps_of(lived)
    record = known(steps)
    back = rewind([rebuilt], record)
    assert (back.rebuilds, back.ahead, back.to) == (True, True, None)
    record.keys.add("rebuilt:7")
    assert "rebuilt:7" in keys_of([rebuilt])
    assert not rewind([rebuilt], record).ahead


@pytest.mark.parametrize("how", [{"rebuilt_after": 7}, {"previous": "a run that Temporal has deleted"}])
def test_only_a_rebuild_makes_the_state_again_if_the_first_run_that_is_left_cannot_be_reset(
    lived: Run, how: dict[str, Any]
) -> None:
    """Beginning again from the facts would lose what people did in the runs before."""
    steps = steps_of(lived)
    first = next(place for place, step in enumerate(steps) if step.completes)
    record = known([])
    record.keys.add("rebuilt:7")
    record.actions[77] = LostAction(77, "contact.made", "kim", AT)
    back = rewind([begun_with(lived, **how)], record)
    told_at_once = any(step.keys or step.facts or step.action for step in steps[:first])
    assert (back.rebuilds, back.to is None) == (told_at_once, told_at_once)
    assert not rewind([lived], known([])).rebuilds


def ended(run: str, previous: str = "", **how: Any) -> Run:
    began = HistoryEvent()
    began.workflow_execution_started_event_attributes.continued_execution_run_id = previous
    return Run("C1", run, [began, HistoryEvent(**how)])


def test_a_case_that_began_again_after_a_restore_takes_back_all_that_came_before() -> None:
    first = ended("r1", workflow_execution_continued_as_new_event_attributes={"new_execution_run_id": "r2"})
    again = ended("r2", "r1", workflow_execution_terminated_event_attributes={"reason": BEGINS_AGAIN})
    assert undone([first, again, ended("r3")]) == {"r1", "r2"}
    by_hand = ended("r2", "r1", workflow_execution_terminated_event_attributes={"reason": "by hand"})
    assert undone([first, by_hand]) == set()
