"""What the fields of an HL7 v2 message say of a death: PID-29, PID-30 and the texts of PV1-36."""

from collections.abc import Mapping

from events.readers.hl7v2.message import Message
from events.readers.hl7v2.moments import text_of
from handoff.fact import Discharge
from handoff.rules import deaths
from handoff.vocabulary.states import Destination

NULL = '""'  # HL7's null: the sender deletes the value that it sent before
YES, NO = frozenset({"Y", "YES"}), frozenset({"N", "NO"})
TEXTS = (2, 5)  # components of PV1-36 that are texts


def in_message(message: Message) -> tuple[bool, bool | None]:
    """What PID-29 and PID-30 of an HL7 v2 message say: whether the person died, and True if they say "not died".

    A PID-29 that cannot be read tells a death too: the reader has a doubt about it.
    """
    flag = message.first("PID", 30).upper()
    died = flag in YES or bool(text_of(message, "PID", 29))
    return died, True if flag in NO or message.sent("PID", 30) == NULL else None


def in_texts(message: Message) -> str:
    """What a text of PV1-36 says: that the person died, goes to another hospital or has not left; "" if nothing."""
    texts = [text for component in TEXTS if (text := message.first("PV1", 36, component))]
    if any(map(deaths.says_death, texts)):
        return Destination.DIED
    return next(filter(None, (deaths.by_words(text) for text in texts)), "")


def tells_death(message: Message, dispositions: Mapping[str, str]) -> bool:
    """Whether a message tells a death in any way: PID-29, PID-30, or the disposition.

    Args:
        message: the message.
        dispositions: the sender's own codes for dispositions, and the `Destination` that each means.
    """
    if in_message(message)[0]:
        return True
    code = message.first("PV1", 36)
    goes = in_texts(message) or dispositions.get(code, "")
    return bool(code or goes) and deaths.tells_death(Discharge(disposition=code, goes=goes))
