import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from events.contract.event_types import EVENT_TYPES, Code, checked, may_say, starts_case, told
from events.contract.outgoing import ReferralConfirmed
from events.contract.words import WeekKind
from handoff.case.dispatch import EVENTS
from handoff.fact import Doubt, Fact
from handoff.vocabulary.words import PersonKind

NOW = datetime(2026, 4, 1, tzinfo=UTC)
LATER = {
    "application.withdrawn",
    "vote.cast",
    "provider.suspended",
    "candidate.listed",
}


def test_every_event_is_a_past_participle_with_a_model_that_is_explained() -> None:
    for kind, each in EVENT_TYPES.items():
        assert re.fullmatch(r"[a-z]+\.([a-z]+-)?[a-z]+", kind)
        assert each.model.__doc__
        assert each.roles


def test_what_belongs_to_later_is_known_and_not_handled() -> None:
    assert {kind for kind, each in EVENT_TYPES.items() if not each.handled} == LATER


def test_the_story_takes_every_event_that_is_handled() -> None:
    handled = {kind for kind, each in EVENT_TYPES.items() if each.direction == "from" and each.handled}
    assert handled - set(WeekKind) - set(PersonKind) <= set(EVENTS)  # intake itself acts on these, or on its parts


def test_only_a_provider_answers_an_offer_and_only_the_deciding_body_decides() -> None:
    assert may_say("referral.accepted", "provider")
    assert not may_say("referral.accepted", "hospital")
    assert may_say("plan.approved", "deciding-body")
    assert not may_say("plan.approved", "provider")
    assert not may_say("notice.acknowledged", "hospital")
    assert not may_say("discharge.sensed", "hospital")


def test_only_a_notice_or_an_application_opens_a_case() -> None:
    assert {kind for kind in EVENT_TYPES if starts_case(kind)} == {
        "discharge.expected",
        "discharge.notified",
        "application.received",
    }


def test_every_code_says_cause_and_cure() -> None:
    for code in Code:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)
        assert code.cause.endswith(".")
        assert code.cure.endswith(".")


def test_a_provider_is_told_whom_to_visit_and_nothing_else_about_the_person() -> None:
    whom = ReferralConfirmed.model_fields["person"].annotation
    assert set(getattr(whom, "model_fields", {})) == {
        *("name", "address", "phone", "language"),
        *("contact_name", "contact_relation", "contact_phone"),  # whom to call about the person
    }


@pytest.mark.parametrize("field", ["diagnosis", "registration_number", "birth_date"])
def test_a_field_that_is_not_in_the_contract_never_leaves(field: str) -> None:
    offer = {"offer_id": "C1.1.O1", "line_id": "C1.1", "service": "meal-delivery", "kind": "series", "quantity": 5}
    assert checked("referral.offered", offer)
    confirmed = {"offer_id": "C1.1.O1", "line_id": "C1.1", "person": {"name": "한소망"}}
    assert checked("referral.confirmed", confirmed)
    for kind, data in (
        ("referral.offered", offer | {field: "canary"}),
        ("referral.offered", offer | {"person": {"name": "한소망"}}),
        ("referral.confirmed", confirmed | {"person": {"name": "한소망", field: "canary"}}),
    ):
        with pytest.raises(ValidationError):
            checked(kind, data)


def test_a_death_told_with_a_doubt_is_doubtful() -> None:
    fact = Fact("person.died", "gm-hospital", "m-1", NOW)
    assert told(fact).code == ""
    doubtful = Fact("person.died", "gm-hospital", "m-1", NOW, doubts=(Doubt("death-but-home", "PV1-36", "..."),))
    assert told(doubtful).code == "doubtful"


def test_consent_in_a_notice_reaches_the_story() -> None:
    said = [told(Fact("discharge.notified", "h", "m", NOW, consent=consent)).consent for consent in (True, False, None)]
    assert said == ["given", "refused", ""]


def test_every_subject_is_one_of_our_ids() -> None:
    words = set(get_args(EVENT_TYPES["visit.missed"].__class__.__annotations__["subject"]))
    assert {each.subject for each in EVENT_TYPES.values()} <= words


def test_no_code_is_promised_that_nothing_raises() -> None:
    root = Path(__file__).parents[3]
    folders = ("events", "handoff", "activities")
    told = "".join(
        path.read_text()
        for folder in folders
        for path in (root / folder).rglob("*.py")
        if path.name not in ("contract_codes.py", "for_hospitals.py")
    )
    promised = set(Code) - {Code.ID_REUSED}  # a note: the acknowledgement says it in a field of its own
    assert [code for code in promised if f"Code.{code.name}" not in told and f'"{code.value}"' not in told] == []


def test_a_refusal_of_a_provider_names_it_in_its_code() -> None:
    body = {"scope": "provider", "provider": "gm-meals-01"}
    assert told(Fact("consent.refused", "gm-hospital", "m-1", NOW, body=body)).code == "provider:gm-meals-01"
    assert told(Fact("consent.refused", "gm-hospital", "m-1", NOW, body={"scope": "lookup"})).code == "lookup"


def test_a_consent_whose_end_had_passed_when_it_was_told_is_not_told() -> None:
    over, stands = NOW - timedelta(days=1), NOW + timedelta(days=1)
    said = [
        told(Fact("discharge.notified", "gm-hospital", "m-1", NOW, consent=True, consent_until=until))
        for until in (over, stands, None)
    ]
    assert [(each.consent, each.consent_until) for each in said] == [("", None), ("given", stands), ("given", None)]
