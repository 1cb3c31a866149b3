"""How closely a moment was told: `20261126` is told to the day, and no contradiction to 02:48 on that day."""

import re
from collections.abc import Mapping

_DATE = r"(?:\d{8}|\d{4}([-/.]) ?\d{1,2}\1 ?\d{1,2}\.?)"
_TOLD = re.compile(_DATE + r"(?:[T ]*(\d\d)(?::?(\d\d)(?::?(\d\d))?)?)?")
_DAY, _HOUR, _MINUTE, _SECOND = 86400, 3600, 60, 1
_LENGTHS = {8: _DAY, 10: _HOUR, 12: _MINUTE, 14: _SECOND}  # digits of an HL7 time


def precision(text: str) -> int:
    """The seconds within which a moment may lie, by how it is written: an HL7 time, or ISO 8601; 1 to the second.

    Midnight is a day, however closely: so it is written out of a column of days.
    """
    if text.isdecimal() and len(text) in _LENGTHS:  # as nearly all are written
        return _LENGTHS[len(text)] if text[8:].strip("0") else _DAY
    match = _TOLD.match(text)
    if match is None:
        return _SECOND
    time = [part for part in match.groups()[1:] if part]
    return (_DAY, _HOUR, _MINUTE, _SECOND)[len(time)] if "".join(time).strip("0") else _DAY


def told_less_closely(moments: Mapping[str, str]) -> dict[str, int]:
    """The precision of each moment that is told less closely than to the second. `moments`: texts by name."""
    seconds_by_name = {}
    for name, text in moments.items():
        if text and (seconds := precision(text)) > _SECOND:
            seconds_by_name[name] = seconds
    return seconds_by_name
