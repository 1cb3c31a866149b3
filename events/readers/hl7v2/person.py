"""Reads the person of an HL7 v2 message: segment PID, which feeds fill in different ways."""

from collections.abc import Callable, Sequence
from datetime import date

from events.contract.incoming import whole_number
from events.readers.hl7v2.charsets import HANGUL
from events.readers.hl7v2.message import Message
from events.readers.hl7v2.moments import moment
from handoff.fact import Person

NATIONAL = frozenset({"NI", "NN", "NNKOR", "SS", "RRN"})  # HL7 table 0203, and what Korean feeds write
OTHER_NUMBERS = NATIONAL | {"PPN", "DL", "VN", "AN", "NH"}  # passport, licence, visit, account, insurance
KOREA = frozenset({"", "KOR", "KR", "KOREA", "대한민국", "한국"})
ADDRESS_CODE = (5, 10)  # digits

Doubting = Callable[[str, str, str], None]


def read(message: Message, doubt: Doubting) -> Person:
    """The person of segment PID. Calls `doubt` with code, place and words for each contradiction."""
    address, address_code = _address(message, doubt)
    return Person(
        name=_name(message),
        birth_date=_birth_date(message, doubt),
        sex=message.first("PID", 8),
        registration_number=_registration_number(message, doubt),
        patient_number=_patient_number(message),
        phone=_phone(message),
        address=address,
        address_code=address_code,
    )


def _preferred(repetitions: list[list[str]], component: int, order: Sequence[str]) -> list[str]:
    """The repetition whose type comes first in `order`; if several do, or none is in it, the first of them."""
    rank = {code: place for place, code in enumerate(order)}

    def place(components: list[str]) -> int:
        code = components[component - 1] if len(components) >= component else ""
        return rank.get(code, len(rank))

    return min(repetitions, key=place, default=[])


def _name(message: Message) -> str:
    """The legal name. Korean feeds send family^given, or the whole name in the first component."""
    repetitions = [repetition for repetition in message.repetitions("PID", 5) if any(repetition[:3])]
    if not repetitions:
        return ""
    name = _preferred(repetitions, 7, ("L", "", "N")) if len(repetitions) > 1 else repetitions[0]
    parts = [part for part in (message.text(name, number) for number in (1, 2, 3)) if part]
    return ("" if HANGUL.search("".join(parts)) else " ").join(parts)


def _birth_date(message: Message, doubt: Doubting) -> date | None:
    text = message.first("PID", 7)
    born = moment(text) if text else None
    if text and born is None:
        doubt("moment-unreadable", "PID-7", "The date of birth is not a day.")
    return born.date() if born else None


def _numbers(message: Message) -> list[tuple[str, str]]:
    """Type and text of every number in PID-3."""
    return [(message.text(number, 5), message.text(number, 1)) for number in message.repetitions("PID", 3)]


def _registration_number(message: Message, doubt: Doubting) -> str:
    """The resident registration number: PID-3 with a national type, or PID-19 where older feeds put it."""
    listed = next((number for kind, number in _numbers(message) if kind in NATIONAL), "")
    older = message.first("PID", 19)
    if listed and older and _bare(listed) != _bare(older):
        doubt("registration-numbers-differ", "PID-19", "PID-19 and PID-3 name different national numbers.")
    return whole_number(listed) or whole_number(older)


def _bare(number: str) -> str:
    return "".join(filter(str.isalnum, number))


def _patient_number(message: Message) -> str:
    """The hospital's own number of the person: PID-3, else PID-2, as old feeds send it."""
    numbers = [(kind, number) for kind, number in _numbers(message) if number and kind not in OTHER_NUMBERS]
    typed = next((number for kind, number in numbers if kind in ("MR", "PI", "PT")), "")
    return typed or (numbers[0][1] if numbers else "") or message.first("PID", 2)


def _phone(message: Message) -> str:
    """The first telephone number of PID-13, else of PID-40: whole, or joined from area code and number."""
    for components in (*message.repetitions("PID", 13), *message.repetitions("PID", 40)):
        pieces = (message.text(components, 6), message.text(components, 7))
        number = message.text(components, 1) or message.text(components, 12) or "-".join(filter(None, pieces))
        if number:
            return number
    return ""


def _address(message: Message, doubt: Doubting) -> tuple[str, str]:
    """The registered (legal) address in Korean order, province first, and its administrative code; "" if missing."""
    repetitions = [repetition for repetition in message.repetitions("PID", 11) if any(repetition[:6])]
    if not repetitions:
        return "", ""
    address = _preferred(repetitions, 7, ("L", "P", "H", "")) if len(repetitions) > 1 else repetitions[0]
    if message.text(address, 6).upper() not in KOREA:
        doubt("address-abroad", "PID-11", "The address is in another country.")
    street, further = message.text(address, 1, " "), message.text(address, 2)
    region = [part for part in (message.text(address, 4), message.text(address, 3)) if part and part not in street]
    code = message.text(address, 9)
    is_code = code.isascii() and code.isdecimal() and len(code) in ADDRESS_CODE
    return " ".join(filter(None, (*region, street, further))), code if is_code else ""
