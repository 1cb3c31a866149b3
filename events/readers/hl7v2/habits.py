"""What a sender's habits change before its message is read: a stamped EVN-1, and trigger events that it passes over."""

from events.readers.hl7v2.flags import always_counts
from events.readers.hl7v2.message import Message
from events.readers.hl7v2.reading import sent_trigger, stamped_trigger
from handoff.profile.register import Habits


def unstamped(message: Message, habits: Habits) -> Message:
    """The message without EVN-1 if its sender stamps the same code into every message."""
    return message.without("EVN", 1) if habits.event_stamped and message.sent("EVN", 1) else message


def filtered(message: Message, habits: Habits) -> bool:
    """Whether the sender's filter passes a message over. A death or a restriction of access never is."""
    return in_filter(message, habits) and not always_counts(message, habits.dispositions)


def in_filter(message: Message, habits: Habits) -> bool:
    """Whether the sender's filter names the trigger event, also in EVN-1."""
    if not habits.ignored:
        return False
    events = {sent_trigger(message), stamped_trigger(message)} - {""}
    return bool(events) and events <= set(habits.ignored)
