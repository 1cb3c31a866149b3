"""The place of each of our fields in a sender's record, to name it to the sender."""

_HL7 = {
    "discharge.expected_at": "PV2-9",
    "discharge.discharged_at": "PV1-45",
    "discharge.admitted_at": "PV1-44",
    "discharge.died_at": "PID-29",
    "discharge.death": "PID-30",
    "discharge.disposition": "PV1-36",
    "person.name": "PID-5",
    "person.birth_date": "PID-7",
    "person.registration_number": "PID-19",
    "person.patient_number": "PID-3",
    "person.phone": "PID-13",
    "person.address": "PID-11",
    "person.address_code": "PID-11",
    "person.language": "PID-15",
    "person.contact_name": "NK1-2",
    "person.contact_relation": "NK1-3",
    "person.contact_phone": "NK1-5",
    "person.carer_name": "NK1-2",
    "person.carer_relation": "NK1-3",
    "person.carer_phone": "NK1-5",
    "reference": "PV1-19",
}


def place(form: str, field: str) -> str:
    """The place of a field (`discharge.died_at`) in a record of this form: `PID-29`, `/discharge/died_at`.

    A notice that was typed in has no places: its fields keep our names.
    """
    if form == "hl7v2":
        return _HL7.get(field, field)
    if form == "cloudevents":
        field = field.replace("contact_", "contact.").replace("carer_", "carer.")
        return "/" + field.replace(".", "/").replace("reference", "discharge/reference")
    return field
