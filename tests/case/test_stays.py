"""A word about another stay of the person changes nothing in this discharge, in any order."""

from itertools import permutations
from typing import Any

import pytest

from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState
from handoff.vocabulary.states import Standing
from tests.case.cases import NOON, Telling, hours


def discharged() -> Telling:
    telling = Telling()
    telling.fact("discharge.notified", code="actual", until=NOON, stay="ward", consent="given")
    telling.learn("case_screened", "eligible")
    return telling


def where(case: CaseState) -> tuple[object, ...]:
    return case.stands, case.discharged_at, case.expected_at


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("discharge.cancelled", {}),
        ("discharge.corrected", {"code": "actual", "until": hours(-900)}),
        ("discharge.corrected", {"code": "expected", "until": hours(48)}),
    ],
)
def test_a_cancellation_or_correction_of_another_stay_changes_nothing(kind: str, told: dict[str, Any]) -> None:
    telling = discharged()
    before = where(telling.case)
    assert telling.fact(kind, stay="emergency", **told) == ["noted"]
    assert telling.written[-1].why == "another-stay"
    assert where(telling.case) == before


def test_a_cancellation_of_this_stay_or_of_no_named_one_cancels_it() -> None:
    for stay in ("ward", ""):
        assert discharged().fact("discharge.cancelled", stay=stay) == ["discharge_cancelled"]


def test_the_discharge_from_another_stay_on_another_date_is_a_task_and_moves_nothing() -> None:
    telling = discharged()
    told = telling.fact("discharge.notified", code="actual", until=hours(30), stay="clinic")
    assert (told, telling.case.discharged_at) == (["dates_differ"], NOON)
    assert telling.fact("discharge.notified", code="actual", until=NOON, stay="clinic") == ["notice_joined"]
    assert telling.fact("discharge.cancelled", stay="clinic") == ["noted"]  # it did not become the stay of the case


def test_if_a_person_decides_for_the_other_stay_s_discharge_its_words_count_from_then_on() -> None:
    telling = discharged()
    telling.fact("discharge.notified", code="actual", until=hours(30), stay="clinic")
    assert telling.action("discharge.corrected", code="actual", until=hours(30)) == ["discharge_corrected"]
    assert telling.fact("discharge.cancelled", stay="ward") == ["noted"]
    assert telling.fact("discharge.cancelled", stay="clinic") == ["discharge_cancelled"]


def test_if_a_person_decides_for_another_date_the_stay_stays() -> None:
    telling = discharged()
    telling.fact("discharge.notified", code="actual", until=hours(30), stay="clinic")
    telling.action("discharge.corrected", code="actual", until=hours(1))
    assert telling.fact("discharge.cancelled", stay="ward") == ["discharge_cancelled"]


def test_an_admission_without_a_moment_reported_before_the_discharge_is_no_readmission() -> None:
    telling = discharged()
    early = CaseEvent("admission.occurred", hours(-1), "gm-hospital", 2, 2, stay="ward", role="hospital")
    assert telling.tell(early) == ["noted"]
    later = CaseEvent("admission.occurred", hours(1), "gm-hospital", 3, 3, stay="second", role="hospital")
    assert telling.tell(later) == ["suspended"]


def test_another_institution_names_the_same_stay_by_its_own_reference() -> None:
    telling = discharged()
    assert telling.fact("discharge.notified", "nhis", code="actual", until=NOON, stay="claim") == ["notice_joined"]
    assert telling.fact("discharge.cancelled", stay="ward") == ["discharge_cancelled"]


def test_a_cancelled_admission_of_another_stay_does_not_end_the_readmission() -> None:
    telling = discharged()
    telling.fact("admission.occurred", until=hours(20), stay="second")
    assert telling.fact("admission.cancelled", stay="clinic") == ["noted"]
    assert telling.fact("discharge.notified", code="actual", until=hours(22), stay="clinic") == ["noted"]
    assert telling.case.stands == Standing.READMITTED
    assert telling.fact("admission.cancelled", stay="second") == ["resumed", "dates_differ"]  # what is the clinic's?
    assert telling.fact("discharge.cancelled", stay="ward") == ["discharge_cancelled", "dates_differ"]


