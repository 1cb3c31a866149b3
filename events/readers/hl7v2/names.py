"""Reads the name of an HL7 v2 message: PID-5, whose repetitions are the same name in other scripts, and other names."""

from events.readers.hl7v2.charsets import HANGUL
from events.readers.hl7v2.message import Message
from events.readers.hl7v2.moments import is_over
from handoff.text import is_hangul, person_name

TYPE, VALID, END = 7, 10, 13  # XPN: the type, and until when it is valid (DR up to 2.6, a moment since 2.5)
LEGAL, DISPLAYED = frozenset({"", "L"}), "D"
OTHER_TYPES = ("C", "M", "B", "T", "A", "N", "S", "U")  # HL7 table 0200; an unknown type is like the first of them
UNIDENTIFIED, PSEUDONYM = "U", "S"
_HANGUL, _LATIN, _OTHER = range(3)


def read(message: Message) -> str:
    """The legal name as the resident register has it, in Hangul, before its romanised form, Hanja and other names.

    Korean feeds send family^given, or the whole name in the first component.
    """
    return _whole(message, chosen(message))


def name_type(message: Message) -> str:
    """The type (XPN.7) of the name that `read` takes; `UNIDENTIFIED` or `PSEUDONYM` if there is no true name."""
    several = message.separators[2] in message.field("PID", 5)
    return message.text(chosen(message), TYPE).upper() if several else message.first("PID", 5, TYPE).upper()


def chosen(message: Message) -> list[str]:
    """The repetition of PID-5 that is read, as components; empty without a name. The first of several equals."""
    repetitions = message.repetitions("PID", 5)
    if len(repetitions) < 2:  # noqa: PLR2004
        return repetitions[0] if repetitions else []
    ranked = [
        (rank, is_over(message, _end(message, parts)), script, number)
        for number, parts in enumerate(repetitions)
        if (name := _whole(message, parts))
        for rank, script in [_rank(name, message.text(parts, TYPE).upper())]
    ]
    return repetitions[min(ranked)[-1]] if ranked else []


def _whole(message: Message, parts: list[str]) -> str:
    words = [word for word in (message.text(parts, number) for number in (1, 2, 3)) if word]
    if len(words) > 1 and _is_whole(words[0], words[1]):
        del words[1]
    return person_name(("" if HANGUL.search("".join(words)) else " ").join(words))


def _end(message: Message, parts: list[str]) -> str:
    return message.text(parts, END) or "".join(parts[VALID - 1 : VALID]).partition(message.separators[4])[2]


def _is_whole(family: str, given: str) -> bool:
    """Whether the component of the family name has the given name, too: 홍길순^홍길순, 홍길순^길순."""
    if len(family) < 2 or len(given) < 2:  # noqa: PLR2004 - as most family names are
        return False
    whole = "".join(family.split())
    if not is_hangul(whole):
        return False
    return whole == "".join(given.split()) or (len(whole) > len(given) and whole.endswith(given))


def _rank(text: str, kind: str) -> tuple[int, int]:
    """A name that the register may have comes first: the legal one in Hangul, then one that is displayed in Hangul."""
    script = _HANGUL if HANGUL.search(text) else _LATIN if text[0] < "\u0250" else _OTHER
    if kind in LEGAL:
        return (0 if script == _HANGUL else 2), script
    if kind == DISPLAYED:
        return (1 if script == _HANGUL else 3), script
    return 4 + (OTHER_TYPES.index(kind) if kind in OTHER_TYPES else 0), script
