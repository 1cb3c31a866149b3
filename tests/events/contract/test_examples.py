"""The files that the README publishes."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event

from events.publishing import Publication, publication
from events.readers import InboundRecord, read
from handoff.case.plan_draft import draft
from handoff.fact import Fact, Person, Unreadable
from handoff.profile.load import load
from handoff.rules import identity, plausibility
from handoff.rules.jurisdiction import Ours, municipality

EXAMPLES = Path(__file__).parents[3] / "examples"
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
NOTICES = {"notice.json": "gm-hospital", "notice-from-nhis.json": "nhis-gwangmyeong", "notice-a03.hl7": "gm-hospital"}


def read_example(name: str) -> Fact | Unreadable:
    sent = publication(EXAMPLES / name)
    return read(InboundRecord(NOTICES.get(name, "gm-hospital"), sent.value, sent.headers), NOW)


def fact_of(name: str) -> Fact:
    fact = read_example(name)
    assert isinstance(fact, Fact), fact
    return fact


def person_of(name: str) -> Person:
    person = fact_of(name).person
    assert person is not None
    return person


@pytest.mark.parametrize("ending", [".dat", ".txt", ".adt", ".HL7", ""])
@pytest.mark.parametrize("mark", ["", "\ufeff", "\x0b"])
def test_a_file_is_hl7_by_its_content_whatever_its_ending(tmp_path: Path, ending: str, mark: str) -> None:
    file = tmp_path / f"export{ending}"
    file.write_bytes(mark.encode() + (EXAMPLES / "notice-a03.hl7").read_bytes())
    assert publication(file) == Publication(file.read_bytes(), (("content-type", b"application/hl7-v2"),))


@pytest.mark.parametrize("name", NOTICES)
def test_an_example_notice_is_about_somebody_of_gwangmyeong_and_beyond_doubt(name: str) -> None:
    fact, person = fact_of(name), person_of(name)
    assert (fact.kind, fact.doubts) == ("discharge.notified", ())
    assert plausibility.doubts(fact.discharge, person, NOW) == ()
    assert isinstance(municipality(person.address, person.address_code, load("gwangmyeong")), Ours)


def test_the_example_resident_is_78_and_has_consented() -> None:
    born = person_of("notice.json").birth_date
    assert born is not None
    assert 2026 - born.year == 78
    assert fact_of("notice.json").consent


def test_hospital_and_insurer_tell_of_the_same_person() -> None:
    hospital, insurer = person_of("notice.json"), person_of("notice-from-nhis.json")
    shared = set(identity.index_terms(hospital, "gm-hospital")) & set(identity.index_terms(insurer, "nhis-gwangmyeong"))
    assert identity.FULL in {kind for kind, _ in shared}


def test_the_broken_message_is_unreadable() -> None:
    refusal = read_example("broken.hl7")
    assert isinstance(refusal, Unreadable)
    assert (refusal.code, refusal.place) == ("unreadable", "MSH")


def test_the_example_plan_has_three_lines_of_the_catalogue() -> None:
    lines = draft(tomllib.loads((EXAMPLES / "plan.toml").read_text(encoding="utf-8")), load("gwangmyeong"))
    assert [line.service for line in lines] == ["meal-delivery", "accompaniment", "home-visit-korean-medicine"]
    assert (lines[0].quantity, lines[0].per, lines[0].days, lines[0].urgent) == (5, "week", 28, True)


def test_a_file_is_published_with_its_own_id_and_its_bytes() -> None:
    sent = publication(EXAMPLES / "notice.json")
    assert dict(sent.headers)["ce_id"] == b"gm-hospital-2026-11-22-0001"
    assert sent.value in (EXAMPLES / "notice.json").read_bytes()
    assert publication(EXAMPLES / "notice-a03.hl7").value == (EXAMPLES / "notice-a03.hl7").read_bytes()


def test_what_is_published_is_a_cloudevent_by_the_library_of_the_specification() -> None:
    sent = publication(EXAMPLES / "notice.json")
    event = from_binary_event(KafkaMessage(dict(sent.headers), None, sent.value))
    assert event.get_type() == "discharge.notified"
    data = event.get_data()
    assert isinstance(data, dict)
    assert data["discharge"]["reference"] == "V-2026-0004711"


@pytest.mark.parametrize(
    ("content", "sent"),
    [
        (b'{"specversion":"1.0","data": {"a": [1, "}"]} ,"id":"x","n":1}', b'{"a": [1, "}"]}'),
        (b'\xef\xbb\xbf{ "data":null, "specversion":"1.0"}', b"null"),
        (b'{"specversion":"1.0"}', b""),
        (b'{"not": "an event"}', b'{"not": "an event"}'),
        (b'{"specversion": broken', b'{"specversion": broken'),
        (b"\xff", b"\xff"),
        (b"{}", b"{}"),
    ],
)
def test_a_file_goes_out_as_it_is_broken_or_not(tmp_path: Path, content: bytes, sent: bytes) -> None:
    file = tmp_path / "notice.json"
    file.write_bytes(content)
    published = publication(file)
    assert isinstance(published, Publication)
    assert published.value == sent
