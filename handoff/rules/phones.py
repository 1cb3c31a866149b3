"""Telephone numbers: which text is one, and the form in which two are compared."""

import re

from handoff.text import digits, folded

_FEWEST, _MOST = 7, 15  # digits of a number without its area, and of the longest one (E.164)
_SUBSCRIBER = 7  # digits at the end; all zero in a placeholder
_KOREA = re.compile(r"^(00)?820?(?=[1-9]\d{7,9}$)")
_MOBILE_WITHOUT_ZERO = re.compile(r"1[016789]\d{7,8}")
_FURTHER = re.compile(r"((ext|내선|교환|x|#)|(?<=\d) *[/,;]).*$", re.DOTALL)  # an extension, or a second number
_USUAL = re.compile(r"01[016789]-?\d{3,4}-?\d{3}[1-9]", re.ASCII)  # a mobile, as most are written
_SEPARATOR = re.compile(r"\s*[/,;]\s*")
_NO_CALL = re.compile(r"fax|팩스|호출기|삐삐|pager|@|://|[*●○]{2}|xx")  # other equipment, mail, masked numbers


def normal(phone: str) -> str:
    """A Korean number as digits with its leading zero: +82 10-1234-5678 is 01012345678. The first of several counts."""
    number = _KOREA.sub("0", digits(_FURTHER.sub("", folded(phone))))
    return f"0{number}" if _MOBILE_WITHOUT_ZERO.fullmatch(number) else number


def contact(phone: str) -> str:
    """The text if somebody can be called by it; "" for words (없음), a fax, mail, or a placeholder (000-0000-0000).

    Of several numbers in one text only those are kept by which somebody can be called.
    """
    if _USUAL.fullmatch(phone):
        return phone
    numbers = _SEPARATOR.split(phone)
    usable = [number for number in numbers if _can_be_called(number)]
    return phone if len(usable) == len(numbers) else ", ".join(usable)


def _can_be_called(text: str) -> bool:
    number = digits(text)
    if len(number) < _FEWEST or _NO_CALL.search(folded(text)):
        return False
    placeholder = len(set(number)) == 1 or not number[-_SUBSCRIBER:].strip("0")
    return not placeholder or len(number) > _MOST


def joined(country: str, area: str, local: str, extension: str) -> str:
    """A number from its parts, as it is dialled in Korea; with its country code if that is another one.

    The leading zero of the area is often left out: 82, 10, 12345678 is 010-12345678.
    """
    country = digits(country).lstrip("0")
    if country not in ("", "82"):
        number = "-".join(filter(None, (f"+{country}", area, local)))
    elif area:
        short = not area.startswith("0") and (country or len(area) <= len("31"))
        number = "-".join(filter(None, (f"0{area}" if short else area, local)))
    else:
        number = f"0{local}" if country and local[:1] in "123456789" and len(digits(local)) > len("26801234") else local
    return f"{number} ext. {extension}" if number and extension else number
