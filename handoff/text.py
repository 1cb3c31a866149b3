"""The one place that normalises text: how it is kept, and the forms in which it is compared."""

import re
import unicodedata
from typing import Any

_WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}  # full-width letters, digits and marks
_SPACES = (0x00A0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
_CONTROLS = (*range(0x20), *range(0x7F, 0xA0))
# Characters without a glyph: soft hyphen, zero width, writing direction, byte-order mark.
_UNSEEN = (0x00AD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF)
_SEEN = {**dict.fromkeys((*_CONTROLS, *_SPACES), " "), **dict.fromkeys(_UNSEEN)}
_FIRST_WIDE = "\uff01"
_UNUSUAL = re.compile("[^ -~가-힣]")  # neither printable ASCII nor a Hangul syllable
_HIDDEN = re.compile("[*○●◯\u3007□■◇◆☆★]|[가-힣](?:[OoXxㅇ0_#\u00d7△▲◎⊙]+[가-힣]|[OoXxㅇ]{2,}$|ㅇ$)")
_NOBODY = re.compile(
    r"\b((unknown|unidentified|unnamed|anonymous|unk|no ?name|(john|jane) doe|doe (john|jane))\d*)\b", re.IGNORECASE
)
_OF_NOBODY = r"(자|인|의|남|여|녀|성|씨|환자|\d*(대|세|살|번))*"  # what hospitals write behind it
_NOBODY_IN_HANGUL = re.compile(
    r"(신원|성명|이름|남자|여자|환자)?(미상|불상|불명|불명확|없음|모름|미확인|확인중|확인불가)"
    rf"{_OF_NOBODY}|무명{_OF_NOBODY}|(행려병?|무연고){_OF_NOBODY}|변사[자체]|익명"
    r"|(姓名|氏名|身元|男|女)?(無名|不詳|未詳|不明)(氏|者|人|男|女|男性|女性)?"
)
_BRACKETED = re.compile(r"\([^)]*\)?|\[[^]]*\]?|<[^>]*>?")
_LOST = re.compile(r"\ufffd|\?\?|\?(?=[^\x00-\x7f])|(?<=[^\x00-\x7f])\?")
_QUOTES = "\"'\u2018\u2019\u201c\u201d"
_HANGUL = ("가", "힣")
_FILL = "0-._/?~ "
_NOTHING = frozenset(
    {
        *("null", "nil", "none", "na", "nan", "unknown", "undefined", "unassigned", "notassigned", "tbd"),
        *("없음", "없슴", "무", "미상", "모름", "미등록", "미정", "미부여", "미발급", "해당없음", "불명", "불상"),
    }
)  # as letters and digits alone
_NO_NAME = frozenset(
    {
        *("null", "nil", "none", "na", "nan", "undefined", "unassigned", "notassigned", "tbd"),
        *("해당없음", "미등록", "미기재"),
    }
)  # as letters and digits alone; a word for somebody unknown is a name in doubt (`is_nobody`)
_NO_NAME_TWICE = frozenset({"null", "nil", "none", "undefined", "n/a"})  # in each part: NA NA may be a name
_NINES = re.compile("9{4,20}")
_LONGEST_NAME = 4  # syllables of a Korean name that some write with blanks


def visible(text: str) -> str:
    """The text without control characters, such as NUL or a line break, invisible ones and outer blanks."""
    return (text if text.isprintable() else text.translate(_SEEN)).strip()


def kept(text: str) -> str:
    """The text as it is stored: visible, composed (NFC), full-width Latin letters and digits as ASCII."""
    text = text.strip() if text.isprintable() else visible(text)
    if text.isascii():
        return text
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return text.translate(_WIDE) if max(text) >= _FIRST_WIDE else text


def kept_texts(value: Any) -> Any:
    """A text, or each text of a list, as it is stored. Any other value stays as it is."""
    if isinstance(value, list):
        return [kept(part) if isinstance(part, str) else part for part in value]
    return kept(value) if isinstance(value, str) else value


def is_kept(text: str) -> bool:
    """Whether a text is as `kept` returns it, apart from outer blanks."""
    if not _UNUSUAL.search(text):
        return True
    return text.isprintable() and max(text) < _FIRST_WIDE and unicodedata.is_normalized("NFC", text)


def person_name(text: str) -> str:
    """A name, of a text as it is kept: without quotation marks, and a short Hangul name without blanks (홍 길순).

    "" if it only fills the place of a name: NULL, N/A, 12345. Question marks stand for letters that were lost.
    """
    words = text.strip(_QUOTES).split()
    joined = "".join(words)
    if _is_no_name(words, joined):
        return ""
    return joined if len(joined) <= _LONGEST_NAME and is_hangul(joined) else " ".join(words)


def _is_no_name(words: list[str], joined: str) -> bool:
    if joined.isalpha() and not joined.isascii():
        return joined in _NO_NAME
    if not any(map(str.isalpha, joined)):
        return not has_lost_letters(joined)
    return letters(joined) in _NO_NAME or all(word.casefold() in _NO_NAME_TWICE for word in words)


def is_masked_name(name: str) -> bool:
    """Whether letters of a name are hidden: 홍*순, 홍○순, 홍O순."""
    return not is_hangul(name) and _HIDDEN.search(name) is not None


def is_nobody(name: str) -> bool:
    """Whether a name stands for somebody who is not identified: UNKNOWN, John Doe, 무명남, 신원미상."""
    plain = "".join(name.split())
    if not plain.isalnum():
        plain = "".join(filter(str.isalnum, _BRACKETED.sub("", plain) or plain))
    plain = plain.rstrip("0123456789")
    return bool(_NOBODY_IN_HANGUL.fullmatch(plain) or (not is_hangul(name) and _NOBODY.search(name)))


def has_lost_letters(text: str) -> bool:
    """Whether letters were lost before: U+FFFD, or a question mark beside another or beside a letter beyond ASCII."""
    return _LOST.search(text) is not None


def is_hangul(text: str) -> bool:
    """Whether all characters are Hangul syllables; False for an empty text."""
    first, last = _HANGUL
    return bool(text) and first <= min(text) and max(text) <= last


def is_filler(text: str) -> bool:
    """Whether a number or id is a placeholder: only zeros or marks, all nines, or a word for nothing (없음, NULL)."""
    if text[-1:] in "12345678":
        return not text
    rest = text.strip(_FILL)
    return not rest or letters(rest) in _NOTHING or _NINES.fullmatch(rest) is not None


def compatible(text: str) -> str:
    """The text without differences of composition and width (NFKC)."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def folded(text: str) -> str:
    """The text for comparing: without differences of composition, width and case."""
    return compatible(text).casefold()


def letters(text: str) -> str:
    """The letters and digits of the folded text: without blanks and punctuation."""
    plain = folded(text)
    return plain if plain.isalnum() else "".join(filter(str.isalnum, plain))


def digits(text: str) -> str:
    """The digits of the text as ASCII, of any width."""
    plain = compatible(text)
    return plain if plain.isdecimal() and plain.isascii() else "".join(filter("0123456789".__contains__, plain))
