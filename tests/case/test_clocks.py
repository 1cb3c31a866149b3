from handoff.case.clocks import next_ring, ring
from handoff.case.messages import Due
from tests.case.cases import Telling, hours, opened, serving


def running(telling: Telling, name: str, due: float, warn: float | None = None) -> None:
    telling.case.dues[name] = Due(name, hours(due), hours(warn) if warn is not None else None, "coordinator")


def test_a_clock_warns_once_then_runs_out_once() -> None:
    telling = opened()
    running(telling, "presurvey", due=16, warn=12)
    assert next_ring(telling.case) == hours(12)
    assert [entry.what for entry in ring(telling.case, hours(12))] == ["late"]
    assert ring(telling.case, hours(13)) == []
    assert [entry.what for entry in ring(telling.case, hours(16))] == ["overdue"]
    assert next_ring(telling.case) is None
    assert telling.case.overdue == ["presurvey"]


def test_what_was_overdue_is_so_no_more_once_it_is_answered() -> None:
    telling = opened()
    running(telling, "presurvey", due=16)
    ring(telling.case, hours(16))
    telling.learn("presurvey_recorded", "own-survey", dues=[Due("presurvey")])
    assert telling.case.overdue == []


def test_a_silent_provider_loses_the_offer_to_the_next() -> None:
    telling = serving()
    running(telling, "answer:C1.2.O1", due=8)
    assert [entry.what for entry in ring(telling.case, hours(8))] == ["offer_silent"]
    assert telling.case.may_offer(telling.case.lines["C1.2"])


def test_an_answer_in_the_same_moment_is_not_silence() -> None:
    telling = serving()
    running(telling, "answer:C1.2.O1", due=8)
    telling.fact("referral.accepted", "helpers", subject="C1.2.O1")
    assert ring(telling.case, hours(8)) == []
    assert telling.case.lines["C1.2"].state == "accepted"


def test_a_visit_nobody_reported_is_asked_about_and_the_series_goes_on() -> None:
    telling = serving()
    running(telling, "visit-report:C1.1.V1", due=30)
    assert [entry.what for entry in ring(telling.case, hours(30))] == ["visit_unreported"]
    assert telling.case.may_visit(telling.case.lines["C1.1"])


def test_capacity_held_for_a_readmitted_person_is_let_go_in_the_end() -> None:
    telling = serving()
    telling.fact("admission.occurred", until=hours(30))
    running(telling, "readmission-hold", due=200)
    assert [entry.what for entry in ring(telling.case, hours(200))] == ["hold_expired"]
    assert telling.case.lines["C1.1"].state == "planned"


def test_after_waiting_a_gap_is_tried_again() -> None:
    telling = serving()
    telling.fact("referral.declined", "helpers", subject="C1.2.O1", code="other")
    telling.learn("offer_made", "gap", about="C1.2")
    telling.action("gap.answered", subject="C1.2", code="wait", until=hours(40))
    running(telling, "wait:C1.2", due=40)
    ring(telling.case, hours(40))
    assert telling.case.may_offer(telling.case.lines["C1.2"])


def test_a_check_falls_due_at_its_moment() -> None:
    telling = opened()
    running(telling, "check:day-3", due=72)
    assert [(entry.what, entry.subject) for entry in ring(telling.case, hours(72))] == [("check_due", "day-3")]


def test_no_clock_rings_once_the_case_has_ended() -> None:
    telling = serving()
    running(telling, "answer:C1.2.O1", due=8)
    telling.closes("outcome-died")
    assert next_ring(telling.case) is None
