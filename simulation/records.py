"""Records as institutions write them: CloudEvents in binary mode, and HL7 v2 ADT messages."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handoff.timezone import KST
from handoff.vocabulary.words import EventKind
from simulation.people import InventedPerson
from simulation.situations import Situation

TRIGGERS: Mapping[str, str] = {
    EventKind.ADMISSION_OCCURRED: "A01",
    EventKind.DISCHARGE_NOTIFIED: "A03",
    EventKind.DISCHARGE_CORRECTED: "A08",
    EventKind.DISCHARGE_CANCELLED: "A13",
}
HL7 = "application/hl7-v2"


@dataclass(frozen=True)
class ReceivedLetter:
    """A letter on an institution's topic."""

    kind: str
    id: str
    subject: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class RecordEnvelope:
    """Sender, id and moment of a record."""

    institution: str
    message_id: str
    at: datetime


@dataclass(frozen=True)
class WrittenRecord:
    """A record to publish. `notice`: id of the notice, shared by its resends; "" if it is no notice."""

    message_id: str
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()
    kind: str = ""
    notice: str = ""
    meant: str = ""  # key of the simulated discharge
    situation: str = ""
    discharged_at: str = ""  # the actual discharge, if it names one


@dataclass(frozen=True)
class Stay:
    """What a facility reports of one stay: its known moments."""

    person: InventedPerson
    reference: str
    moments: Mapping[str, datetime] = field(default_factory=dict)
    consent: bool | None = None
    doubtful: bool = False  # EVN-1 names another event than MSH-9


def event(envelope: RecordEnvelope, kind: str, data: Mapping[str, Any]) -> WrittenRecord:
    """A CloudEvents record; `subject` of the data becomes the attribute `subject`."""
    rest = {key: value for key, value in data.items() if key != "subject"}
    attributes = {
        "specversion": "1.0",
        "id": envelope.message_id,
        "type": kind,
        "source": f"urn:institution:{envelope.institution}",
        "time": envelope.at.isoformat(),
        "subject": str(data.get("subject", "")),
    }
    headers = tuple((f"ce_{name}", text.encode()) for name, text in attributes.items() if text)
    value = json.dumps(rest, ensure_ascii=False).encode()
    return WrittenRecord(envelope.message_id, value, (*headers, ("content-type", b"application/json")), kind)


def told_as_json(envelope: RecordEnvelope, kind: str, stay: Stay) -> WrittenRecord:
    """A discharge, death or admission as CloudEvents."""
    data: dict[str, Any] = {
        "person": _person(stay.person, with_number=stay.consent is not None),
        "discharge": {
            "reference": stay.reference,
            **{name: moment.isoformat() for name, moment in stay.moments.items()},
        },
        "actor": {"role": "discharge-nurse"},
    }
    if stay.consent is not None:
        data["consent"] = {"given": stay.consent}
    return event(envelope, kind, data)


def _person(person: InventedPerson, *, with_number: bool) -> dict[str, Any]:
    fields = {
        "name": person.name,
        "birth_date": person.birth_date.isoformat(),
        "phone": person.phone,
        "address": person.address,
        "sex": person.sex,
    }
    return {**fields, "patient_number": person.patient_number} if with_number else fields


def told_as_hl7(envelope: RecordEnvelope, kind: str, stay: Stay) -> WrittenRecord:
    """The same as an HL7 v2.5 ADT message, with segments ended by CR. ADT never has consent."""
    trigger = TRIGGERS[kind]
    person, moments, now = stay.person, stay.moments, _hl7(envelope.at)
    institution, message_id = envelope.institution, envelope.message_id
    name, number = f"{person.name[:1]}^{person.name[1:]}", f"{person.patient_number}^^^{institution}^MR"
    pid = {1: "1", 3: number, 5: name, 7: f"{person.birth_date:%Y%m%d}", 8: person.sex, 11: person.address}
    stayed = {19: stay.reference, 44: _at(moments, "admitted_at"), 45: _at(moments, "discharged_at")}
    segments = (
        f"MSH|^~\\&|HIS|{institution}|HANDOFF|CITY|{now}||ADT^{trigger}|{message_id}|P|2.5||||||UNICODE UTF-8",
        f"EVN|{'A01' if stay.doubtful else trigger}|{now}",
        _fields("PID", {**pid, 13: person.phone}),
        _fields("PV1", {2: "I", **stayed}),
    )
    return WrittenRecord(message_id, "\r".join((*segments, "")).encode(), (("content-type", HL7.encode()),), kind)


def _at(moments: Mapping[str, datetime], name: str) -> str:
    return _hl7(moments[name]) if name in moments else ""


def _hl7(moment: datetime) -> str:
    return f"{moment.astimezone(KST):%Y%m%d%H%M%S}+0900"


def _fields(segment: str, values: Mapping[int, str]) -> str:
    return "|".join([segment, *(values.get(number, "") for number in range(1, max(values) + 1))])


def broken(envelope: RecordEnvelope) -> WrittenRecord:
    """An unreadable record: its attributes are complete, its data is cut off."""
    whole = event(envelope, EventKind.DISCHARGE_NOTIFIED, {"person": {"name": ""}})
    return WrittenRecord(
        envelope.message_id, whole.value[:-9], whole.headers, whole.kind, situation=Situation.UNREADABLE
    )
