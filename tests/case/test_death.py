"""A death stops all contact at once, and closes the case only after its limit, or by a person's word."""

import pytest

from handoff.case.clocks import ring
from handoff.case.messages import CaseEvent, Due, RecordedLine
from handoff.vocabulary.states import Interruption
from tests.case.cases import HOSPITAL, NOON, Telling, hours, serving


def bereaved() -> Telling:
    """A case that serves, whose hospital has told a death; the clock to its end runs."""
    telling = serving()
    assert telling.fact("person.died", until=hours(5)) == ["death_told"]
    telling.learn("death_told", "suspended", dues=[Due("death-closing", hours(29))], lines=[])
    return telling


def told(telling: Telling, kind: str, at: float, **fields: object) -> list[str]:
    telling.number += 1
    number = telling.number
    return telling.tell(CaseEvent(kind, hours(at), HOSPITAL, number, number, role="hospital", **fields))  # type: ignore[arg-type]


def test_after_a_death_no_offer_no_visit_and_no_disclosure_is_made_and_the_case_stays_open() -> None:
    telling = bereaved()
    assert (telling.case.end, telling.case.interruption) == ("", Interruption.DIED)
    assert not telling.case.may_disclose
    assert not any(telling.case.may_offer(line) or telling.case.may_visit(line) for line in telling.case.lines.values())


@pytest.mark.parametrize(("visit", "end"), [("gone", "outcome-died"), ("completed", "reason-1")])
def test_the_case_closes_when_the_limit_is_over(visit: str, end: str) -> None:
    telling = serving()
    telling.learn("visit_completed", visit, about="C1.1.V1")
    telling.fact("person.died", until=hours(5))
    telling.learn("death_told", "suspended", dues=[Due("death-closing", hours(29))])
    assert ring(telling.case, hours(28)) == []
    assert telling.case.end == ""
    assert ring(telling.case, hours(29)) == []
    assert (telling.case.end, telling.case.end_told) == (end, f"person.died#{telling.number}")


def test_a_person_may_close_the_case_at_once() -> None:
    telling = bereaved()
    telling.closes("outcome-died")
    assert telling.case.end == "outcome-died"


def test_a_person_s_answer_that_nobody_died_lets_the_case_go_on_as_it_was() -> None:
    telling = bereaved()
    assert telling.action("task.settled", code="confirm-death", subject="T1") == ["task_settled", "death_taken_back"]
    telling.learn("death_taken_back", "resumed", dues=[Due("death-closing")], lines=[RecordedLine("C1.1", "series")])
    assert telling.case.interruption is None
    assert telling.case.may_visit(telling.case.lines["C1.1"])
    assert telling.case.may_offer(telling.case.lines["C1.2"])
    assert ring(telling.case, hours(200)) == []
    assert telling.case.end == ""


def test_another_answered_task_takes_no_death_back() -> None:
    telling = bereaved()
    assert telling.action("task.settled", code="chase", subject="T1") == ["task_settled"]
    assert telling.case.interruption == Interruption.DIED


def test_a_later_message_of_the_same_sender_that_denies_the_death_takes_it_back() -> None:
    telling = bereaved()
    assert told(telling, "discharge.corrected", 6, alive=True) == ["death_taken_back", "noted"]
    assert telling.case.interruption is None


def test_neither_an_older_message_nor_one_without_the_flag_nor_another_sender_takes_a_death_back() -> None:
    telling = bereaved()
    assert told(telling, "discharge.corrected", 4, alive=True) == ["postponed"]
    assert told(telling, "discharge.corrected", 6) == ["postponed"]
    assert telling.fact("application.received", "nhis", alive=True, until=hours(9)) == ["postponed"]
    assert telling.case.interruption == Interruption.DIED


def test_a_death_that_comes_after_its_later_denial_changes_nothing_as_in_order() -> None:
    telling = serving()
    told(telling, "discharge.corrected", 6, alive=True)
    assert told(telling, "person.died", 5, until=hours(4)) == ["noted"]
    assert telling.case.interruption is None


def test_a_death_that_another_institution_told_too_stays() -> None:
    telling = bereaved()
    assert telling.fact("person.died", "nhis", until=hours(5)) == ["death_told"]
    assert told(telling, "discharge.corrected", 6, alive=True) == ["postponed"]
    assert telling.case.interruption == Interruption.DIED


def test_what_came_about_the_stay_meanwhile_counts_once_the_death_is_taken_back() -> None:
    telling = bereaved()
    assert telling.fact("admission.occurred", until=hours(30)) == ["postponed"]
    assert telling.case.stands == ""
    answered = telling.action("task.settled", code="confirm-death", subject="T1")
    assert answered == ["task_settled", "death_taken_back", "suspended"]
    assert telling.case.interruption == Interruption.READMITTED


def test_a_death_in_doubt_closes_nothing_and_contact_waits_for_a_person() -> None:
    telling = serving()
    assert telling.fact("person.died", code="doubtful", until=hours(5)) == ["death_doubted"]
    assert telling.fact("person.died", until=hours(-5)) == ["noted"]
    assert (telling.case.end, telling.case.interruption) == ("", Interruption.DEATH_DOUBTED)
    assert not telling.case.may_disclose
    assert telling.case.lines["C1.1"].visit == "C1.1.V1"
    telling.action("task.settled", code="confirm-death", subject="T1")
    assert telling.case.interruption is None


def test_a_death_without_doubt_after_one_in_doubt_stands() -> None:
    telling = serving()
    telling.fact("person.died", "nhis", code="doubtful", until=hours(5))
    assert telling.fact("person.died", until=hours(5)) == ["death_told"]
    assert telling.case.interruption == Interruption.DIED


def test_a_death_dated_before_the_readmission_is_in_doubt() -> None:
    telling = serving()
    telling.fact("admission.occurred", until=hours(30))
    assert telling.fact("person.died", until=hours(20)) == ["death_doubted"]


def test_a_history_of_an_earlier_build_closes_at_once_as_it_did() -> None:
    telling = serving()
    telling.case.death_waits = False
    assert telling.fact("person.died", code="doubtful", until=hours(5)) == ["death_doubted"]
    assert telling.case.interruption is None
    assert telling.fact("person.died", until=hours(5)) == ["noted"]
    assert telling.case.end == "outcome-died"


def test_a_death_told_to_the_day_is_no_contradiction_to_a_discharge_on_that_day() -> None:
    telling, midnight = serving(), NOON.replace(hour=0)
    assert telling.fact("person.died", until=midnight) == ["death_doubted"]
    telling = serving()
    assert telling.fact("person.died", until=midnight, until_within=86_400) == ["death_told"]
