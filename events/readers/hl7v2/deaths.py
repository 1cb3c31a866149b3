"""What the fields of an HL7 v2 message say of a death: PID-29, PID-30 and the texts of PV1-36."""

from collections.abc import Mapping

from events.readers.hl7v2.message import Message
from events.readers.hl7v2.moments import text_of
from events.readers.hl7v2.yes_no import answer
from handoff.fact import Discharge
from handoff.rules import deaths
from handoff.text import is_filler
from handoff.vocabulary.states import Destination

NULL = '""'  # HL7's null: the sender deletes the value that it sent before
_DIED = frozenset({"D", "DEAD", "DECEASED", "EXPIRED", "사망", "사망함", "死亡"})  # PID-30 in other words
_LIVES = frozenset({"생존", "생존중", "ALIVE"})
_NOT_TOLD = frozenset({"U", "UNK", "ASKU", "NI"})
TEXTS = (2, 5)  # components of PV1-36 that are texts


def in_message(message: Message) -> tuple[bool, bool | None]:
    """What PID-29 and PID-30 of an HL7 v2 message say: whether the person died, and True if they say "not died".

    A PID-29 or PID-30 that cannot be read tells a death too: the reader has a doubt about it.
    """
    flag = message.first("PID", 30)
    died = flag_of(flag)
    alive = died is False or message.sent("PID", 30) == NULL
    return bool(died or is_unclear(flag) or text_of(message, "PID", 29)), alive or None


def flag_of(text: str) -> bool | None:
    """Whether a flag of a death (PID-30) says that the person died, or lives; None: it says neither."""
    if not text:
        return None
    plain = text.upper()
    return True if plain in _DIED else False if plain in _LIVES else answer(text)


def is_unclear(text: str) -> bool:
    """Whether a flag of a death says something that is neither yes nor no, nor a word for nothing."""
    return bool(text) and flag_of(text) is None and text.upper() not in _NOT_TOLD and not is_filler(text)


def in_texts(message: Message) -> str:
    """What a text of PV1-36 says: that the person died, goes to another hospital or has not left; "" if nothing."""
    if message.separators[1] not in message.sent("PV1", 36):
        return ""
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
