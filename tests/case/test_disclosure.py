"""A restriction of access stops disclosure until a person answers; what was disclosed before goes on."""

import pytest

from handoff.case.messages import RecordedLine
from handoff.vocabulary.states import Interruption
from tests.case.cases import HOSPITAL, Telling, hours, opened, serving


def restricted() -> Telling:
    """A case with an accepted line and an offered line, whose hospital restricts access."""
    telling = serving()
    assert telling.fact("disclosure.restricted", code="PD1-12") == ["disclosure_restricted"]
    return telling


def answered(telling: Telling) -> list[str]:
    return telling.action("task.settled", code="confirm-restriction", subject="T1")


def test_while_access_is_restricted_nobody_else_is_told_and_what_was_accepted_goes_on() -> None:
    telling = restricted()
    telling.fact("referral.declined", "safety", subject="C1.2.O1", code="no-capacity")
    accepted, declined = telling.case.lines.values()
    assert telling.case.interruption == Interruption.ACCESS_RESTRICTED
    assert not telling.case.may_disclose
    assert not telling.case.may_offer(declined)
    telling.fact("visit.completed", "meals", subject="C1.1.V1")
    assert telling.case.may_visit(accepted)


def test_an_open_offer_stays_and_may_be_accepted() -> None:
    telling = restricted()
    assert telling.fact("referral.accepted", "safety", subject="C1.2.O1") == ["offer_accepted"]
    assert telling.case.lines["C1.2"].state == "accepted"


def test_a_person_s_answer_lets_the_case_go_on_where_it_stood() -> None:
    telling = restricted()
    telling.fact("referral.declined", "safety", subject="C1.2.O1", code="no-capacity")
    assert answered(telling) == ["task_settled", "disclosure_allowed"]
    assert telling.case.interruption is None
    assert telling.case.may_offer(telling.case.lines["C1.2"])


def test_a_line_that_the_record_held_is_offered_after_the_answer() -> None:
    telling = serving()
    telling.fact("referral.declined", "safety", subject="C1.2.O1", code="no-capacity")
    telling.fact("disclosure.restricted", code="ARV-3")
    telling.learn("offer_made", "held", "C1.2", "C1.2")
    assert not telling.case.may_offer(telling.case.lines["C1.2"])
    answered(telling)
    telling.learn("disclosure_allowed")
    assert telling.case.may_offer(telling.case.lines["C1.2"])


def test_another_answered_task_allows_nothing() -> None:
    telling = restricted()
    assert telling.action("task.settled", code="chase", subject="T2") == ["task_settled"]
    assert telling.case.interruption == Interruption.ACCESS_RESTRICTED


@pytest.mark.parametrize(
    ("who", "code", "again"),
    [
        (HOSPITAL, "PD1-12", "noted"),  # a feed repeats its flags in each message
        (HOSPITAL, "ARV-3", "disclosure_restricted"),  # another flag is another reason
        ("nhis", "PD1-12", "disclosure_restricted"),  # and so is another sender's
    ],
)
def test_after_the_answer_only_another_restriction_is_asked_about(who: str, code: str, again: str) -> None:
    telling = restricted()
    answered(telling)
    assert telling.fact("disclosure.restricted", who, code=code) == [again]
    assert telling.case.restricted == (again != "noted")


def test_two_restrictions_that_come_before_the_answer_are_one_question() -> None:
    telling = restricted()
    assert telling.fact("disclosure.restricted", "nhis", code="ARV-3") == ["noted"]
    answered(telling)
    assert telling.fact("disclosure.restricted", "nhis", code="ARV-3") == ["noted"]
    assert telling.case.interruption is None


def test_a_restriction_that_comes_before_consent_holds_back_the_first_letter() -> None:
    telling = Telling()
    telling.fact("discharge.notified", code="actual", until=hours(0))
    telling.learn("case_screened", "eligible")
    telling.fact("disclosure.restricted", code="PV2-22")
    telling.action("consent.given")
    assert not telling.case.may_disclose
    answered(telling)
    assert telling.case.may_disclose


@pytest.mark.parametrize(
    ("kind", "interruption"),
    [
        ("consent.withdrawn", Interruption.CONSENT_WITHDRAWN),
        ("admission.occurred", Interruption.READMITTED),
        ("person.died", Interruption.DIED),
        ("case.closed", Interruption.CLOSING),
    ],
)
def test_what_stops_more_counts_and_the_restriction_stays_behind_it(kind: str, interruption: Interruption) -> None:
    telling = restricted()
    code = "outcome-guided-elsewhere" if kind == "case.closed" else ""
    telling.fact(kind, code=code, until=hours(30))
    assert telling.case.interruption == interruption
    assert telling.case.restricted


def test_a_plan_may_be_written_meanwhile() -> None:
    telling = opened()
    telling.fact("disclosure.restricted", code="PD1-12")
    telling.fact("presurvey.completed", "dong", quantity=3)
    telling.learn("presurvey_recorded", "own-survey")
    assert telling.action("plan.drafted") == ["plan_submitted"]
    telling.learn("plan_submitted", "submitted", "1", lines=[RecordedLine("C1.1", "series", urgent=True)])
    assert not telling.case.may_offer(telling.case.lines["C1.1"])
