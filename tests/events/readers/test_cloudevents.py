from datetime import UTC, date, datetime
from typing import Any

import pytest

from events.contract.event_types import EVENT_TYPES
from events.readers import InboundRecord, read
from handoff.fact import Unreadable
from tests.events.readers.told import DISCHARGE, NOW, PERSON, answer, doubts_of, event, fact_of, refusal_of


def test_a_hospitals_notice_is_read_with_person_discharge_and_consent() -> None:
    fact = fact_of(
        event({"person": PERSON, "discharge": DISCHARGE, "consent": {"given": True}, "actor": {"role": "nurse"}})
    )
    assert (fact.kind, fact.sender, fact.message_id, fact.reference) == (
        "discharge.notified",
        "gm-hospital",
        "m-1",
        "V-1",
    )
    assert fact.person is not None
    assert (fact.person.name, fact.person.birth_date) == ("한소망", date(1948, 3, 15))
    assert fact.discharge is not None
    assert fact.discharge.discharged_at == datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
    assert (fact.consent, fact.actor_role, fact.doubts) == (True, "nurse", ())


def test_name_address_and_contact_are_enough_for_a_notice() -> None:
    fact = fact_of(event({"person": {"name": "한소망", "address": "광명시 철산로 30", "phone": "010-0000-4711"}}))
    assert (fact.consent, fact.reference, fact.doubts) == (None, "", ())


def test_fields_that_we_do_not_know_are_left_alone() -> None:
    fact = fact_of(event({"person": PERSON | {"diagnosis": "S72.0"}, "ward": {"bed": 3}}))
    assert "S72.0" not in repr(fact)


def test_null_and_empty_fields_mean_not_told() -> None:
    fact = fact_of(event({"person": PERSON | {"birth_date": "", "sex": None, "severe_disability": None}}))
    assert fact.person is not None
    assert (fact.person.birth_date, fact.person.sex, fact.person.severe_disability) == (None, "", None)


def test_a_number_may_be_a_patients_number_and_is_nobodys_name() -> None:
    person = fact_of(event({"person": PERSON | {"patient_number": 17}})).person
    assert person is not None
    assert person.patient_number == "17"
    refused = refusal_of(event({"person": PERSON | {"name": 17}}))
    assert (refused.code, refused.place) == ("field-invalid", "/person/name")


def test_a_masked_registration_number_identifies_nobody() -> None:
    masked = fact_of(event({"person": PERSON | {"registration_number": "480315-2******"}})).person
    whole = fact_of(event({"person": PERSON | {"registration_number": "480315-2000017"}})).person
    assert masked is not None
    assert whole is not None
    assert (masked.registration_number, whole.registration_number) == ("", "4803152000017")


def test_a_moment_without_an_offset_is_seouls() -> None:
    fact = fact_of(event({"person": PERSON, "discharge": {"discharged_at": "2026-04-01T10:00:00"}}))
    assert fact.discharge is not None
    assert fact.discharge.discharged_at == datetime(2026, 4, 1, 1, 0, tzinfo=UTC)


def test_a_character_that_no_database_takes_is_no_part_of_a_name() -> None:
    person = fact_of(event(b'{"person": {"name": "\\u0000\xed\x95\x9c\\u0000"}}')).person
    assert person is not None
    assert person.name == "한"


REFUSED = [
    ({"kind": "discharge.sensed"}, "type-unknown", "ce_type"),
    ({"kind": "application.withdrawn"}, "type-not-yet-handled", "ce_type"),
    ({"kind": "vote.cast"}, "type-not-yet-handled", "ce_type"),
    ({"kind": "notice.acknowledged"}, "not-your-event", "ce_type"),
    ({"source": "urn:institution:seoul-hospital"}, "source-not-yours", "ce_source"),
    ({"source": "urn:institution:not-gm-hospital"}, "source-not-yours", "ce_source"),
    ({"source": ""}, "field-invalid", "ce_source"),
    ({"id": ""}, "field-invalid", "ce_id"),
    ({"id": "x" * 201}, "field-invalid", "ce_id"),
    ({"id": "two\nlines"}, "field-invalid", "ce_id"),
    ({"specversion": "0.3"}, "field-invalid", "ce_specversion"),
]


@pytest.mark.parametrize(("headers", "code", "place"), REFUSED)
def test_an_event_against_the_contract_is_refused_with_code_and_place(
    headers: dict[str, str], code: str, place: str
) -> None:
    refusal = refusal_of(event(**headers))
    assert (refusal.code, refusal.place) == (code, place)
    assert refusal.reason


@pytest.mark.parametrize(
    "source", ["gm-hospital", "urn:institution:gm-hospital", "https://gmh.example/his/gm-hospital"]
)
def test_an_institution_may_write_its_source_in_three_ways(source: str) -> None:
    assert fact_of(event(source=source)).sender == "gm-hospital"


