"""A message while it is read, with the doubts that reading it raises."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from events.readers.hl7v2.message import Message
from events.readers.hl7v2.moments import moment, text_of, zone_of
from events.readers.hl7v2.patient_class import TABLE_0004, is_inpatient
from handoff.fact import Doubt
from handoff.profile.register import Habits
from handoff.vocabulary.states import StayClass

NO_STAY = tuple(code for code, stay_class in TABLE_0004.items() if stay_class != StayClass.INPATIENT)
CLOCKS_DIFFER = timedelta(minutes=10)  # how much the clocks of two machines may differ


def sent_trigger(message: Message) -> str:
    """The trigger event that MSH-9 names; "" if it names none."""
    return message.first("MSH", 9, 2).upper()


def stamped_trigger(message: Message) -> str:
    """The trigger event that EVN-1 names; "" if it names none, as the type of a message or a word does."""
    stamp = message.first("EVN", 1).upper()
    is_code = len(stamp) == len("A01") and stamp[0].isalpha() and stamp[1:].isdecimal() and stamp.isascii()
    return stamp if is_code else ""


@dataclass(slots=True)
class Reading:
    """A message while it is read.

    Attributes:
        known_at: when we received it, aware.
        habits: what is peculiar to its sender's messages.
        doubts: the doubts so far.
        zone: the zone of its moments without an offset.
        sent: the trigger event that MSH-9 names; "": it names none.
        stamped: the trigger event in EVN-1; "": it names none.
        inpatient: whether the patient class is that of an inpatient, whose stay ends with a discharge (PV1-2). The
            sender's own codes count before table 0004, and that before words. What is unknown is an inpatient's.
        without_effect: why the message changes nothing, unless it tells what always counts; "": it says something.
    """

    message: Message
    known_at: datetime
    habits: Habits
    doubts: list[Doubt]
    zone: tzinfo = field(init=False)
    sent: str = field(init=False)
    stamped: str = field(init=False)
    inpatient: bool = field(init=False)
    without_effect: str = ""

    def __post_init__(self) -> None:
        self.zone = self.habits.timezone or zone_of(self.message)
        self.sent = sent_trigger(self.message)
        self.stamped = stamped_trigger(self.message)
        self.inpatient = is_inpatient(self.message, self.habits.classes)

    def doubt(self, code: str, place: str, says: str) -> None:
        """Note what a person has to settle."""
        self.doubts.append(Doubt(code, place, says))

    def moment(self, segment: str, number: int) -> datetime | None:
        """The moment in a field; None if it is empty or unreadable, which adds a doubt."""
        text = text_of(self.message, segment, number)
        if not text:
            return None
        read = moment(text, self.zone)
        if read is None:
            self.doubt("moment-unreadable", f"{segment}-{number}", f"{segment}-{number} is not a moment.")
        return read
