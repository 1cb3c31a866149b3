"""What a disposition means: whether the person went home or died, by its code or by its words."""

import re

from handoff.fact import Discharge
from handoff.text import folded
from handoff.vocabulary.states import Destination

HOME = frozenset({"01", "1", Destination.HOME, "06", "귀가", "자택", "자택귀가"})  # HL7 table 0112, and words
DIED = frozenset({"20", "40", "41", "42"})  # HL7 table 0112; words are found by `says_death`
_ENGLISH = re.compile(r"\b(died|dies|dead|death|deceased|decease|expired|expire|exp|demise|mortality|doa)\b")
_KOREAN = re.compile(r"사망|별세|임종|작고|영면|운명하")


def goes(discharge: Discharge) -> str:
    """Where the disposition says that the person went: a `Destination`, or "" if it does not say.

    The institution's own table counts, then HL7 table 0112, then words.
    """
    if discharge.goes:
        return discharge.goes
    disposition = discharge.disposition.strip().casefold()
    if disposition in HOME:
        return Destination.HOME
    return Destination.DIED if disposition in DIED or says_death(disposition) else ""


def by_code(discharge: Discharge) -> bool:
    """Whether the disposition is a code for a death. Words alone are a doubt."""
    return discharge.goes == Destination.DIED or (not discharge.goes and discharge.disposition.strip() in DIED)


def says_death(text: str) -> bool:
    """Whether a text in Korean or English says that somebody died. May find a death where there is none."""
    words = re.sub(r"[_\W]+", " ", folded(text))
    return bool(_ENGLISH.search(words) or _KOREAN.search(words.replace(" ", "")))


def tells_death(discharge: Discharge | None) -> bool:
    """Whether a message tells a death in any way, even in doubt."""
    if discharge is None:
        return False
    return discharge.death or discharge.died_at is not None or goes(discharge) == Destination.DIED
