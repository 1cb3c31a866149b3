"""What a sender's habits change before its message is read: a stamped EVN-1, and trigger events that it passes over."""

from events.readers.hl7v2 import deaths as told
from events.readers.hl7v2.message import Message
from events.readers.hl7v2.triggers import trigger
from handoff.fact import Discharge
from handoff.profile.register import Habits
from handoff.rules import deaths


def unstamped(message: Message, habits: Habits) -> Message:
    """The message without EVN-1 if its sender stamps the same code into every message."""
    return message.without("EVN", 1) if habits.event_stamped and message.sent("EVN", 1) else message


def passed_over(message: Message, habits: Habits) -> bool:
    """Whether the sender's filter names the trigger event, also in EVN-1. A death is never passed over."""
    if not habits.ignored:
        return False
    events = {trigger(message), message.first("EVN", 1)} - {""}
    return bool(events) and events <= set(habits.ignored) and not _tells_death(message, habits)


def _tells_death(message: Message, habits: Habits) -> bool:
    code = message.first("PV1", 36)
    goes = told.in_texts(message) or habits.dispositions.get(code, "")
    return told.in_message(message)[0] or deaths.tells_death(Discharge(disposition=code, goes=goes))
