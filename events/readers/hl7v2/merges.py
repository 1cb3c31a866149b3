"""Reads the numbers of patients that a merge is about: MRG, and further segments PID (2.8, 3.3.24 and 3.3.40)."""

from collections.abc import Iterator

from events.readers.hl7v2.message import REPETITIONS, Message

_OF_MERGES = (1, 2, 4)  # prior patient numbers: list, alternate, and the one of older versions
_OF_PATIENTS = (3,)


def read(message: Message) -> tuple[str, ...]:
    """Every number under which one of its patients may be known besides the first PID-3, as written."""
    _, *others = message.every("PID") if "PID" in message.segments else ([],)
    retired = [number for fields in message.every("MRG") for number in _numbers(message, fields, _OF_MERGES)]
    of_others = [number for fields in others for number in _numbers(message, fields, _OF_PATIENTS)]
    return tuple(dict.fromkeys((*retired, *of_others)))


def _numbers(message: Message, fields: list[str], places: tuple[int, ...]) -> Iterator[str]:
    _, between, repeated, _, _ = message.separators
    for place in places:
        sent = fields[place].split(repeated, REPETITIONS)[:REPETITIONS] if place < len(fields) else ()
        yield from filter(None, (message.text(repetition.split(between), 1) for repetition in sent))
