"""Reads the address of an HL7 v2 message: PID-11, by its types (table 0190)."""

import re
from collections.abc import Callable

from events.readers.hl7v2.charsets import HANGUL
from events.readers.hl7v2.message import Message
from events.readers.hl7v2.moments import is_over
from handoff.rules import jurisdiction
from handoff.text import is_filler, letters

HOME = ("L", "RH", "P", "H", "C", "")  # legal, home of the register, permanent, home, current, without type
NEVER = frozenset({"BA", "N", "BDL", "BR", "F"})  # bad, of the birth, of the country of origin
NOT_HOME = frozenset({"B", "O", "BI", "S", "SH", "V"})  # work, bills, services, shipping, holidays
# Types in words, as letters and digits alone, and the type that they mean. The first that fits counts.
WORDS = (
    (re.compile("출생|본적|등록기준|호적|birth|registryseat"), "N"),
    (re.compile("이전주소|이전거주|전거주|전주소|과거|previous|former|invalid"), "BA"),
    (re.compile("직장|회사|근무|사업장|사무실|청구|배송|보호자|work|office|business|company|billing|shipping"), "O"),
    (re.compile("법정|legal"), "L"),
    (re.compile("주민등록|등록지|등록주소|registered"), "RH"),
    (re.compile("permanent"), "P"),
    (re.compile("현주소|현거주|실거주|현재|거주|current|present|temporary"), "C"),
    (re.compile("자택|집|home|residence"), "H"),
)
# Korea as feeds write it in XAD.6: codes of ISO 3166, and words, as letters and digits alone.
KOREA = frozenset(
    {
        *("", "kor", "kr", "410", "korea", "republicofkorea", "therepublicofkorea", "repofkorea"),
        *("southkorea", "skorea", "koreasouth", "korearepublic", "korearepublicof", "korearepof", "korearep", "rok"),
        *("대한민국", "한국", "남한", "대한민국kor", "대한민국kr", "국내", "내국", "대한민국rok", "大韓民國", "韓國"),
        *("republicofkorearok", "82", "0082", "00410", "korkorea", "krkorea", "korearok", "0"),
        *("내국인", "ko", "ks"),
    }
)
USUAL_COUNTRY = ("", "KOR", "KR")
CODE_LENGTHS = (5, 8, 10, 13)  # digits: of the municipality, without or with village, and with more behind it
LONGEST_CODE = 10
USED = (1, 2, 3, 4, 8, 9)  # components that say where it is, besides country and postal code
_SAME = frozenset({"상동", "동상", "상기동일", "상기와동일", "위와같음", "동일", "same", "sameasabove"})
_MARKS = re.compile(r"[,()\[\]/>·]")
_HOUSE = re.compile(r"\s\D*\d")  # the number of a house behind another word
_SMALL = ("동", "읍", "면", "리", "가")

Doubting = Callable[[str, str, str], None]


def read(message: Message, doubt: Doubting) -> tuple[str, str]:
    """The registered (legal) address in Korean order, province first, and its administrative code; "" if missing.

    Calls `doubt` with code, place and words if it is abroad, or the only address is not that of a home.
    """
    best = _best(message)
    if not best:
        return "", ""
    parts = best[0]
    if _kind(message, parts) in NOT_HOME:
        doubt("address-not-home", "PID-11", "The only address is not that of a home.")
    country = message.text(parts, 6)
    if country not in USUAL_COUNTRY and letters(country) not in KOREA:
        doubt("address-abroad", "PID-11", "The address is in another country.")
    address = _in_korean_order(message, parts)
    for other in best[1:]:
        further = _in_korean_order(message, other)
        if jurisdiction.differ(address, further) or _code(message, parts)[:5] != _code(message, other)[:5]:
            return jurisdiction.both(address, further), ""
    return address, _code(message, parts)


def _code(message: Message, parts: list[str]) -> str:
    """The administrative code (XAD.9); "" if it is none."""
    code = message.text(parts, 9).replace("-", "")
    is_code = code.isascii() and code.isdecimal() and len(code) in CODE_LENGTHS
    return code[:LONGEST_CODE] if is_code else ""


def chosen(message: Message) -> list[str]:
    """The repetition of PID-11 that is read, as components; empty without one."""
    best = _best(message)
    return best[0] if best else []


def _best(message: Message) -> list[list[str]]:
    """The repetitions of PID-11 than which none is better: several if nothing says which one counts."""
    repetitions = message.repetitions("PID", 11)
    usable = [parts for parts in repetitions if any(message.text(parts, number) for number in USED)]
    ranked = [(rank, parts) for parts in usable if (rank := _rank(_kind(message, parts))) is not None]
    if len(ranked) < 2:  # noqa: PLR2004
        return [parts for _, parts in ranked]
    keys = [(*_drawbacks(message, parts), rank, not _in_hangul(parts), not _has_house(parts)) for rank, parts in ranked]
    best = min(keys)
    return [parts for key, (_, parts) in zip(keys, ranked, strict=True) if key == best]


def _kind(message: Message, parts: list[str]) -> str:
    """The type of an address (XAD.7), or what it means if it is a word."""
    kind = message.text(parts, 7).upper()
    if kind in HOME or kind in NEVER or kind in NOT_HOME:
        return kind
    word = letters(kind)
    return next((meant for words, meant in WORDS if words.search(word)), kind)


def _drawbacks(message: Message, parts: list[str]) -> tuple[bool, bool]:
    """Whether an address only stands for another or none (미상, 상기동일), and whether it is no longer valid."""
    texts = [text for number in USED if (text := message.text(parts, number))]
    ends = message.text(parts, 14) or "".join(parts[11:12]).partition(message.separators[4])[2]
    return all(is_filler(text) or letters(text) in _SAME for text in texts), is_over(message, ends)


def _in_hangul(parts: list[str]) -> bool:
    return any(map(HANGUL.search, parts[:4]))


def _has_house(parts: list[str]) -> bool:
    """Whether an address goes on to the number of a house. Otherwise it may be the remnant of an address."""
    return any(map(str.isdecimal, "".join(parts[:2]))) or any(map(_HOUSE.search, parts[2:4]))


def _rank(kind: str) -> int | None:
    """The order of a type, lowest first; None: never the address of the person. An unknown type is like none."""
    if kind in NEVER:
        return None
    if kind in HOME:
        return HOME.index(kind)
    return len(HOME) + (kind in NOT_HOME)


def _in_korean_order(message: Message, parts: list[str]) -> str:
    street, further = message.text(parts, 1, " "), message.text(parts, 2)
    city, other = message.text(parts, 3), message.text(parts, 8) or _county_in_words(message, parts)
    if other and city.endswith(_SMALL):
        city, other = other, city
    region = [part for part in (message.text(parts, 4), city, other) if part and not _repeated(part, street)]
    return " ".join(filter(None, (*region, street, further)))


def _county_in_words(message: Message, parts: list[str]) -> str:
    """The county (XAD.9) if it is no code but a name in Hangul."""
    county = message.text(parts, 9)
    return county if county and HANGUL.search(county) else ""


def _repeated(part: str, street: str) -> bool:
    """Whether the street names this part of the address again, as a whole word: 광명로 is another name."""
    return part in street and f" {part} " in f" {_MARKS.sub(' ', street)} "
