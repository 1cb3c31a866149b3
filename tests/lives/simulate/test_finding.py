"""The simulator finds what is broken: an invariant that cannot fail would prove nothing."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from handoff.case import whereabouts, words
from tests.lives.simulate.batch import fails, lived
from tests.lives.simulate.plan import Opening, Plan, Step, Turn, Word, as_json, of_json
from tests.lives.simulate.resident import MONDAY, Resident
from tests.lives.simulate.town import Town

NOTICE = Word("discharge.notified", "gm-hospital", until=-2)
OPENING = Opening(NOTICE, consent="given", district="cheolsan", ahead=0, pick=1)


def told(*given: Word, ahead: int = 0) -> Plan:
    """A life in which the first case is told these words, an hour apart."""
    opening = Opening(NOTICE, "given", "cheolsan", ahead, 3)
    return Plan((opening, OPENING, OPENING), (40, 40), steps=tuple(Step(0, 60, word) for word in given))


@pytest.fixture
def town() -> Iterator[Town]:
    with asyncio.Runner() as runner:
        played = Town(told(ahead=6), runner.get_loop())
        played.live()
        yield played
        played.close()


def broken(town: Town) -> set[str]:
    """The invariants that the first case breaks."""
    return {name for resident in town.residents[:1] for name in town.broken(resident)}


def test_a_life_that_is_kept_is_the_same_life_when_it_is_read() -> None:
    plan = told(NOTICE, Word("admission.occurred", "", "s1", 10, "now", 90, "actual", late=True))
    plan = Plan(plan.cases, plan.capacities, 8, 8, 8, 7, 60, (*plan.steps, Step(2, 0, Turn(5, "closing"))))
    assert of_json(as_json(plan)) == plan


def test_a_town_in_which_all_is_well_breaks_nothing(town: Town) -> None:
    assert town.twin.rows("referrals")
    assert not broken(town)


@pytest.mark.parametrize("pick", range(1, 5))
def test_a_run_goes_on_in_a_task_that_writes_nothing(pick: int) -> None:
    """The driver refuses it; each workflow task finds the run full here."""
    opening = Opening(NOTICE, "given", "cheolsan", 12, pick)
    steps = tuple(Step(0, 600, Turn(pick + day, about)) for day in range(3) for about in ("", "gaps"))
    with asyncio.Runner() as runner:
        played = Town(Plan((opening, OPENING, OPENING), (0, 0), chapter=6, steps=steps), runner.get_loop())
        played.live()
        assert played.residents[0].driver.runs > 10
        assert "gap_answered" in {row["what"] for row in played.residents[0].twin.rows("timeline")}
        played.close()


def test_an_open_referral_of_a_closed_case_is_found(town: Town) -> None:
    town.twin.change("cases", (town.residents[0].case,), closed_at=MONDAY)
    assert "closed_case_is_silent" in broken(town)


def test_a_place_that_no_referral_needs_is_found(town: Town) -> None:
    [booked, *_] = town.twin.rows("provider_capacities")
    town.twin.change("provider_capacities", (booked["provider"],), reserved=booked["reserved"] + 1)
    assert "capacity" in broken(town)


def test_a_case_that_nobody_owns_is_found(town: Town) -> None:
    for table in ("tasks", "clocks"):
        for row in town.twin.rows(table):
            ended = {"closed_at": MONDAY} if table == "tasks" else {"ended_at": MONDAY}
            town.twin.change(table, (row["task_id"],) if table == "tasks" else (row["case_id"], row["name"]), **ended)
    assert {"owner_and_due_moment", "clocks_of_both_agree"} <= broken(town)


def test_a_line_that_the_workflow_knows_otherwise_is_found(town: Town) -> None:
    [line, *_] = town.residents[0].twin.rows("plan_lines")
    town.twin.change("plan_lines", (line["line_id"],), state="removed")
    assert "lines_of_both_agree" in broken(town)


def test_a_milestone_that_no_history_has_is_found(town: Town) -> None:
    town.residents[0].driver.written.pop()
    assert "history_has_all_that_the_record_has" in broken(town)


def test_a_date_that_no_word_named_is_found(town: Town) -> None:
    town.residents[0].driver.run.story.case.discharged_at = MONDAY + timedelta(days=1)
    assert {"whereabouts_are_those_of_the_set", "whereabouts_are_those_of_the_model"} <= broken(town)


def test_without_the_rule_that_a_cancelled_admission_is_none_a_life_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = told(Word("admission.occurred", "", until=-1, written=30), Word("admission.cancelled", ""))
    assert fails(plan) is None
    kept = whereabouts._admissions  # noqa: SLF001 - one rule of the product is removed
    occurred = words.EventKind.ADMISSION_OCCURRED
    monkeypatch.setattr(whereabouts, "_admissions", lambda told: kept(each for each in told if each.kind == occurred))
    failure = fails(plan)
    assert failure
    assert failure.name == "whereabouts_are_those_of_the_model"


def test_without_turns_a_lost_task_leaves_milestones_that_no_history_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Resident, "one_by_one", False)
    failure = next((found for number in range(100, 103) if (found := lived(number, shrinks_for=1).failure)), None)
    assert failure
    assert failure.name in ("history_has_all_that_the_record_has", "clocks_of_both_agree", "lines_of_both_agree")
    assert failure.plan.forgotten or failure.plan.chapter


def test_without_the_first_words_of_a_stay_some_life_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The words that a case carries must decide as all words do: here it carries the newest ones only."""
    kept = words._of_stay  # noqa: SLF001 - one rule of the product is removed
    monkeypatch.setattr(words, "_of_stay", lambda told: {max(kept(told), key=words.in_order)})
    failure = next((found for number in range(1, 4) if (found := lived(number, shrinks_for=1).failure)), None)
    assert failure
    assert failure.name.startswith("whereabouts")
    assert len(failure.plan.steps) < 30