def test_after_a_return_the_earlier_stay_is_another_one() -> None:
    telling = discharged()
    telling.fact("admission.occurred", until=hours(20), stay="second")
    assert telling.fact("discharge.notified", code="actual", until=hours(90), stay="second") == ["resumed"]
    assert telling.fact("discharge.cancelled", stay="ward") == ["noted"]
    assert telling.case.discharged_at == hours(90)
    assert telling.fact("discharge.cancelled", stay="second") == ["discharge_cancelled"]


def test_words_of_other_stays_leave_the_same_end_in_every_order() -> None:
    words: tuple[tuple[str, dict[str, Any]], ...] = (
        ("discharge.corrected", {"code": "actual", "until": hours(2), "stay": "ward"}),
        ("discharge.cancelled", {"stay": "emergency"}),
        ("discharge.corrected", {"code": "actual", "until": hours(-300), "stay": "clinic"}),
        ("admission.cancelled", {"stay": "clinic"}),
    )
    ends = set()
    for order in permutations(words):
        telling = discharged()
        for kind, told in order:
            telling.fact(kind, **told)
        ends.add(where(telling.case))
    assert ends == {("", hours(2), None)}


def test_a_case_of_a_build_that_knew_no_stays_takes_the_words_of_any_stay() -> None:
    telling = Telling()
    telling.fact("discharge.notified", code="actual", until=NOON)
    assert CaseEvent("discharge.cancelled", NOON).stay == ""
    assert telling.fact("discharge.cancelled", stay="ward") == ["discharge_cancelled"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_cancelled_pending_discharge_never_takes_back_an_actual_one(order: tuple[int, ...]) -> None:
    facts: list[tuple[str, dict[str, Any]]] = [
        ("discharge.expected", {"code": "expected", "until": hours(30), "written": hours(-20)}),
        ("discharge.notified", {"code": "actual", "until": NOON, "written": hours(1)}),
        ("discharge.cancelled", {"code": "expected", "written": hours(2)}),
    ]
    telling = Telling()
    for place in order:
        kind, fields = facts[place]
        telling.fact(kind, stay="ward", **fields)
    assert (telling.case.stands, telling.case.discharged_at) == ("", NOON)


def test_a_cancelled_pending_discharge_takes_back_the_expected_one() -> None:
    for cancelled in ({"code": "expected", "written": hours(-10)}, {"written": hours(-10)}):
        telling = Telling()
        telling.fact("discharge.expected", code="expected", until=hours(30), written=hours(-20), stay="ward")
        assert telling.fact("discharge.cancelled", stay="ward", **cancelled) == ["discharge_cancelled"]
        assert telling.case.stands == Standing.DISCHARGE_CANCELLED


def test_an_expected_discharge_may_be_taken_back_after_the_actual_one_was() -> None:
    telling = discharged()
    telling.fact("discharge.cancelled", stay="ward", written=hours(2))
    telling.fact("discharge.expected", code="expected", until=hours(30), written=hours(3), stay="ward")
    assert telling.case.stands == ""
    telling.fact("discharge.cancelled", code="expected", written=hours(4), stay="ward")
    assert telling.case.stands == Standing.DISCHARGE_CANCELLED


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (("discharge.expected",), "not-a-readmission"),
        (("discharge.notified", "admission.occurred"), "already-readmitted"),
        (("discharge.notified", "discharge.cancelled"), "already-discharge-cancelled"),
    ],
)
def test_an_admission_that_changes_nothing_says_where_the_person_is(before: tuple[str, ...], why: str) -> None:
    telling = Telling()
    for kind in before:
        code = "expected" if kind == "discharge.expected" else "actual" if kind == "discharge.notified" else ""
        telling.fact(kind, code=code, until=hours(5) if kind == "admission.occurred" else NOON, stay="ward")
    assert telling.fact("admission.occurred", until=hours(5), stay="ward") == ["noted"]
    assert telling.written[-1].why == why
