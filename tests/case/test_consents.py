"""Consent that ends, and refusals of a part: what each word does to the case before the record is asked."""

import pytest

from handoff.case.consent import expired
from handoff.case.messages import RecordedLine
from handoff.vocabulary.states import Interruption
from tests.case.cases import HOSPITAL, NOON, Telling, hours, opened, planned, serving

NEXT_YEAR, LATER = hours(9000), hours(9100)


def consented(**fields: object) -> Telling:
    telling = Telling()
    telling.fact("discharge.notified", code="actual", until=NOON)
    telling.action("consent.given", **fields)
    return telling


def test_a_consent_keeps_the_end_that_it_names() -> None:
    assert consented(until=NEXT_YEAR).case.consent_until == NEXT_YEAR
    assert consented().case.consent_until is None


def test_a_consent_whose_end_has_passed_is_refused_in_words() -> None:
    telling = consented(until=hours(99))
    assert (telling.written[-1].what, telling.written[-1].code) == ("set_aside", "date-senseless")
    assert telling.case.consent == ""


def test_another_end_renews_the_consent_and_silence_leaves_it_as_it_is() -> None:
    telling = consented(until=NEXT_YEAR)
    assert telling.action("consent.given") == ["set_aside"]
    assert telling.case.consent_until == NEXT_YEAR
    assert telling.action("consent.given", until=LATER) == ["consent_renewed"]
    assert telling.case.consent_until == LATER
    assert telling.action("consent.given", code="no-end") == ["consent_renewed"]
    assert telling.case.consent_until is None


def test_an_end_of_a_notice_and_of_an_application_counts() -> None:
    telling = Telling()
    telling.fact("discharge.notified", code="actual", until=NOON, consent="given", consent_until=NEXT_YEAR)
    assert [(entry.what, entry.code, entry.until) for entry in telling.written][1] == (
        "consent_given",
        "support",
        NEXT_YEAR,
    )
    said = telling.fact("application.received", consent="given", consent_until=LATER)
    assert said == ["noted", "consent_renewed"]
    assert telling.case.consent_until == LATER


def test_a_consent_that_has_ended_lets_nobody_else_be_told_until_it_is_renewed() -> None:
    telling = serving()
    assert expired(telling.case, "", "consent-ends@1") == "consent_expired"
    telling.learn("consent_expired", lines=[])
    assert telling.case.interruption == Interruption.CONSENT_EXPIRED
    assert telling.case.lines["C1.2"].state == "planned"
    assert telling.case.lines["C1.1"].state == "accepted"
    assert not telling.case.may_offer(telling.case.lines["C1.2"])
    assert telling.action("consent.given") == ["consent_given"]
    assert telling.case.may_offer(telling.case.lines["C1.2"])
    assert telling.case.consent_until is None  # a new consent without an end


def test_the_end_of_a_consent_that_was_withdrawn_before_does_nothing() -> None:
    telling = serving()
    telling.action("consent.withdrawn")
    assert expired(telling.case, "", "consent-ends@1") is None


@pytest.mark.parametrize("kind", ["discharge.notified", "discharge.corrected", "application.received"])
def test_a_refusal_in_a_notice_is_asked_about_once_and_ends_nothing(kind: str) -> None:
    telling = opened()
    assert "refusal_told" in telling.fact(kind, code="actual", until=hours(1), consent="refused")
    assert "refusal_told" not in telling.fact(kind, code="actual", until=hours(2), consent="refused")
    assert "refusal_told" in telling.fact(kind, "another", code="actual", until=hours(2), consent="refused")
    assert (telling.case.consent, telling.case.end) == ("given", "")


def test_a_refusal_in_the_notice_that_opens_a_case_stands_in_its_timeline() -> None:
    telling = Telling()
    said = telling.fact("discharge.notified", code="actual", until=NOON, consent="refused")
    assert said == ["case_screened", "refusal_told"]
    assert telling.written[-1].who == HOSPITAL
    assert telling.written[-1].until is None


def test_the_lookup_is_refused_and_allowed_and_papers_come_in_its_place() -> None:
    telling = planned()
    assert telling.action("papers.received") == ["set_aside"]
    assert telling.action("consent.refused", code="lookup") == ["lookup_refused"]
    assert telling.action("consent.refused", code="lookup") == ["set_aside"]
    assert telling.action("papers.received") == ["papers_received"]
    assert telling.action("papers.received") == ["set_aside"]
    assert telling.action("consent.given", code="lookup") == ["lookup_allowed"]
    assert (telling.case.consent, telling.case.refused) == ("given", [])


@pytest.mark.parametrize("kind", ["service.refused", "consent.refused", "consent.withdrawn"])
def test_a_service_that_is_refused_ends_alone(kind: str) -> None:
    telling = serving()
    code = "" if kind == "service.refused" else "service"
    assert telling.action(kind, subject="C1.1", code=code) == ["service_refused"]
    assert telling.case.lines["C1.1"].state == "accepted"  # until the record has agreed
    telling.learn("service_refused", "ended-early", "C1.1", about="C1.1", lines=[RecordedLine("C1.1", "series")])
    assert telling.case.lines["C1.1"].over
    assert telling.case.lines["C1.2"].state == "offered"
    assert telling.action(kind, subject="C1.1", code=code) == ["set_aside"]
    assert telling.action(kind, subject="C1.9", code=code) == ["set_aside"]


def test_a_provider_that_is_refused_loses_its_lines_and_may_be_allowed_again() -> None:
    telling = serving()
    assert telling.action("consent.refused", code="provider:meals") == ["provider_refused"]
    telling.learn("provider_refused", "changed", "meals", lines=[RecordedLine("C1.1", "series")])
    assert telling.case.lines["C1.1"].state == "planned"
    assert telling.case.refused == ["provider:meals"]
    assert telling.action("consent.refused", code="provider:meals") == ["set_aside"]
    telling.case.lines["C1.2"].state = "gap"
    assert telling.action("gap.answered", subject="C1.2", code="provider:meals") == ["set_aside"]
    assert telling.written[-1].code == "provider-refused"
    assert telling.action("consent.given", code="provider:meals") == ["provider_allowed"]
    telling.learn("provider_allowed", "changed", "meals")
    assert telling.case.refused == []


def test_a_service_goes_on_by_a_persons_word_only_after_consent_has_ended() -> None:
    telling = serving()
    assert telling.action("service.kept", subject="C1.1") == ["set_aside"]
    telling.action("consent.withdrawn")
    assert telling.action("service.kept", subject="C1.1") == ["service_kept"]
    assert telling.action("service.kept", subject="C1.2") == ["set_aside"]  # nobody has accepted it


def test_a_history_of_a_build_before_decides_as_that_build_did() -> None:
    telling = serving()
    telling.case.scopes_count = False
    assert telling.fact("consent.refused", "nhis", code="lookup") == ["set_aside"]
    assert telling.written[-1].code == "type-not-yet-handled"
    assert telling.fact("consent.refused", "nhis", code="support") == ["consent_refused"]
    assert telling.case.end == "outcome-refused"
