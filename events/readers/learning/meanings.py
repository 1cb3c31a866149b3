"""What codes and their texts mean: HL7 tables 0112 and 0211, and words in Korean and English.

A text is only compared with words, and never kept: it may name a person.
"""

import re
import unicodedata
from collections.abc import Mapping

from handoff.rules import deaths
from handoff.vocabulary.states import Destination

TABLE_0112: Mapping[str, str] = {
    **{code: destination for destination, codes in deaths.BY_CODE.items() for code in codes},
    **dict.fromkeys(("7", "07", "8", "08"), Destination.HOME),  # against advice, or with an infusion
    **dict.fromkeys(("3", "03", "4", "04", "5", "05"), Destination.ELSEWHERE),
}
NO_CLASS = frozenset({"C", "N", "U"})  # table 0004: commercial account, not applicable, unknown

# Character sets that Hangul can prove, and what MSH-18 calls them. UTF-8 is read without a name.
CHARSETS = {
    "utf-8": re.compile(r"^$|UTF-?8|UNICODE(?! ?UTF)|10646", re.IGNORECASE),
    "cp949": re.compile(r"KS.?[XC]|IR.?149|5601|949|EUC.?KR", re.IGNORECASE),
}

_ELSEWHERE = re.compile(
    r"이송|시설|요양|입소|\b(transfer|transferred|nursing|facility|snf|rehab|rehabilitation|institution)\b"
)
_STAYS = re.compile(r"재원|\bstill (a )?patient\b")
_HOME = re.compile(r"귀가|자택|가정|집으로|\bhome\b")
_PLACES = {
    Destination.ELSEWHERE: _ELSEWHERE,
    Destination.STAYS: _STAYS,
    Destination.HOME: _HOME,
}
_CODE = re.compile(r"[A-Za-z]{0,4}[-_.]?\d{0,4}[A-Za-z]?", re.ASCII)
_WORDS = re.compile(
    r"home|died|dead|death|deceased|expired|transfer|inpatient|outpatient|emergency|preadmission|recurring|obstetrics"
    r"|귀가|자택|사망|별세|전원|이송|시설|입원|외래|응급|예약",
    re.IGNORECASE,
)


def destination_of(text: str) -> Destination | None:
    """Where a text says that the person goes; None: it does not say. A death counts before any place."""
    if deaths.says_death(text):
        return Destination.DIED
    plain = _plain(text)
    if deaths.by_words(text) == Destination.HOSPITAL:
        return Destination.HOSPITAL
    return next((destination for destination, words in _PLACES.items() if words.search(plain)), None)


def looks_like_a_code(code: str) -> bool:
    """Whether it is short or a word of ours, so that it can be shown. Anything else may be a name or a number."""
    return bool(code and (_CODE.fullmatch(code) or _WORDS.fullmatch(code)))


def _plain(text: str) -> str:
    return re.sub(r"[_\W]+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()
