"""The discharge of records/adt-a03.hl7 (microsoft/FHIR-Converter, MIT; its licence stands beside it)."""

from pathlib import Path

from events.readers import InboundRecord, place
from handoff.rules import plausibility
from tests.events.readers.told import NOW, fact_of

SAMPLE = Path(__file__).parent.parent / "records" / "adt-a03.hl7"


def test_the_published_discharge_is_read() -> None:
    fact = fact_of(InboundRecord("gm-hospital", SAMPLE.read_bytes()))
    assert (fact.kind, fact.message_id, fact.reference) == ("discharge.notified", "MSG00001", "40007716")
    assert fact.person is not None
    assert (fact.person.name, fact.person.patient_number) == ("Josh stanley", "PATID1234")


def test_every_contradiction_of_the_published_discharge_is_named_at_its_place() -> None:
    fact = fact_of(InboundRecord("gm-hospital", SAMPLE.read_bytes()))
    of_dates = [
        (doubt.code, place(fact.form, doubt.place)) for doubt in plausibility.doubts(fact.discharge, fact.person, NOW)
    ]
    found = {(doubt.code, doubt.place) for doubt in fact.doubts} | set(of_dates)
    assert found >= {
        ("event-differs", "EVN-1"),
        ("recorded-in-future", "EVN-2"),
        ("event-moment-differs", "EVN-6"),
        ("written-before-event", "MSH-7"),
        ("address-abroad", "PID-11"),
        ("death-before-discharge", "PID-29"),
        ("death-before-admission", "PID-29"),
        ("discharge-long-past", "PV1-45"),
    }


def test_no_doubt_repeats_what_was_sent() -> None:
    fact = fact_of(InboundRecord("gm-hospital", SAMPLE.read_bytes()))
    says = " ".join(doubt.says for doubt in fact.doubts)
    assert not any(sent in says for sent in ("Josh", "1988", "2008", "2015", "2029", "Ann Arbor", "PATID1234"))
