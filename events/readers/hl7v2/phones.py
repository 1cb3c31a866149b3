"""Reads the telephone number of an HL7 v2 message: PID-13, PID-40 and PID-14, by type and use."""

import re
from collections.abc import Iterator

from events.readers.hl7v2.message import Message
from handoff.rules import phones

FAX = frozenset({"FX", "FAX", "F", "FACSIMILE", "팩스"})
NO_CALL = FAX | {"MD", "BP", "INTERNET", "X.400"}  # table 0202: fax, modem, pager, mail
NO_CALL_USE = FAX | {"NET", "BPN"}  # table 0201: mail, pager; some feeds write a fax here
ALSO_A_PHONE = re.compile("겸|전화|PHONE|PH/|TEL(?!EFA)")  # 전화겸팩스
NO_PHONE = re.compile("FAX|FACS|팩스|팩시|모사전송|호출기|삐삐|PAGER|BEEPER|MODEM")
OF_OTHERS = re.compile("보호자|가족|비상|GUARDIAN|EMERGENCY")
AT_WORK = re.compile("직장|회사|근무|사무실|WORK|OFFICE|BUSINESS|COMPANY")
TEXT_TELEPHONES = frozenset({"TDD", "TTY"})
WORK, TEXT = 3, 4
ORDINARY = frozenset({"", "PRN", "PH", "CP", "CELL"})
# Another home, an emergency number, work.
RANKS = {**dict.fromkeys(("", "PRN"), 0), "ORN": 1, "VHN": 2, "EMR": 2, "ASN": WORK, "WPN": WORK}


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
            if equipment in NO_CALL or use in NO_CALL_USE or _is_no_phone(use) or _is_no_phone(equipment):
                continue
            number = _number(message, parts)
            if number:
                yield TEXT if equipment in TEXT_TELEPHONES else max(_rank(use), at_least), number


def _is_no_phone(word: str) -> bool:
    """Whether a use or an equipment in words is a fax or pager alone: 자택팩스, fax machine."""
    return word not in ORDINARY and NO_PHONE.search(word) is not None and not ALSO_A_PHONE.search(word)


def _rank(use: str) -> int:
    rank = RANKS.get(use)
    if rank is None:
        return WORK if AT_WORK.search(use) else RANKS["EMR"] if OF_OTHERS.search(use) else 0
    return rank


def _number(message: Message, parts: list[str]) -> str:
    """The number as a whole (XTN.1, XTN.12), else joined from its parts; "" if nobody can be called by it."""
    whole = phones.contact(message.text(parts, 1)) or phones.contact(message.text(parts, 12))
    if whole or len(parts) < 6:  # noqa: PLR2004
        return whole
    country, area, local, extension = (message.text(parts, number) for number in (5, 6, 7, 8))
    return phones.contact(phones.joined(country, area, local, extension))