INVALID: list[tuple[Any, str, str]] = [
    ({"person": {"birth_date": "1948-03-15"}}, "name-missing", "/person/name"),
    ({"person": {"name": "\u200b \t"}}, "name-missing", "/person/name"),
    ({"person": PERSON | {"birth_date": "1948-02-31"}}, "date-senseless", "/person/birth_date"),
    ({"person": PERSON | {"birth_date": "0002-02-02"}}, "date-senseless", "/person/birth_date"),
    ({"person": PERSON, "discharge": {"died_at": "9998-12-31T23:59-12:00"}}, "date-senseless", "/discharge/died_at"),
    ({"person": PERSON, "discharge": {"discharged_at": "soon"}}, "date-senseless", "/discharge/discharged_at"),
    ({"person": "한소망"}, "field-invalid", "/person"),
    ({"person": PERSON | {"name": ["한소망"]}}, "field-invalid", "/person/name"),
    ({"person": PERSON | {"address": "x" * 400}}, "field-invalid", "/person/address"),
    (b"[]", "unreadable", "/"),
    (b'{"person": NaN}', "unreadable", "/"),
    (b"\xff\xfe{}", "unreadable", "/"),
    (b'{"person": {"name": "\\ud800"}}', "unreadable", "/"),
    (b'{"a":' * 100_000, "unreadable", "/"),
    (b"", "name-missing", "/person/name"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "code", "place"), INVALID)
def test_data_against_the_contract_is_refused_with_code_and_place(data: Any, code: str, place: str) -> None:
    refusal = refusal_of(event(data))
    assert (refusal.code, refusal.place, refusal.message_id) == (code, place, "m-1")


def test_a_refusal_repeats_nothing_that_was_sent() -> None:
    refusal = refusal_of(event({"person": PERSON | {"birth_date": "canary-1948"}}))
    assert "canary" not in refusal.reason + refusal.place


@pytest.mark.parametrize("value", [b"\xff\xfe", None])
@pytest.mark.parametrize("name", ["ce_type", "ce_id", "content-type"])
def test_a_header_that_is_not_utf8_or_null_is_named(name: str, value: bytes | None) -> None:
    sound = event()
    refusal = refusal_of(InboundRecord(sound.institution, sound.value, [*sound.headers, (name, value)]))
    assert (refusal.code, refusal.place) == ("header-not-utf8", name)


@pytest.mark.parametrize(("name", "value"), [("traceparent", b"\xff"), ("ce_mine", None), ("\udcc8\udcaf", b"1")])
def test_a_header_that_nobody_reads_need_not_be_text(name: str, value: bytes | None) -> None:
    sound = event()
    assert fact_of(InboundRecord(sound.institution, sound.value, [*sound.headers, (name, value)])) == fact_of(sound)


def test_a_notice_with_a_time_in_the_future_is_taken_in_doubt() -> None:
    record = event(time="2029-08-01T07:06:24Z")
    assert doubts_of(record) == {"ce_time": "recorded-in-future"}
    assert fact_of(record).occurred_at == NOW


def test_a_notice_without_a_time_is_taken() -> None:
    assert fact_of(event(time="")).occurred_at == NOW


def test_an_answer_without_a_time_is_refused_and_one_from_the_future_is_left_to_a_person() -> None:
    sound = answer("referral.accepted", {})
    headers = [each for each in sound.headers if each[0] != "ce_time"]
    soon = fact_of(InboundRecord(sound.institution, b"{}", [*headers, ("ce_time", b"2029-01-01T00:00:00Z")]))
    never = refusal_of(InboundRecord(sound.institution, b"{}", headers))
    assert (soon.occurred_at.year, never.code, never.place) == (2029, "field-invalid", "ce_time")


def test_an_answer_may_be_sent_later_than_it_occurred() -> None:
    fact = fact_of(answer("visit.completed", {"occurred_at": "2026-04-30T10:00:00+09:00"}))
    assert fact.occurred_at == datetime(2026, 4, 30, 1, tzinfo=UTC)
    assert fact.written_at == fact_of(answer("visit.completed", {})).occurred_at
    assert "occurred_at" not in fact.body


def test_an_answer_names_what_it_answers() -> None:
    fact = fact_of(
        event({}, "gm-meals-01", kind="referral.accepted", subject="C1.1.O1", source="gm-meals-01", answers="e-7")
    )
    assert (fact.subject, fact.answers) == ("C1.1.O1", "e-7")
    assert refusal_of(answer("referral.accepted", {}, subject="")).place == "ce_subject"


