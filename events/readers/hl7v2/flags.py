"""Reads what a message says about its own person: not identified, not to be disclosed, or perhaps dead."""

from collections.abc import Mapping

from events.readers.hl7v2.deaths import is_unclear, tells_death
from events.readers.hl7v2.message import Message
from events.readers.hl7v2.names import PSEUDONYM, name_type
from events.readers.hl7v2.names import UNIDENTIFIED as UNIDENTIFIED_NAME
from events.readers.hl7v2.reading import Reading
from events.readers.hl7v2.yes_no import answer
from handoff.fact import RESTRICTED, UNIDENTIFIED
from handoff.text import is_nobody

_UNRELIABLE = frozenset({"AL", "UA", "UD"})  # PID-32, table 0445: an alias, an assumed address, an assumed birth date
_LIFTED = frozenset({"D"})  # ARV-2, table 0206: the restriction is deleted
_NONE = frozenset({"NO", '""'})  # ARV-3, table 0717: no restriction


def read_flags(reading: Reading, name: str) -> None:
    """Note with a doubt that the person is not identified, that access is restricted, or that the death is unclear.

    Args:
        reading: the message.
        name: the name that was read.
    """
    message = reading.message
    kind = name_type(message)
    if is_unclear(message.first("PID", 30)) and not any(doubt.place == "PID-30" for doubt in reading.doubts):
        reading.doubt("flag-unreadable", "PID-30", "The flag of a death says neither yes nor no.")
    if place := _unidentified(message, name, kind):
        reading.doubt(UNIDENTIFIED, place, "The person is not identified.")
    if place := _restricted(message, kind):
        reading.doubt(RESTRICTED, place, "Access to the person's data is restricted.")


def always_counts(message: Message, dispositions: Mapping[str, str]) -> bool:
    """Whether a message tells what counts whatever its event: a death, or a restriction of access.

    Args:
        message: the message.
        dispositions: the sender's own codes for dispositions, and the `Destination` that each means.
    """
    return tells_death(message, dispositions) or bool(_restricted(message, name_type(message)))


def _restricted(message: Message, kind: str) -> str:
    """The place at which a message restricts access to the person's data; "" if it does not. `kind`: of the name.

    ARV (2.8, 3.4.9); PD1-12, which versions before 2.8 have; PV2-22; a pseudonym (XPN.7 S).
    """
    if "ARV" in message.segments and any(_restricts(one, message.separators[1]) for one in message.every("ARV")):
        return "ARV-3"
    for segment, number in (("PD1", 12), ("PV2", 22)):
        if answer(message.first(segment, number)):
            return f"{segment}-{number}"
    return "PID-5" if kind == PSEUDONYM else ""


def _restricts(fields: list[str], between: str) -> bool:
    """Whether a segment ARV restricts access: it is neither deleted, nor the value for "none"."""
    action, value = [*fields, "", "", ""][2:4]
    return action.strip().upper() not in _LIFTED and value.split(between)[0].strip().upper() not in _NONE


def _unidentified(message: Message, name: str, kind: str) -> str:
    if kind == UNIDENTIFIED_NAME:
        return "PID-5"
    if answer(message.first("PID", 31)):
        return "PID-31"
    if any(message.text(parts, 1).upper() in _UNRELIABLE for parts in message.repetitions("PID", 32)):
        return "PID-32"
    return "PID-5" if is_nobody(name) else ""
