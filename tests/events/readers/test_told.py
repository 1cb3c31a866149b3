"""What the workflow is told of an event: its code, its quantity, and the moment that it names."""

from datetime import UTC
from typing import Any

import pytest

from events.contract.event_types import told
from tests.events.readers.told import PERSON, answer, event, fact_of

SAID: list[tuple[str, dict[str, Any], tuple[str, int, str]]] = [
    ("presurvey.completed", {"score": 5}, ("", 5, "")),
    ("determination.returned", {"result": "eligible"}, ("eligible", 0, "")),
    ("plan.approved", {"version": 2}, ("", 2, "")),
    ("plan.rejected", {"version": 1, "reason": "too-little-support"}, ("too-little-support", 1, "")),
    ("referral.accepted", {"first_visit_at": "2026-04-02T09:00:00+09:00"}, ("", 0, "2026-04-02T00:00")),
    ("referral.partly-accepted", {"quantity": 3}, ("", 3, "")),
    ("referral.declined", {"reason": "no-capacity"}, ("no-capacity", 0, "")),
    ("referral.declined", {"reason": "한소망 씨 댁은 너무 멉니다"}, ("other", 0, "")),
    ("referral.declined", {}, ("other", 0, "")),
    ("referral.changed", {"change": "quantity", "quantity": 2}, ("quantity", 2, "")),
    ("visit.proposed", {"starts_at": "2026-04-02T10:00:00+09:00"}, ("", 0, "2026-04-02T01:00")),
    ("visit.completed", {"units": 2}, ("", 2, "")),
    ("visit.missed", {"reason": "no-answer"}, ("no-answer", 0, "")),
    ("service.ended", {"reason": "goal-reached"}, ("goal-reached", 0, "")),
    ("check.completed", {}, ("well", 0, "")),
    ("contact.failed", {"channel": "phone"}, ("phone", 0, "")),
    ("consent.given", {"until": "2027-04-01T00:00:00+09:00"}, ("support", 0, "2027-03-31T15:00")),
]


@pytest.mark.parametrize(("kind", "data", "expected"), SAID)
def test_the_workflow_reads_code_quantity_and_moment_from_an_answer(
    kind: str, data: dict[str, Any], expected: tuple[str, int, str]
) -> None:
    said = told(fact_of(answer(kind, data)))
    until = said.until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") if said.until else ""
    assert (said.code, said.quantity, until, said.subject) == (*expected, "C1.1.O1")


TELLINGS = [
    ("discharge.expected", {"expected_at": "2026-04-03"}, "expected", True),
    ("discharge.notified", {"discharged_at": "2026-04-01"}, "actual", True),
    ("discharge.corrected", {"discharged_at": "2026-04-01", "expected_at": "2026-03-30"}, "actual", True),
    ("discharge.corrected", {"expected_at": "2026-04-05"}, "expected", True),
    ("discharge.corrected", {"disposition": "01"}, "", False),
    ("admission.occurred", {"admitted_at": "2026-04-01"}, "", True),
    ("person.died", {"died_at": "2026-04-01"}, "", True),
]


@pytest.mark.parametrize(("kind", "discharge", "code", "dated"), TELLINGS)
def test_the_workflow_reads_which_date_a_telling_names(
    kind: str, discharge: dict[str, str], code: str, *, dated: bool
) -> None:
    said = told(fact_of(event({"person": PERSON, "discharge": discharge}, kind=kind)))
    assert (said.code, said.until is not None) == (code, dated)
