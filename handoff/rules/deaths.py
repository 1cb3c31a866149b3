"""What a disposition means: whether the person went home or died, by its code or by its words."""

import re
from functools import lru_cache

from handoff.fact import Discharge
from handoff.text import folded
from handoff.vocabulary.states import Destination

HOME = frozenset({"01", "1", Destination.HOME, "06", "귀가", "자택", "자택귀가"})  # HL7 table 0112, and words
DIED = frozenset({"20", "40", "41", "42"})  # HL7 table 0112; words are found by `says_death`
# HL7 table 0112, codes of UB-04 that feeds write there, and words: another hospital; still a patient.
HOSPITAL = frozenset({"02", "2", "09", "9", "43", "65", "66", Destination.HOSPITAL, "전원", "타병원", "타병원전원"})
STAYS = frozenset({*map(str, range(30, 40)), Destination.STAYS, "재원", "재원중"})
BY_CODE = {
    Destination.HOME: HOME,
    Destination.DIED: DIED,
    Destination.HOSPITAL: HOSPITAL,
    Destination.STAYS: STAYS,
}
_TO_HOSPITAL = re.compile(r"전원|타병원|상급(종합)?병원|요양병원")
_TO_HOSPITAL_IN_ENGLISH = re.compile(r"\b(other|another|general|acute( care)?|short term) hospital\b")
_ENGLISH = re.compile(
    r"\b(died|dies|dead|death|deceased|decease|expired|expire|exp|demise|mortality|doa|exitus|morgue|funeral)\b"
)
_KOREAN = re.compile(r"사망|별세|임종|작고|영면|운명|돌아가|숨[진짐지]|타계|서거|영안실|장례|익사|사체|시신|死亡")


def goes(discharge: Discharge) -> str:
    """Where the disposition says that the person went: a `Destination`, or "" if it does not say.

    The institution's own table counts, then HL7 table 0112, then words.
    """
    return discharge.goes or _meant(discharge.disposition)


@lru_cache(maxsize=256)
def _meant(disposition: str) -> str:
    code = "".join(disposition.split()).casefold()
    for destination, codes in BY_CODE.items():
        if code in codes:
            return destination
    return Destination.DIED if says_death(disposition) else ""


def by_words(text: str) -> str:
    """The `Destination` that a text names, other than a death; "" if it names none."""
    words = folded(text)
    joined = "".join(words.split())
    if _TO_HOSPITAL.search(joined) or _TO_HOSPITAL_IN_ENGLISH.search(words):
        return Destination.HOSPITAL
    return next((where for where, codes in BY_CODE.items() if joined in codes and not joined.isdecimal()), "")


def by_code(disposition: str, goes: str) -> bool:
    """Whether a disposition is a code for a death. Words alone are a doubt.

    Args:
        disposition: the sender's code.
        goes: what it means in the sender's own table; "": it is not in it.
    """
    return goes == Destination.DIED or (not goes and disposition.strip() in DIED)


def says_death(text: str) -> bool:
    """Whether a text in Korean or English says that somebody died. May find a death where there is none."""
    words = re.sub(r"[_\W]+", " ", folded(text))
    return bool(_ENGLISH.search(words) or _KOREAN.search(words.replace(" ", "")))


def tells_death(discharge: Discharge | None) -> bool:
    """Whether a message tells a death in any way, even in doubt."""
    if discharge is None:
        return False
    return discharge.death or discharge.died_at is not None or goes(discharge) == Destination.DIED
