"""The resident registration number of Korea: six digits of the birth date, one of sex and century, six more."""

import re
from datetime import date

from handoff.text import digits, folded

_DIGITS, _DATE_DIGITS, _LAST = 13, 6, 6
_CENTURIES = {**dict.fromkeys("1256", 1900), **dict.fromkeys("3478", 2000), **dict.fromkeys("90", 1800)}
_HYPHEN = r"\s?[-/.\u2010-\u2015\u2212]?\s?"
_WRITTEN = re.compile(rf"(\d{{6}}){_HYPHEN}(\d{{7}}|[\dx*●○•◯■□?#_]{{7}})")
_HIDDEN = re.compile(r"[*●○•◯■□]|xxx")
_BEGINNING = re.compile(rf"(\d{{6}}){_HYPHEN}\d?[x?#_]*")
_OF_SOMEBODY_LIVING = frozenset("12345678")
_OF_FOREIGNERS = frozenset("5678")


def whole(text: str) -> str:
    """The thirteen digits of a number, of any width; "" if it is masked, also by equal digits, or incomplete.

    The last six of a masked number are often all zero (430214-2000000), all one or all nine.
    """
    number = digits(text)
    return number if len(number) == _DIGITS and not _is_filled(number) else ""


def birth_date(number: str) -> date | None:
    """The birth date in a whole number; None if the number has none."""
    number = whole(number)
    return _date(number) if number else None


def is_written_as_one(text: str) -> bool:
    """Whether a text without a type is such a number, also if masked: its date exists, and so does its century."""
    match = _WRITTEN.fullmatch(folded(text).strip())
    if match is None:
        return False
    first, rest = match.groups()
    if rest[0] in _CENTURIES and not _is_filled(rest):
        return rest[0] in _OF_SOMEBODY_LIVING and _date(first + rest) is not None
    return _date(f"{first}3") is not None  # 2000 was a leap year: any date of a birth exists then, but not in 1900


def is_written_with_hyphen(text: str) -> bool:
    """Whether a text is such a number in its usual form, with a hyphen or a mask: no other number looks like it."""
    return is_written_as_one(text) and not folded(text).strip().isdecimal()


def differ(one: str, other: str) -> bool:
    """Whether two texts are whole numbers, with a birth date, that one person cannot have. Other texts are not.

    Somebody naturalised has two: the number of a foreigner, and a resident number with the same birth date.
    """
    first, second = whole(one), whole(other)
    if first == second or birth_date(first) is None or birth_date(second) is None:
        return False
    naturalised = (first[_DATE_DIGITS] in _OF_FOREIGNERS) != (second[_DATE_DIGITS] in _OF_FOREIGNERS)
    return not (naturalised and birth_date(first) == birth_date(second))


def is_part(text: str, born: str) -> bool:
    """Whether a text is a masked number, or only its first six or seven digits: no number of its own.

    Args:
        text: a number without a type, or with that of a patient number.
        born: the birth date of the person, YYMMDD; "" if it is unknown.
    """
    if text.isdecimal() and len(text) not in (_DATE_DIGITS, _DATE_DIGITS + 1):
        return False
    plain = folded(text).strip()
    if _HIDDEN.search(plain):
        return True
    match = _BEGINNING.fullmatch(plain)
    if match is None:
        return False
    return match[1] == born if born else not plain.isdecimal() and _date(f"{match[1]}3") is not None


def _is_filled(number: str) -> bool:
    """Whether the last six digits are all the same."""
    return number[-_LAST:].count(number[-1]) == _LAST


def _date(number: str) -> date | None:
    """The date in the first seven characters: YYMMDD, and the digit that tells the century."""
    century = _CENTURIES.get(number[_DATE_DIGITS])
    try:
        return date(century + int(number[:2]), int(number[2:4]), int(number[4:6])) if century else None
    except ValueError:
        return None
