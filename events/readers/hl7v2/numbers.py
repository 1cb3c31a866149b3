"""Reads the numbers of the person in an HL7 v2 message: PID-3, and PID-2 and PID-19 of older feeds."""

from events.readers.hl7v2.addresses import Doubting
from events.readers.hl7v2.message import Message
from handoff.rules import resident_number

NATIONAL = frozenset({"NI", "NN", "NNKOR", "SS", "RRN"})  # HL7 table 0203, and what Korean feeds write
HOSPITAL = ("MR", "PI", "PT")  # numbers of a patient
# Passport, licence, visit, account, insurance. Types that begin with NN are national numbers of other countries.
OTHER_NUMBERS = frozenset({"PPN", "DL", "VN", "AN", "NH", "HC", "MC", "MA"})


def is_national(kind: str, number: str) -> bool:
    """Whether a number is a national one: by its type (CX.5), or as it is written if it has none.

    Args:
        kind: its type.
        number: the number; with a hyphen it is the resident number, whatever type a hospital gives it.
    """
    if kind.upper() in NATIONAL:
        return True
    if kind and kind.upper() not in HOSPITAL:
        return False
    return resident_number.is_written_with_hyphen(number) if kind else resident_number.is_written_as_one(number)


def registration_number(message: Message, doubt: Doubting) -> str:
    """The resident registration number: PID-3, or PID-19 and PID-2, where older feeds put it; "" if it is masked.

    Calls `doubt` with code, place and words if two numbers differ.
    """
    listed = [number for kind, number in _listed(message) if number and is_national(kind, number)]
    older = message.first("PID", 19)
    if listed and resident_number.differ(_best(listed), older):
        doubt("registration-numbers-differ", "PID-19", "PID-19 and PID-3 name different national numbers.")
    external = message.first("PID", 2)
    numbers = [*listed, older, *([external] if is_national("", external) else [])]
    return next(filter(None, map(resident_number.whole, numbers)), "")


def patient_number(message: Message) -> str:
    """The hospital's own number of the person, as written: PID-3, else PID-2, as old feeds send it."""
    numbers = [
        (kind.upper(), number)
        for kind, number in _listed(message)
        if number and not is_national(kind, number) and not _other(kind.upper())
    ]
    typed = next((number for kind, number in numbers if kind in HOSPITAL), "")
    if typed or numbers:
        return typed or numbers[0][1]
    external = message.first("PID", 2)
    return "" if is_national("", external) else external


def _other(kind: str) -> bool:
    return kind in OTHER_NUMBERS or kind.startswith("NN")


def _listed(message: Message) -> list[tuple[str, str]]:
    """Type and text of every number in PID-3."""
    return [(message.text(number, 5), message.text(number, 1)) for number in message.repetitions("PID", 3)]


def _best(numbers: list[str]) -> str:
    """The first whole number, else the first."""
    return next(filter(resident_number.whole, numbers), numbers[0])
