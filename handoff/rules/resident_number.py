"""The resident registration number of Korea: six digits of the birth date, one of sex and century, six more."""

import re
from datetime import date

from handoff.text import digits, folded

_DIGITS, _DATE_DIGITS = 13, 6
_CENTURIES = {**dict.fromkeys("1256", 1900), **dict.fromkeys("3478", 2000), **dict.fromkeys("90", 1800)}
_WRITTEN = re.compile(r"(\d{6})\s?[-\u2010-\u2015\u2212]?\s?(\d{7}|[\dx*●○•?#_]{7})")
_MASK = re.compile(r"[*●○•◯■□?#_]|xx")
_OF_SOMEBODY_LIVING = frozenset("12345678")


def whole(text: str) -> str:
    """The thirteen digits of a number, of any width; "" if it is masked, incomplete or a placeholder (all the same)."""
    number = digits(text)
    return number if len(number) == _DIGITS and len(set(number)) > 1 else ""


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
    if rest[0] in _CENTURIES:
        return rest[0] in _OF_SOMEBODY_LIVING and _date(first + rest) is not None
    return _date(f"{first}3") is not None  # 2000 was a leap year: any date of a birth exists then, but not in 1900


def is_written_with_hyphen(text: str) -> bool:
    """Whether a text is such a number in its usual form, with a hyphen or a mask: no other number looks like it."""
    return is_written_as_one(text) and not folded(text).strip().isdecimal()


def differ(one: str, other: str) -> bool:
    """Whether both are given, and differ. A masked or incomplete number contradicts nothing."""
    if is_masked(one) or is_masked(other):
        return False
    return _bare(one) != _bare(other)


def is_masked(text: str) -> bool:
    """Whether a number is missing, masked, or only its first six or seven digits."""
    bare = folded(text).strip()
    return not _bare(text) or _MASK.search(bare) is not None or len(_bare(text)) in (_DATE_DIGITS, _DATE_DIGITS + 1)


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, folded(text)))


def _date(number: str) -> date | None:
    """The date in the first seven characters: YYMMDD, and the digit that tells the century."""
    century = _CENTURIES.get(number[_DATE_DIGITS])
    try:
        return date(century + int(number[:2]), int(number[2:4]), int(number[4:6])) if century else None
    except ValueError:
        return None
