"""What a disposition means: whether the person went home or died, by its code or by its words."""

import re
from functools import lru_cache

from handoff.fact import Discharge
from handoff.text import folded
from handoff.vocabulary.states import Destination

HOME = frozenset({"01", "1", Destination.HOME, "06", "귀가", "자택", "자택귀가"})  # HL7 table 0112, and words
DIED = frozenset({"20", "40", "41", "42"})  # HL7 table 0112; words are found by `says_death`
# HL7 table 0112, codes of UB-04 that feeds write there, and words: another hospital; still a patient.
HOSPITAL = frozenset(
    {"02", "2", "09", "9", "43", "63", "65", "66", Destination.HOSPITAL, "전원", "타병원", "타병원전원"}
)
STAYS = frozenset({*map(str, range(30, 40)), Destination.STAYS, "재원", "재원중"})
BY_CODE = {
    Destination.HOME: HOME,
    Destination.DIED: DIED,
    Destination.HOSPITAL: HOSPITAL,
    Destination.STAYS: STAYS,
}
_MARKS = re.compile(r"[_\W]+")
_DENIED = re.compile(r"아님|아닌|아니|않|\bnot\b|\bno (transfer|other|another)\b")
_NOT_TAKEN = re.compile(r"취소|불가|거부|거절|외래|통원")  # beside another hospital: the person does not go to its ward
_TO_HOSPITAL = re.compile(
    r"(?<![발충정회])전원(?!주택|마을|생활|단지|아파트|빌라|주거)|타병원|타의료기관|상급(종합)?병원|요양병원|재활병원"
    r"|병원(으?로)?(이송|후송)"
)
_TO_HOSPITAL_AS_WORD = re.compile(
    r"(?<![가-힣])(타원(?!형|인)|후송)"
    r"|(?<!from )\b(other|another|general|acute( care)?|short term) (hospital|hosp)\b"
    r"|\b(transfer|transferred|transfered|trans) (to )?((an|a|the|other|another) )*(\w+ )?(hospital|hosp)\b"
    r"|\badmitted as an inpatient\b|\bhospital transfer\b|\blong term care hospital\b|\bltch\b"
)
_STILL_HERE = re.compile(
    r"((현재|아직|계속)(재원|입원)|재원|(재원|입원)(중|계속|유지|상태|치료))(중|인|계속|유지|상태|치료|임|환자)*"
)
_STILL_HERE_IN_ENGLISH = re.compile(
    r"\b(still|remains|remaining) ((an|a) )?(inpatient|in patient|patient|hospitali[sz]ed|in hospital)\b"
)
_ENGLISH = re.compile(
    r"\b(died|dies|dead|death|deceased|decease|expired|expire|exp|demise|mortality|doa|exitus|morgue|funeral"
    r"|autopsy|pass(ed|es|ing)? away)\b"
)
_KOREAN = re.compile(
    r"사망|별세|임종|작고|영면|운명|(?<!(?<!나라)로)(?<![집댁택]에)돌아가|숨[진짐지]|타계|서거|영안실|장례|익사|사체|시신(?!경)|死|歿"
    r"|변사|뇌사(?!진)|부검|자살(?!시도|기도|예방|위험|사고)"
)


def goes(discharge: Discharge) -> str:
    """Where the disposition says that the person went: a `Destination`, or "" if it does not say.

    The institution's own table counts, then HL7 table 0112, then words.
    """
    return discharge.goes or _meant(discharge.disposition)


@lru_cache(maxsize=256)
def _meant(disposition: str) -> str:
    code = _plain_code(disposition)
    for destination, codes in BY_CODE.items():
        if code in codes:
            return destination
    return Destination.DIED if says_death(disposition) else by_words(disposition)


def _plain_code(disposition: str) -> str:
    """A code without blanks, case and the zeros before a number of table 0112: 020 is 20, and 6 is 06."""
    code = "".join(disposition.split()).casefold()
    return code.lstrip("0").zfill(2) if code.isdecimal() else code


@lru_cache(maxsize=256)
def by_words(text: str) -> str:
    """The `Destination` that a text names, other than a death; "" if it names none."""
    words = " ".join(_MARKS.sub(" ", folded(text)).split())
    joined = words.replace(" ", "")
    if _DENIED.search(words):
        return ""
    if (_TO_HOSPITAL.search(joined) or _TO_HOSPITAL_AS_WORD.search(words)) and not _NOT_TAKEN.search(joined):
        return Destination.HOSPITAL
    if _STILL_HERE.fullmatch(joined) or _STILL_HERE_IN_ENGLISH.search(words):
        return Destination.STAYS
    return next((where for where, codes in BY_CODE.items() if joined in codes and not joined.isdecimal()), "")


def by_code(disposition: str, goes: str) -> bool:
    """Whether a disposition is a code for a death. Words alone are a doubt.

    Args:
        disposition: the sender's code.
        goes: what it means in the sender's own table; "": it is not in it.
    """
    return goes == Destination.DIED or (not goes and _plain_code(disposition) in DIED)


def says_death(text: str) -> bool:
    """Whether a text in Korean or English says that somebody died. May find a death where there is none."""
    words = _MARKS.sub(" ", folded(text))
    return bool(_ENGLISH.search(words) or _KOREAN.search(words.replace(" ", "")))


def tells_death(discharge: Discharge | None) -> bool:
    """Whether a message tells a death in any way, even in doubt."""
    if discharge is None:
        return False
    return discharge.death or discharge.died_at is not None or goes(discharge) == Destination.DIED
