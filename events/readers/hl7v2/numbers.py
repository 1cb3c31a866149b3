"""Reads the numbers of the person in an HL7 v2 message: PID-3, and PID-2 and PID-19 of older feeds."""

from events.readers.hl7v2.addresses import Doubting
from events.readers.hl7v2.message import Message
from handoff.rules import resident_number
from handoff.text import digits, is_filler

NATIONAL = frozenset(
    {"NI", "NN", "NNKOR", "SS", "RRN", "SSN", "NIKOR", "KR"}
)  # table 0203, and what Korean feeds write
PERHAPS_NATIONAL = frozenset({"", "SN", "RN"})  # a number of any kind: its form decides
SHORTEST = 13  # characters of a resident number
HOSPITAL = ("MR", "PI", "PT")  # numbers of a patient
# Passport, licence, visit, account, insurance, card, provider. Types with NN are national numbers of other countries.
OTHER_NUMBERS = frozenset(
    {*("PPN", "DL", "VN", "AN", "NH", "HC", "MC", "MA"), *("HI", "IN", "INS", "NHI", "NHIS", "BC", "CC", "NPI")}
)


def is_national(kind: str, number: str) -> bool:
    """Whether a number is a national one: by its type (CX.5), or as it is written if it has none.

    Args:
        kind: its type, in upper case.
        number: the number; with a hyphen it is the resident number, whatever type a hospital gives it.
    """
    if kind in NATIONAL:
        return True
    if len(number) < SHORTEST or kind.startswith("NN"):
        return False
    if kind in PERHAPS_NATIONAL:
        return resident_number.is_written_as_one(number)
    return resident_number.is_written_with_hyphen(number)


def read(message: Message, doubt: Doubting) -> tuple[str, str]:
    """The resident registration number, and the hospital's own number of the person as written; "" if missing.

    Both stand in PID-3; older feeds use PID-19 and PID-2. A masked registration number is missing. Calls `doubt` with
    code, place and words if two national numbers differ.
    """
    born = digits(message.first("PID", 7))[2:8]
    national, others = [], []
    for components in message.repetitions("PID", 3):
        kind, number = message.text(components, 5).upper(), message.text(components, 1)
        if not number or is_filler(number):
            continue
        if is_national(kind, number):
            national.append(number)
        elif not (kind in OTHER_NUMBERS or kind.startswith("NN") or resident_number.is_part(number, born)):
            others.append((kind, number))
    external = message.first("PID", 2)
    if is_filler(external) or resident_number.is_part(external, born):
        external = ""
    if external and is_national("", external):
        return _registration_number([*national, external], message.first("PID", 19), doubt), _own(others, "")
    return _registration_number(national, message.first("PID", 19), doubt), _own(others, external)


def _registration_number(listed: list[str], older: str, doubt: Doubting) -> str:
    """The first whole number, those of PID-3 before that of PID-19."""
    whole = next(filter(None, map(resident_number.whole, listed)), "")
    if listed and older and resident_number.differ(whole or listed[0], older):
        doubt("registration-numbers-differ", "PID-19", "PID-19 and PID-3 name different national numbers.")
    return whole or resident_number.whole(older)


def _own(numbers: list[tuple[str, str]], external: str) -> str:
    """The first number with the type of a patient number, else the first, else that of PID-2."""
    typed = next((number for kind, number in numbers if kind in HOSPITAL), "")
    return typed or (numbers[0][1] if numbers else external)
