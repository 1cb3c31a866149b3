"""Doubts about the text of an HL7 v2 message: letters that were lost, and text that was decoded wrongly before."""

import re

from events.readers.hl7v2 import addresses, names
from events.readers.hl7v2.charsets import KOREAN_AS_LATIN, LOST, UTF_8
from events.readers.hl7v2.iso2022 import KOREAN, whole
from events.readers.hl7v2.message import Message
from events.readers.hl7v2.reading import Reading
from handoff.text import has_lost_letters

IN_USE = {
    "PID": (2, 3, 5, 8, 11, 13, 18, 19, 30, 40),
    "PV1": (2, 19, 36, 50),
    "MRG": (1,),
}  # fields of texts, numbers and codes
COMPONENTS = {
    "PID-3": (1, 5),
    "PID-5": (1, 2, 3),
    "PID-11": (*addresses.USED, 6, 7),
    **dict.fromkeys(("PID-13", "PID-40"), (1, 2, 3, 5, 6, 7, 8, 12)),
}  # that are read; of other fields the first
FREE_TEXTS = ("PID-5", "PID-11")  # a question mark beside letters stands for a letter that was lost
_UPPER = "".join(bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xA0))
_FOLLOWING = f"[\x80-\xbf{_UPPER}]"  # what ISO 8859-1 and CP1252 read in the second and later bytes of UTF-8
_ENCODED_TWICE = re.compile(
    # UTF-8 that was read as ISO 8859-1 or CP1252: Latin, Greek and Cyrillic letters, then all of three bytes.
    rf"[\xc2-\xc5\xce-\xd1]{_FOLLOWING}|[\xe1-\xef]{_FOLLOWING}{{2}}|{KOREAN_AS_LATIN.pattern}"
)
_BARE_ESCAPES = re.compile(r"\$[()]?[@-D]")  # ISO 2022 escapes without their first byte
_UNUSUAL = re.compile("[^ -#%->@-~가-힣]")  # neither ASCII nor Hangul, or a question mark or a dollar
_WORDS = re.compile(r"[\s^~&]+")
_HANJA = r"\u4e00-\u9fff\uf900-\ufaff"
_LATIN_BESIDE_HANGUL = re.compile("[A-Za-z][가-힣]|[가-힣][A-Za-z]")
_MIXED = re.compile(f"{_LATIN_BESIDE_HANGUL.pattern}|[{_HANJA}]")  # as in UTF-8 that is read as KS X 1001
_ACCENT_BESIDE_HANGUL = re.compile("[\u00c0-\u024f][가-힣]|[가-힣][\u00c0-\u024f]")  # KS X 1001 within UTF-8
_SMALL_OR_HANJA = re.compile(f"[a-z{_HANJA}]")
_FIRST_OF_KS_X_1001 = 0xA1  # smaller bytes are those of the syllables that CP949 adds


def text_doubts(reading: Reading) -> None:
    """Doubt each field in use whose text was lost or decoded wrongly, and a text that may be in another character set.

    Fields that nobody reads raise no doubt.
    """
    message = reading.message
    beyond_ascii = False
    for segment, numbers in IN_USE.items():
        fields = message.segments.get(segment, [])
        for number in numbers:
            raw = fields[number] if number < len(fields) else ""
            if raw and not (raw.isascii() and _is_ordinary(raw, message.separators[3])):
                beyond_ascii |= not raw.isascii()
                if message.separators[3] not in raw and _is_plain(raw):
                    continue
                _doubt_text(reading, _read_of(message, raw, f"{segment}-{number}"), f"{segment}-{number}")
    if message.charset_differs and beyond_ascii:
        reading.doubt("charset-differs", "MSH-18", "The text is in another character set than MSH-18 names.")


def _read_of(message: Message, raw: str, place: str) -> str:
    """Those components of a field that are read: of the chosen name and address, of all numbers and phones."""
    components = COMPONENTS.get(place, (1,))
    if place == "PID-5":
        repetitions = [names.chosen(message) or [raw]]
    elif place == "PID-11":
        repetitions = [addresses.chosen(message)]
    else:
        between, repeated = message.separators[1:3]
        repetitions = [repetition.split(between) for repetition in raw.split(repeated)]
    texts = (parts[number - 1] for parts in repetitions for number in components if number <= len(parts))
    return "^".join(map(message.meant, texts))


def _is_ordinary(ascii_text: str, escape: str) -> bool:
    return "??" not in ascii_text and "$" not in ascii_text and f"{escape}X" not in ascii_text


def _is_plain(text: str) -> bool:
    """Whether a text can raise no doubt: printable ASCII and Hangul, neither beside the other."""
    return not _UNUSUAL.search(text) and not _LATIN_BESIDE_HANGUL.search(text)


def _doubt_text(reading: Reading, text: str, place: str) -> None:
    if _is_plain(text):
        return
    free = place in FREE_TEXTS
    if LOST in text or (free and has_lost_letters(text)):
        reading.doubt("text-unreadable", place, f"{place} has letters that cannot be read.")
    elif (
        _ENCODED_TWICE.search(text)
        or _BARE_ESCAPES.search(text)
        or (free and any(map(_read_as_korean, _WORDS.split(text))))
    ):
        reading.doubt("charset-doubtful", place, f"{place} was probably read in a wrong character set before.")


def _read_as_korean(word: str) -> bool:
    """Whether a word is UTF-8, or text in Latin letters, that was read as KS X 1001; or the other way round."""
    if _ACCENT_BESIDE_HANGUL.search(word):
        return True
    if not _MIXED.search(word):
        return False
    try:
        sent = word.encode(KOREAN)
    except UnicodeEncodeError:
        return False
    return any(map(_added_by_cp949, word)) or bool(_SMALL_OR_HANJA.search(word) and whole(sent, UTF_8))


def _added_by_cp949(letter: str) -> bool:
    return "가" <= letter <= "힣" and min(letter.encode(KOREAN)) < _FIRST_OF_KS_X_1001
