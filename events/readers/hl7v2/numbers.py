"""Reads the numbers of the person in an HL7 v2 message: PID-3, and PID-2, PID-4 and PID-19 of older feeds."""

from itertools import combinations

from events.readers.hl7v2.addresses import Doubting
from events.readers.hl7v2.message import Message
from handoff.rules import resident_number
from handoff.text import digits, is_filler

# Table 0203, and what Korean feeds write.
NATIONAL = frozenset(
    {
        *("NI", "NN", "NNKOR", "SS", "RRN", "SSN", "NIKOR", "KR", "JUMIN"),
        *("주민번호", "주민등록번호", "외국인번호", "외국인등록번호"),
    }
)
SHORTEST = 13  # characters of a resident number
HOSPITAL = ("MR", "PI", "PT")  # numbers of a patient
# Passport, licence, visit, account, insurance, card, provider. Types with NN are national numbers of other countries.
OTHER_NUMBERS = frozenset(
    {*("PPN", "DL", "VN", "AN", "NH", "HC", "MC", "MA"), *("HI", "IN", "INS", "NHI", "NHIS", "BC", "CC", "NPI")}
)
BY_HYPHEN = OTHER_NUMBERS | {*HOSPITAL}  # may have thirteen digits that only look like a resident number

Number = tuple[str, str]  # with where it stands, or with its type


def is_national(kind: str, number: str) -> bool:
    """Whether a number is a national one: by its type (CX.5), or else as it is written.

    Args:
        kind: its type, in upper case. Types of a hospital's own, and no type, say nothing: the form decides.
        number: the number; with a hyphen it is the resident number, whatever type a hospital gives it.
    """
    if kind in NATIONAL:
        return True
    if len(number) < SHORTEST or kind.startswith("NN"):
        return False
    if kind in BY_HYPHEN:
        return resident_number.is_written_with_hyphen(number)
    return resident_number.is_written_as_one(number)


def read(message: Message, doubt: Doubting) -> tuple[str, str]:
    """The resident registration number, and the hospital's own number of the person as written; "" if missing.

    Both stand in PID-3; older feeds use PID-19, PID-2 and PID-4. A masked registration number is missing. Calls `doubt`
    with code, place and words if two national numbers differ.
    """
    born = digits(message.first("PID", 7))[2:8]
    national: list[Number] = []
    own = _read_field(message, 3, born, national)
    older: list[Number] = []
    if message.sent("PID", 2) or message.sent("PID", 4):
        older = [number for field in (2, 4) for number in _read_field(message, field, born, national)]
    if elsewhere := message.first("PID", 19):
        national.append(("PID-19", elsewhere))
    if len(national) > 1:
        _compare(national, doubt)
    registration_number = ""
    for _, number in national:
        registration_number = registration_number or resident_number.whole(number)
    return registration_number, _own(own) or _own(older)


def _read_field(message: Message, field: int, born: str, national: list[Number]) -> list[Number]:
    """The hospital's own numbers in a field, with their types. Adds the national ones to `national`."""
    own = []
    for components in message.repetitions("PID", field):
        kind, number = message.text(components, 5).upper(), message.text(components, 1)
        if not number or is_filler(number):
            continue
        if is_national(kind, number):
            national.append((f"PID-{field}", number))
        elif not (kind in OTHER_NUMBERS or kind.startswith("NN") or resident_number.is_part(number, born)):
            own.append((kind, number))
    return own


def _compare(national: list[Number], doubt: Doubting) -> None:
    whole = {number: place for place, text in national if resident_number.birth_date(number := digits(text))}
    for one, (other, place) in combinations(whole.items(), 2):
        if resident_number.differ(one[0], other):
            doubt("registration-numbers-differ", place, "Two national numbers of the person differ.")
            return


def _own(numbers: list[Number]) -> str:
    """The first number with the type of a patient number, else the first."""
    typed = next((number for kind, number in numbers if kind in HOSPITAL), "")
    return typed or (numbers[0][1] if numbers else "")
