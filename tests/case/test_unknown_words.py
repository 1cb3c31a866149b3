"""A word that another build has stored is shown, or put to a person: it stops nothing."""

from datetime import UTC, datetime, timedelta

from handoff.case.clocks import ring
from handoff.case.dispatch import learn
from handoff.case.messages import Due, Milestone, MilestoneResult
from handoff.case.state import CaseState
from handoff.vocabulary.awaited import TaskKind
from handoff.vocabulary.words import EventKind, MilestoneName
from handoff.worklist.next_action import OpenTask, RunningClock, following, waits
from handoff.worklist.task_kinds import asks, tasks_of
from tests.case.cases import opened

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)


def test_an_event_of_another_build_is_set_aside() -> None:
    telling = opened()
    assert telling.fact("audit.held") == [MilestoneName.SET_ASIDE]
    assert (telling.written[-1].why, telling.written[-1].code) == ("audit.held", "type-unknown")


def test_a_milestone_of_another_build_is_learned_as_far_as_its_clocks() -> None:
    case, due = CaseState("C1", stage="audit"), Due("audit", NOON)
    learn(case, Milestone("audit_held:1", "audit_held", NOON), MilestoneResult("audit_held:1", "moved", dues=[due]))
    assert (case.dues, case.stage) == ({"audit": due}, "audit")


def test_a_clock_of_another_build_runs_out_as_overdue() -> None:
    case = CaseState("C1", dues={"audit:C1.1": Due("audit:C1.1", NOON)})
    assert [(each.what, each.subject) for each in ring(case, NOON)] == [(MilestoneName.OVERDUE, "audit:C1.1")]
    assert tasks_of("audit:C1.1", "C1.1") == ((TaskKind.CHASE, "audit:C1.1"),)


def test_a_task_and_a_clock_of_another_build_are_shown_by_their_own_words() -> None:
    task = OpenTask("T1", "C1", "prepare-audit", "kim", NOON, NOON)
    clock = RunningClock("C1", "audit-day:C1.1", "kim", NOON, NOON + timedelta(days=1))
    assert asks(task.kind) == "prepare audit"
    assert task.commands(NOON) == ["handoff settle T1 --done --as kim"]
    shown = [(wait.for_, wait.why) for wait in waits([task], [clock], NOON)]
    assert shown == [
        ("kim: prepare audit", "it is up to a person"),
        ("audit day (C1.1)", "a limit runs"),
    ]
    upcoming = following([], [clock], NOON)
    assert upcoming is not None
    assert upcoming.action == "audit day (C1.1)"


def test_a_word_is_stored_sent_and_found_by_its_value() -> None:
    assert f"{EventKind.PLAN_APPROVED}#7" == "plan.approved#7"
    assert f"{MilestoneName.CLOSED}" == "closed"
    assert {MilestoneName.CLOSED: 1}["closed"] == 1
    assert EventKind.known("plan.approved") is EventKind.PLAN_APPROVED
    assert EventKind.known("PLAN_APPROVED") is None
