"""Reads the telephone number of an HL7 v2 message: PID-13, PID-40 and PID-14, by type and use."""

from collections.abc import Iterator

from events.readers.hl7v2.message import Message
from handoff.rules import phones

FAX = frozenset({"FX", "FAX", "F", "FACSIMILE", "팩스"})
NO_CALL = FAX | {"MD", "BP", "INTERNET", "X.400"}  # table 0202: fax, modem, pager, mail
NO_CALL_USE = FAX | {"NET", "BPN"}  # table 0201: mail, pager; some feeds write a fax here
TEXT_TELEPHONES = frozenset({"TDD", "TTY"})
WORK, TEXT = 3, 4
RANKS = {"ORN": 1, "VHN": 2, "EMR": 2, "ASN": WORK, "WPN": WORK}  # another home, an emergency number, work


def read(message: Message) -> str:
    """The number by which the person is reached: of the home or a mobile, else of the work. "" if there is none."""
    best, worst = "", TEXT + 1
    for rank, number in _numbers(message):
        if rank == 0:
            return number
        if rank < worst:
            best, worst = number, rank
    return best


def _numbers(message: Message) -> Iterator[tuple[int, str]]:
    """Each number with its rank, lowest first."""
    for field, at_least in ((13, 0), (40, 0), (14, WORK)):
        for parts in message.repetitions("PID", field):
            use, equipment = message.text(parts, 2).upper(), message.text(parts, 3).upper()
            if equipment in NO_CALL or use in NO_CALL_USE:
                continue
            number = _number(message, parts)
            if number:
                yield TEXT if equipment in TEXT_TELEPHONES else max(RANKS.get(use, 0), at_least), number


def _number(message: Message, parts: list[str]) -> str:
    """The number as a whole (XTN.1, XTN.12), else joined from its parts; "" if nobody can be called by it."""
    whole = phones.contact(message.text(parts, 1)) or phones.contact(message.text(parts, 12))
    if whole or len(parts) < 6:  # noqa: PLR2004
        return whole
    country, area, local, extension = (message.text(parts, number) for number in (5, 6, 7, 8))
    return phones.contact(phones.joined(country, area, local, extension))
