"""Records as institutions send them, for the tests of the readers."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from events.readers import InboundRecord, read
from handoff.fact import Fact, Person, Unreadable

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)  # noon in Seoul

PERSON = {
    "name": "한소망",
    "birth_date": "1948-03-15",
    "phone": "010-0000-4711",
    "address": "경기도 광명시 철산로 30",
}
DISCHARGE = {"reference": "V-1", "discharged_at": "2026-04-01T10:00:00+09:00"}

HEADERS = {
    "ce_specversion": "1.0",
    "ce_id": "m-1",
    "ce_type": "discharge.notified",
    "ce_source": "urn:institution:gm-hospital",
    "ce_time": "2026-04-01T10:05:00+09:00",
    "content-type": "application/json",
}

HEADER = "MSH|^~\\&|HIS|GMH|HANDOFF|GM|{sent}||{type}^{trigger}|{control}|{processing}|2.5.1||||||{charset}"
EVENT = "EVN|{says}|{recorded}|||N1|{occurred}"
PID = "PID|1||{numbers}||{name}||{born}|F|||{address}||{phone}||||||{national}||||||||||{died}|{dead}"
VISIT = (
    "PV1|1|{patient_class}|703^02"
    + "|" * 16
    + "{visit}"
    + "|" * 17
    + "{disposition}"
    + "|" * 8
    + "{admitted}|{discharged}"
)
USUAL = {
    "type": "ADT",
    "processing": "P",
    "patient_class": "I",
    "trigger": "A03",
    "sent": "20260401101000+0900",
    "control": "C-1",
    "charset": "UNICODE UTF-8",
    "says": "A03",
    "recorded": "202604011005",
    "occurred": "",
    "numbers": "0815^^^GMH^PI",
    "name": "한^소망^^^^^L",
    "born": "19480315",
    "address": "철산로 30^101동^광명시^경기도^14235^KOR^L",
    "phone": "010-0000-4711",
    "national": "",
    "died": "",
    "dead": "",
    "visit": "V-1",
    "disposition": "01",
    "admitted": "202603201000",
    "discharged": "202604011000",
}


def event(
    data: Mapping[str, Any] | bytes | None = None, institution: str = "gm-hospital", **headers: str
) -> InboundRecord:
    """A CloudEvent in binary mode; `kind` stands for `ce_type`, an empty header is left out."""
    named = HEADERS | {f"ce_{name}".replace("ce_kind", "ce_type"): value for name, value in headers.items()}
    told = {"person": PERSON, "discharge": DISCHARGE} if data is None else data
    value = told if isinstance(told, bytes) else json.dumps(told).encode()
    return InboundRecord(institution, value, [(name, text.encode()) for name, text in named.items() if text])


def answer(kind: str, data: Mapping[str, Any], subject: str = "C1.1.O1") -> InboundRecord:
    """An answer of a provider or an assessor."""
    return event(data, "gm-meals-01", kind=kind, subject=subject, source="gm-meals-01")


def adt(end: str = "\r", **fields: str) -> bytes:
    """An HL7 v2 message; fields are those of USUAL."""
    told = USUAL | {"says": fields.get("trigger", "A03")} | fields
    return "".join(line.format(**told) + end for line in (HEADER, EVENT, PID, VISIT)).encode()


def message(value: bytes | None = None, **fields: str) -> InboundRecord:
    """An HL7 v2 message as a record."""
    return InboundRecord(
        "gm-hospital", adt(**fields) if value is None else value, [("content-type", b"application/hl7-v2")]
    )


def fact_of(record: InboundRecord) -> Fact:
    """The fact that the record is read as."""
    read_as = read(record, NOW)
    assert isinstance(read_as, Fact), read_as
    return read_as


def refusal_of(record: InboundRecord) -> Unreadable:
    """What the record's sender is told."""
    read_as = read(record, NOW)
    assert isinstance(read_as, Unreadable), read_as
    return read_as


def doubts_of(record: InboundRecord) -> dict[str, str]:
    """Place and code of each doubt."""
    return {doubt.place: doubt.code for doubt in fact_of(record).doubts}


def of_message(**fields: str) -> Person:
    """The person of an HL7 v2 message with these fields."""
    person = fact_of(message(**fields)).person
    assert person
    return person


def of_event(**fields: object) -> Person:
    """The person of an event whose person has these fields."""
    person = fact_of(event({"person": {**PERSON, **fields}, "discharge": {"reference": "V-1"}})).person
    assert person
    return person


def wide(text: str) -> str:
    """The text in full-width characters, as Korean input methods write it."""
    return text.translate({0x20: 0x3000, **{letter: letter + 0xFEE0 for letter in range(0x21, 0x7F)}})
