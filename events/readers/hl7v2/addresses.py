"""Reads the address of an HL7 v2 message: PID-11, by its types (table 0190)."""

from collections.abc import Callable

from events.readers.hl7v2.message import Message
from handoff.text import letters

HOME = ("L", "RH", "P", "H", "C", "")  # legal, home of the register, permanent, home, current, without type
NEVER = frozenset({"BA", "N", "BDL", "BR", "F"})  # bad, of the birth, of the country of origin
NOT_HOME = frozenset({"B", "O", "BI", "S", "SH", "V"})  # work, bills, services, shipping, holidays
# Korea as feeds write it in XAD.6: codes of ISO 3166, and words, as letters and digits alone.
KOREA = frozenset(
    {
        *("", "kor", "kr", "410", "korea", "republicofkorea", "therepublicofkorea", "repofkorea"),
        *("southkorea", "skorea", "koreasouth", "korearepublic", "korearepublicof", "korearepof", "korearep", "rok"),
        *("대한민국", "한국", "남한", "대한민국kor", "대한민국kr"),
    }
)
USUAL_COUNTRY = ("", "KOR", "KR")
CODE_LENGTHS = (5, 10)  # digits
USED = (1, 2, 3, 4, 8, 9)  # components that say where it is, besides country and postal code
_SMALL = ("동", "읍", "면", "리", "가")

Doubting = Callable[[str, str, str], None]


def read(message: Message, doubt: Doubting) -> tuple[str, str]:
    """The registered (legal) address in Korean order, province first, and its administrative code; "" if missing.

    Calls `doubt` with code, place and words if it is abroad, or the only address is not that of a home.
    """
    parts = chosen(message)
    if not parts:
        return "", ""
    if message.text(parts, 7).upper() in NOT_HOME:
        doubt("address-not-home", "PID-11", "The only address is not that of a home.")
    country = message.text(parts, 6)
    if country not in USUAL_COUNTRY and letters(country) not in KOREA:
        doubt("address-abroad", "PID-11", "The address is in another country.")
    code = message.text(parts, 9)
    is_code = code.isascii() and code.isdecimal() and len(code) in CODE_LENGTHS
    return _in_korean_order(message, parts), code if is_code else ""


def chosen(message: Message) -> list[str]:
    """The repetition of PID-11 that is read, as components; empty without one."""
    repetitions = message.repetitions("PID", 11)
    usable = [parts for parts in repetitions if any(message.text(parts, number) for number in USED)]
    ranked = [(rank, parts) for parts in usable if (rank := _rank(message.text(parts, 7).upper())) is not None]
    return min(ranked, key=lambda one: one[0], default=(0, []))[1]


def _rank(kind: str) -> int | None:
    """The order of a type, lowest first; None: never the address of the person. An unknown type is like none."""
    if kind in NEVER:
        return None
    if kind in HOME:
        return HOME.index(kind)
    return len(HOME) + (kind in NOT_HOME)


def _in_korean_order(message: Message, parts: list[str]) -> str:
    street, further = message.text(parts, 1, " "), message.text(parts, 2)
    city, other = message.text(parts, 3), message.text(parts, 8)
    if other and city.endswith(_SMALL):
        city, other = other, city
    region = [part for part in (message.text(parts, 4), city, other) if part and not _repeated(part, street)]
    return " ".join(filter(None, (*region, street, further)))


def _repeated(part: str, street: str) -> bool:
    """Whether the street names this part of the address again. A street may have the name of a town: 광명로."""
    return part in street and f"{part}로" not in street and f"{part}길" not in street
