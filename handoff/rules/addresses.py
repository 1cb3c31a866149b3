"""The form in which two registered addresses are compared: the road or the dong, and every number behind it."""

import re

from handoff.text import folded, letters

_LONGEST = 500  # characters; the rest is ignored
_SEVERAL = " / "  # stands between two addresses in one text: the first one is compared
_IN_BRACKETS = re.compile(r"\([^)]*\)?|\[[^]]*\]?")
_UNIT = re.compile(r"\d\s*호")
_POSTAL_CODE = re.compile(r"^\W*(?:\d{5,6}|\d{3}-\d{3})\b(?=\W)|\b\d{5}\W*$")
_ROAD = re.compile(r"[가-힣]+\d*(?:로|길)(?=\s*\d)")
_LOT = re.compile(r"[가-힣]+\d*(?:동|리|가|읍|면)(?=\s*(?:산\s*)?\d)")
# A number, whether it is of a basement or of a side road. Numbers of apartment complexes are left out: not all write
# them (주공13단지 101동, 주공 101동).
_NUMBER = re.compile(r"(지하|b)?\s*(\d+)(?!\d)\s*(번?길)?(?!\s*(?:단지|차|블[록럭]))")


def normal(address: str) -> str:
    """Road or dong with all numbers behind it, down to the unit; "" if the address names no house.

    "경기도 광명시 철산로 12, 101동 502호 (철산동)" and "광명시 철산1동 철산로12 101-502" are both "철산로 12 101 502".
    The municipality is left out: many leave it out, and who compares an address compares a name or a birth date too.
    """
    text = folded(address[:_LONGEST].split(_SEVERAL, maxsplit=1)[0])
    text = _POSTAL_CODE.sub(" ", _IN_BRACKETS.sub(_unit_alone, text).strip())
    place = _ROAD.search(text) or _LOT.search(text)
    if place is None:
        return letters(text) if any(map(str.isdigit, text)) else ""
    numbers = [
        f"{'b' if below else ''}{number}{'g' if side else ''}"
        for below, number, side in _NUMBER.findall(text, place.end())
    ]
    return " ".join((place.group(), *numbers)) if numbers else ""


def _unit_alone(brackets: re.Match[str]) -> str:
    """What stands in brackets counts only if it names the unit: (101동 502호). Others repeat the dong."""
    return f" {brackets.group()} " if _UNIT.search(brackets.group()) else " "
