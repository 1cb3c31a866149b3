"""Reads what a message says about its own person: not identified, or not to be disclosed."""

import re

from events.readers.hl7v2.message import Message
from events.readers.hl7v2.reading import Reading

UNIDENTIFIED, RESTRICTED = "person-unidentified", "disclosure-restricted"  # codes of doubts
# XPN.7, table 0200: "unspecified", and a name that stands for another.
_NO_NAME, _PSEUDONYM = "U", "S"
_UNRELIABLE = frozenset({"AL", "UA", "UD"})  # PID-32, table 0445: an alias, an assumed address, an assumed birth date
_NOBODY = re.compile(
    r"\b(unknown|unidentified|unnamed|no ?name|(john|jane) doe)\b"
    r"|^(성명|신원|이름)?(미상|불상|불명|없음|모름)\d*$|^무명(남|녀|씨)?\d*$",
    re.IGNORECASE,
)
_LIFTED = frozenset({"D"})  # ARV-2, table 0206: the restriction is deleted
_NONE = frozenset({"NO", '""'})  # ARV-3, table 0717: no restriction
_YES = frozenset({"Y", "YES", "1"})


def read_flags(reading: Reading) -> None:
    """Note with a doubt that the person is not identified, or that access to the person's data is restricted."""
    message = reading.message
    if place := _unidentified(message):
        reading.doubt(UNIDENTIFIED, place, "The person is not identified.")
    if place := restricted(message):
        reading.doubt(RESTRICTED, place, "Access to the person's data is restricted.")


def restricted(message: Message) -> str:
    """The place at which a message restricts access to the person's data; "" if it does not.

    ARV (2.8, 3.4.9); PD1-12, which versions before 2.8 have; PV2-22; a pseudonym (XPN.7 S).
    """
    if any(_restricts(fields, message.separators[1]) for fields in message.restrictions):
        return "ARV-3"
    for segment, number in (("PD1", 12), ("PV2", 22)):
        if message.first(segment, number).upper() in _YES:
            return f"{segment}-{number}"
    return "PID-5" if _PSEUDONYM in _name_types(message) else ""


def _restricts(fields: list[str], between: str) -> bool:
    """Whether a segment ARV restricts access: it is neither deleted, nor the value for "none"."""
    action, value = [*fields, "", "", ""][2:4]
    return action.strip().upper() not in _LIFTED and value.split(between)[0].strip().upper() not in _NONE


def _unidentified(message: Message) -> str:
    types = _name_types(message)
    if types and types <= {_NO_NAME, _PSEUDONYM} and _NO_NAME in types:
        return "PID-5"
    if message.first("PID", 32).upper() in _UNRELIABLE:
        return "PID-32"
    names = (f"{message.text(name, 1)} {message.text(name, 2)}" for name in message.repetitions("PID", 5))
    return "PID-5" if any(_NOBODY.search(name) or _NOBODY.search("".join(name.split())) for name in names) else ""


def _name_types(message: Message) -> set[str]:
    """The types of the names that the message has (XPN.7)."""
    return {message.text(name, 7).upper() for name in message.repetitions("PID", 5) if any(name[:2])}
