"""Writes the messages of the feed as the hospital's interface engine does (HL7 v2.5.1, UTF-8)."""

from datetime import datetime, timedelta
from typing import Any

from simulation.feed.patients import Patient
from simulation.feed.stories import FeedMessage


def written(message: FeedMessage, at: datetime, number: int, patient: Patient) -> str:
    """One message, its lines ended by CR.

    Args:
        message: what happens, and what is not usual in it: `patient_class`, `discharged` (minutes before),
            `disposition`, `expected` (days after), `visit` (number of a further visit), `name`, `phone`, `dead`,
            `protected`, `merged`, `processing`.
        at: when it is written.
        number: of the message on the day.
        patient: whom it is about.
    """
    trigger, fields = message.trigger, dict(message.fields)
    kind = "REF" if trigger.startswith("I") else "ADT"
    processing = fields.get("processing", "P")
    stamp, control = f"{at:%Y%m%d%H%M%S}", f"{at:%Y%m%d}-{number:06}"
    lines = [
        f"MSH|^~\\&|HIS|GMH|HANDOFF|GM|{stamp}+0900||{kind}^{trigger}|{control}|{processing}|2.5.1||||||UNICODE UTF-8",
        f"EVN|{trigger}|{stamp}|||N1|{at:%Y%m%d%H%M}",
        _person(patient, fields),
    ]
    if fields.get("protected"):
        lines.append("PD1" + "|" * 12 + fields["protected"])
    if fields.get("merged"):
        lines.append(f"MRG|9{patient.patient_number[1:]}^^^GMH^PI")
    lines.append(_visit(at, patient, fields))
    if "expected" in fields:
        lines.append("PV2" + "|" * 9 + f"{at + timedelta(days=fields['expected']):%Y%m%d}")
    return "".join(f"{line}\r" for line in lines)


def _person(patient: Patient, fields: dict[str, Any]) -> str:
    name = fields.get("name", f"{patient.name}^^^^^L")
    phone = fields.get("phone", patient.phone)
    begin = f"PID|1||{patient.patient_number}^^^GMH^PI||{name}||{patient.born:%Y%m%d}|{patient.sex}|||{patient.address}"
    return f"{begin}||{phone}" + ("|" * 17 + fields["dead"] if "dead" in fields else "")


def _visit(at: datetime, patient: Patient, fields: dict[str, Any]) -> str:
    visit = f"{patient.visit}-{fields.get('visit', 1)}"
    admitted = at - timedelta(days=0 if "visit" in fields else 9)
    discharged = f"{at - timedelta(minutes=fields['discharged']):%Y%m%d%H%M}" if "discharged" in fields else ""
    begin = f"PV1|1|{fields.get('patient_class', 'I')}|501^1^1" + "|" * 16 + f"{visit}^^^GMH^VN"
    return f"{begin}{'|' * 17}{fields.get('disposition', '')}{'|' * 8}{admitted:%Y%m%d%H%M}|{discharged}"
