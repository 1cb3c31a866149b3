"""Reads the discharge or admission that an HL7 v2 message tells: segments EVN, PV1 and PV2."""

from datetime import datetime, timedelta

from events.contract.incoming import month_or_year
from events.readers.hl7v2 import deaths
from events.readers.hl7v2.message import Message
from events.readers.hl7v2.moments import moment, text_of
from events.readers.hl7v2.reading import CLOCKS_DIFFER, Reading
from events.readers.hl7v2.triggers import Trigger, about_stay
from events.readers.precision import told_less_closely
from handoff.fact import Discharge
from handoff.rules.deaths import tells_death
from handoff.vocabulary.words import EventKind

SAME_EVENT = timedelta(days=7)  # EVN-6 and PV1-45 may differ: a discharge may be recorded days later


def read_discharge(reading: Reading, trigger: Trigger, kind: str) -> tuple[Discharge, datetime]:
    """The discharge, and when the event occurred: EVN-6, else EVN-2. Moments in the future do not count."""
    message, occurred_at, recorded_at = reading.message, reading.moment("EVN", 6), _recorded_at(reading)
    discharged_at, died_at = reading.moment("PV1", 45), reading.moment("PID", 29)
    if kind == EventKind.DISCHARGE_NOTIFIED:
        if discharged_at is None:
            discharged_at = _instead(reading, occurred_at, recorded_at)
        elif occurred_at and abs(occurred_at - discharged_at) > SAME_EVENT:
            reading.doubt(
                "event-moment-differs", "EVN-6", "The event occurred on another day than the discharge in PV1-45."
            )
    moves = about_stay(trigger, reading)
    if kind == EventKind.DISCHARGE_CORRECTED and moves:
        _deleted(reading, discharged_at)
    expected_at = _expected_at(reading, kind, discharged_at)
    if kind == EventKind.DISCHARGE_EXPECTED:
        expected_at, discharged_at = _planned(reading, expected_at or discharged_at), None
    died, alive = deaths.in_message(message)
    discharge = Discharge(
        expected_at=expected_at if moves else None,
        discharged_at=discharged_at if moves else None,
        admitted_at=reading.moment("PV1", 44),
        died_at=died_at,
        death=died,
        **_disposition(reading, moves=moves),
        alive=alive,
        pending=trigger == Trigger.A25,
        precision=_precision(message),
    )
    _written_before_it_happened(reading, kind, discharge)
    return discharge, next(filter(reading.known_at.__ge__, filter(None, (occurred_at, recorded_at))), reading.known_at)


def _expected_at(reading: Reading, kind: str, discharged_at: datetime | None) -> datetime | None:
    """The moment of the expected discharge (PV2-9). One that cannot be read is a doubt only if it decides something."""
    text = text_of(reading.message, "PV2", 9)
    if not text:
        return None
    decides = kind == EventKind.DISCHARGE_EXPECTED or (kind == EventKind.DISCHARGE_CORRECTED and not discharged_at)
    if not decides or month_or_year(text):
        return moment(text, reading.zone)
    return reading.moment("PV2", 9)


def _disposition(reading: Reading, *, moves: bool) -> dict[str, str]:
    """The disposition. In data of a person it is that of a stay long over, unless it is a death."""
    code, goes = reading.message.first("PV1", 36), deaths.in_texts(reading.message)
    meant = goes or reading.habits.dispositions.get(code, "")
    if moves or tells_death(Discharge(disposition=code, goes=meant)):
        return {"disposition": code, "goes": goes}
    return {}


def _planned(reading: Reading, expected_at: datetime | None) -> datetime | None:
    """The moment of a pending discharge: PV2-9, PV1-45, else EVN-3. Without it a person asks when it will be."""
    planned_at = expected_at or reading.moment("EVN", 3)
    if planned_at is None:
        reading.doubt("expected-moment-missing", "PV2-9", "Neither PV2-9 nor EVN-3 says when the person will leave.")
    return planned_at


def _deleted(reading: Reading, discharged_at: datetime | None) -> None:
    """A correction that deletes the discharge's moment: a person finds out whether the person left, and when."""
    if reading.message.deletes("PV1", 45):
        reading.doubt("discharge-moment-deleted", "PV1-45", "The moment of the discharge is deleted.")
    if discharged_at is None and reading.message.deletes("PV2", 9):
        reading.doubt("expected-moment-deleted", "PV2-9", "The moment of the expected discharge is deleted.")


def _precision(message: Message) -> dict[str, int]:
    """How closely the moments of the discharge were told. The first field counts that says the moment."""
    left = text_of(message, "PV1", 45) or text_of(message, "EVN", 6) or text_of(message, "EVN", 2)
    return told_less_closely(
        {
            "discharged_at": left,
            "expected_at": text_of(message, "PV2", 9),
            "admitted_at": text_of(message, "PV1", 44),
            "died_at": text_of(message, "PID", 29),
        }
    )


def _recorded_at(reading: Reading) -> datetime | None:
    recorded_at = reading.moment("EVN", 2)
    if recorded_at and recorded_at > reading.known_at + CLOCKS_DIFFER:
        reading.doubt("recorded-in-future", "EVN-2", "The event was recorded in the future.")
    return recorded_at


def _instead(reading: Reading, occurred_at: datetime | None, recorded_at: datetime | None) -> datetime | None:
    """The moment of discharge in an A03 without PV1-45.

    EVN-6 is by definition the moment of the event. EVN-2, when it was recorded, counts for a week. Without both the
    discharge has no moment, and a person asks for it.
    """
    if occurred_at:
        return occurred_at
    if recorded_at and abs(reading.known_at - recorded_at) <= SAME_EVENT:
        return recorded_at
    reading.doubt("discharge-moment-missing", "PV1-45", "Neither PV1-45 nor EVN-6 says when the person left.")
    return None


def _written_before_it_happened(reading: Reading, kind: str, discharge: Discharge) -> None:
    happened = discharge.discharged_at if kind == EventKind.DISCHARGE_NOTIFIED else discharge.admitted_at
    written = moment(reading.message.first("MSH", 7), reading.zone)
    if (
        happened
        and written
        and happened - written > SAME_EVENT
        and kind in (EventKind.DISCHARGE_NOTIFIED, EventKind.ADMISSION_OCCURRED)
    ):
        reading.doubt("written-before-event", "MSH-7", "The message is older than the event in it.")
