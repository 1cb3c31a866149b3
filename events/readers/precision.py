"""How closely a moment was told: `20261126` is told to the day, and no contradiction to 02:48 on that day."""

import re
from collections.abc import Mapping

_DATE = r"(?:\d{8}|\d{4}([-/.]) ?\d{1,2}\1 ?\d{1,2}\.?)"
_TOLD = re.compile(_DATE + r"(?:[T ]*(\d\d)(?::?(\d\d)(?::?(\d\d))?)?)?")
_DAY, _HOUR, _MINUTE, _SECOND = 86400, 3600, 60, 1
_TO_THE_SECOND = 14  # digits of an HL7 time


def precision(text: str) -> int:
    """The seconds within which a moment may lie, by how it is written: an HL7 time, or ISO 8601; 1 to the second."""
    if text[:_TO_THE_SECOND].isdecimal() and len(text) >= _TO_THE_SECOND:
        return _SECOND
    match = _TOLD.match(text)
    return (_DAY, _HOUR, _MINUTE, _SECOND)[sum(map(bool, match.groups()[1:]))] if match else _SECOND


def told_less_closely(moments: Mapping[str, str]) -> dict[str, int]:
    """The precision of each moment that is told less closely than to the second. `moments`: texts by name."""
    seconds_by_name = {name: precision(text) for name, text in moments.items() if text}
    return {name: seconds for name, seconds in seconds_by_name.items() if seconds > _SECOND}
