from handoff.case.messages import CaseEvent
from tests.case.cases import HOSPITAL, NOON, Telling, hours, opened, serving


def test_a_second_teller_of_the_same_discharge_joins() -> None:
    telling = opened()
    assert telling.fact("discharge.notified", "nhis", code="actual", until=NOON) == ["notice_joined"]
    assert telling.case.discharged_at == NOON


def test_another_teller_with_another_date_is_a_task_and_moves_nothing() -> None:
    telling = opened()
    assert telling.fact("discharge.notified", "nhis", code="actual", until=hours(24)) == ["dates_differ"]
    assert telling.case.discharged_at == NOON


def test_the_facility_s_own_later_word_moves_the_date() -> None:
    telling = opened()
    assert telling.fact("discharge.notified", code="actual", until=hours(24)) == ["discharge_corrected"]
    assert telling.case.discharged_at == hours(24)


def test_a_person_settles_which_date_counts() -> None:
    telling = opened()
    telling.fact("discharge.notified", "nhis", code="actual", until=hours(24))
    assert telling.action("discharge.notified", code="actual", until=hours(24)) == ["discharge_corrected"]
    assert telling.case.discharged_at == hours(24)


def test_an_expected_discharge_becomes_actual() -> None:
    telling = Telling()
    assert telling.fact("discharge.expected", code="expected", until=hours(48)) == ["case_screened"]
    assert telling.case.discharged_at is None
    assert telling.fact("discharge.notified", code="actual", until=hours(50)) == ["discharge_confirmed"]
    assert telling.case.discharged_at == hours(50)


def test_an_application_opens_a_case_and_in_an_open_one_is_written_down() -> None:
    telling = Telling()
    assert telling.fact("application.received", "family", consent="given") == ["case_screened", "consent_given"]
    assert telling.fact("application.received", "desk") == ["noted"]


def test_services_wait_for_the_actual_discharge() -> None:
    telling = serving()
    line = telling.case.lines["C1.1"]
    line.visit = ""
    assert telling.case.may_visit(line)
    telling.case.discharged_at = None
    assert not telling.case.may_visit(line)


def test_consent_that_comes_with_a_later_notice_opens_the_gate() -> None:
    telling = Telling()
    telling.fact("discharge.notified", code="actual", until=NOON)
    telling.learn("case_screened", "eligible")
    assert not telling.case.may_disclose
    told = telling.fact("discharge.notified", "nhis", code="actual", until=NOON, consent="given")
    assert told == ["notice_joined", "consent_given"]
    assert telling.case.may_disclose


def test_a_cancelled_discharge_unbooks_every_line_and_closes_nothing() -> None:
    telling = serving()
    assert telling.fact("discharge.cancelled") == ["discharge_cancelled"]
    assert {line.state for line in telling.case.lines.values()} == {"planned"}
    assert not any(telling.case.may_offer(line) for line in telling.case.lines.values())
    assert telling.case.end == ""


def test_a_new_date_after_the_cancellation_offers_the_lines_anew() -> None:
    telling = serving()
    telling.fact("discharge.cancelled")
    assert telling.fact("discharge.notified", code="actual", until=hours(72)) == ["discharge_renewed"]
    assert all(telling.case.may_offer(line) for line in telling.case.lines.values())


def test_a_late_teller_of_the_cancelled_date_renews_nothing() -> None:
    telling = serving()
    telling.fact("discharge.cancelled")
    assert telling.fact("discharge.notified", "nhis", code="actual", until=NOON) == ["notice_joined"]
    assert telling.case.stands == "discharge-cancelled"


def test_only_the_facility_or_a_person_cancels() -> None:
    telling = serving()
    assert telling.fact("discharge.cancelled", "nhis") == ["dates_differ"]
    assert telling.case.stands == ""


def test_a_readmission_holds_what_is_accepted_and_recalls_what_is_not() -> None:
    telling = serving()
    assert telling.fact("admission.occurred", until=hours(30)) == ["suspended"]
    assert telling.case.lines["C1.1"].state == "accepted"
    assert telling.case.lines["C1.2"].state == "planned"
    assert not any(telling.case.may_visit(line) for line in telling.case.lines.values())


def test_the_admission_before_the_discharge_told_late_changes_nothing() -> None:
    telling = serving()
    assert telling.fact("admission.occurred", until=hours(-100)) == ["noted"]
    assert telling.case.stands == ""


def test_a_return_resumes_and_asks_for_a_short_survey() -> None:
    telling = serving()
    telling.fact("admission.occurred", until=hours(30))
    assert telling.fact("discharge.notified", code="actual", until=hours(80)) == ["resumed"]
    assert telling.case.discharged_at == hours(80)
    assert telling.case.may_visit(telling.case.lines["C1.1"])
    assert telling.fact("presurvey.completed", "dong", quantity=3) == ["resurvey_recorded"]


def test_a_late_teller_of_the_first_discharge_is_no_return() -> None:
    telling = serving()
    telling.fact("admission.occurred", until=hours(30))
    assert telling.fact("discharge.notified", "nhis", code="actual", until=NOON) == ["notice_joined"]
    assert telling.case.stands == "readmitted"


def test_a_cancelled_admission_goes_on_without_a_survey() -> None:
    telling = serving()
    telling.fact("admission.occurred", until=hours(30))
    assert telling.fact("admission.cancelled") == ["resumed"]
    assert telling.case.resurvey == ""


def test_an_answer_after_the_end_is_set_apart() -> None:
    telling = serving()
    telling.closes("outcome-died")
    assert telling.fact("referral.accepted", "helpers", subject="C1.2.O1") == ["told_after_closing"]


def test_a_correction_of_the_same_date_writes_no_second_correction() -> None:
    telling = opened()
    assert telling.fact("discharge.corrected", code="actual", until=NOON) == ["noted"]
    assert telling.fact("discharge.corrected", code="actual", until=hours(2)) == ["discharge_corrected"]
    assert telling.case.facility == HOSPITAL


def test_a_date_that_lies_ahead_is_expected_whatever_it_is_called() -> None:
    telling = Telling()
    telling.tell(CaseEvent("discharge.notified", NOON, HOSPITAL, 1, 1, code="actual", until=hours(30), role="hospital"))
    assert telling.case.discharged_at is None
    assert telling.case.expected_at == hours(30)
    assert telling.fact("discharge.notified", code="actual", until=hours(30)) == ["discharge_confirmed"]


def test_a_return_that_is_only_expected_resumes_nothing_yet() -> None:
    telling = serving()
    telling.fact("admission.occurred", until=hours(30))
    assert telling.fact("discharge.expected", code="expected", until=hours(90)) == ["noted"]
    assert telling.case.stands == "readmitted"


def test_until_a_facility_tells_the_first_teller_s_date_counts() -> None:
    telling = Telling()
    telling.fact("discharge.notified", "nhis", code="actual", until=NOON)
    assert telling.fact("discharge.notified", "community", code="actual", until=hours(3)) == ["dates_differ"]
    assert telling.fact("discharge.notified", code="actual", until=hours(5)) == ["discharge_corrected"]
    assert telling.fact("discharge.notified", "nhis", code="actual", until=hours(9)) == ["dates_differ"]
