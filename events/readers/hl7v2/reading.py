"""A message while it is read, with the doubts that reading it raises."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from events.readers.hl7v2.message import Message
from events.readers.hl7v2.moments import moment
from handoff.fact import Doubt
from handoff.profile.register import Habits

CLOCKS_DIFFER = timedelta(minutes=10)  # how much the clocks of two machines may differ


@dataclass(slots=True)
class Reading:
    """A message while it is read: the message, when we received it, its sender's habits, and the doubts so far."""

    message: Message
    known_at: datetime
    habits: Habits
    doubts: list[Doubt]

    def doubt(self, code: str, place: str, says: str) -> None:
        """Note what a person has to settle."""
        self.doubts.append(Doubt(code, place, says))

    def moment(self, segment: str, number: int) -> datetime | None:
        """The moment in a field; None if it is empty or unreadable, which adds a doubt."""
        text = self.message.first(segment, number)
        if not text:
            return None
        read = moment(text)
        if read is None:
            self.doubt("moment-unreadable", f"{segment}-{number}", f"{segment}-{number} is not a moment.")
        return read