def test_a_cancellation_needs_a_reference_or_a_person() -> None:
    assert fact_of(event({"discharge": {"reference": "V-1"}}, kind="discharge.cancelled")).reference == "V-1"
    assert refusal_of(event({}, kind="discharge.cancelled")).place == "/discharge/reference"


def test_refusing_the_lookup_is_not_refusing_the_support() -> None:
    assert fact_of(answer("consent.refused", {"scope": "lookup"}, "C1")).body["scope"] == "lookup"
    assert fact_of(answer("consent.refused", {}, "C1")).body["scope"] == "support"


def test_a_plan_is_read_line_by_line_without_the_words_around_it() -> None:
    line = {"service": "meal-delivery", "kind": "series", "quantity": 5, "per": "week", "days": 28, "urgent": True}
    fact = fact_of(answer("plan.drafted", {"lines": [line | {"note": "한소망 씨는 혼자 산다"}]}, "C1"))
    assert fact.body == {"lines": [line | {"prefers": "", "keeps": "", "safety": [], "weekdays": []}]}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"person": 3}, "It has to be a JSON object."),
        ({"person": PERSON | {"birth_date": "yesterday"}}, "It is not a date; write it as 2026-11-22."),
        ({"discharge": {"discharged_at": "soon"}}, "It is not a moment; write it as 2026-11-22T10:00:00+09:00."),
        ({"person": PERSON | {"birth_date": "0002-02-02"}}, "The year is before 1881 or after 2199."),
        ({"person": PERSON | {"name": ["x"]}}, "It has to be text."),
        ({"person": PERSON | {"address": "x" * 400}}, "It has to have at most 300 characters."),
        ({"consent": {"given": "perhaps"}}, "It has to be true or false."),
    ],
)
def test_what_is_wrong_with_a_field_is_said_in_words_of_ours(data: Any, says: str) -> None:
    assert refusal_of(event(data)).reason.startswith(says)


def test_a_wrong_plan_line_is_named() -> None:
    lines = [{"service": "meal-delivery"}, {"service": "meal-delivery", "quantity": 0}]
    refusal = refusal_of(answer("plan.drafted", {"lines": lines}, "C1"))
    assert (refusal.code, refusal.place) == ("field-invalid", "/lines/1/quantity")


def test_a_survey_brings_what_it_found_about_eligibility() -> None:
    fact = fact_of(answer("presurvey.completed", {"score": 4, "found": {"group": "family-care-gap"}}, "C1"))
    assert fact.body == {"score": 4, "found": {"group": "family-care-gap"}}


def test_an_event_in_structured_mode_is_read_too() -> None:
    structured = (
        b'{"specversion":"1.0","id":"s-1","type":"discharge.notified","source":"gm-hospital",'
        b'"data":{"person":{"name":"Han"}}}'
    )
    fact = fact_of(InboundRecord("gm-hospital", structured, [("content-type", b"application/cloudevents+json")]))
    assert (fact.message_id, fact.kind) == ("s-1", "discharge.notified")


def test_a_fhir_bundle_is_known_but_not_yet_handled() -> None:
    assert refusal_of(InboundRecord("gm-hospital", b'{"resourceType": "Bundle"}')).code == "type-not-yet-handled"


def test_a_record_of_900_kilobytes_is_read_and_one_above_a_mebibyte_is_refused() -> None:
    padding = {"scan": "x" * 900_000}
    assert fact_of(event({"person": PERSON, **padding})).person is not None
    refusal = refusal_of(event(b" " * (1024 * 1024 + 1)))
    assert (refusal.code, refusal.place) == ("too-large", "byte 1048577")


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (None, "record"),
        (b"", "record"),
        (b" \r\n", "record"),
        (b"\x00\xff", "byte 2"),
        (b"hello", "byte 1"),
        (b"\r\n <Bundle/>", "byte 4"),
    ],
)
def test_bytes_that_nobody_can_read_are_refused_with_the_first_that_is_wrong(value: bytes | None, place: str) -> None:
    read_as = read(InboundRecord("gm-hospital", value), NOW)
    assert isinstance(read_as, Unreadable)
    assert (read_as.code, read_as.place) == ("unreadable", place)


def test_every_handled_event_has_a_reader() -> None:
    kinds = [each.kind for each in EVENT_TYPES.values() if each.direction == "from" and each.handled]
    unknown = [kind for kind in kinds if "type" in getattr(read(answer(kind, {}), NOW), "code", "")]
    assert unknown == []


@pytest.mark.parametrize("discharge", ["", " ", "\x00", "\u200b\x07", None, {}])
def test_a_discharge_that_is_empty_counts_as_not_told(discharge: object) -> None:
    fact = fact_of(event({"person": PERSON, "discharge": discharge}))
    assert fact.discharge is not None
    assert (fact.discharge.discharged_at, fact.reference) == (None, "")
