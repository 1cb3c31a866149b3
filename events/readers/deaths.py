"""Reads a death, whichever message tells it: an update that tells a death becomes `person.died`."""

from collections.abc import Mapping
from dataclasses import replace

from events.contract.event_types import starts_case
from events.readers.hl7v2.message import Message
from handoff.fact import Discharge, Fact
from handoff.rules import deaths
from handoff.vocabulary.states import Destination
from handoff.vocabulary.words import EventKind

NULL = '""'  # HL7's null: the sender deletes the value that it sent before
YES, NO = frozenset({"Y", "YES"}), frozenset({"N", "NO"})
TEXTS = (2, 5)  # components of PV1-36 that are texts


def with_death(fact: Fact, dispositions: Mapping[str, str]) -> Fact:
    """The fact with what its disposition means, and as `person.died` if it tells a death.

    A notice that may open a case keeps its kind: if the person has no open case, a person settles it.

    Args:
        fact: as it was read.
        dispositions: the sender's own codes for dispositions, and the `Destination` that each means.
    """
    if fact.discharge is None:
        return fact
    discharge = _with_meaning(fact.discharge, dispositions)
    died = deaths.tells_death(discharge) and not starts_case(fact.kind)
    return replace(fact, kind=EventKind.PERSON_DIED if died else fact.kind, discharge=discharge)


def in_message(message: Message) -> tuple[bool, bool | None]:
    """What PID-29 and PID-30 of an HL7 v2 message say: whether the person died, and True if they say "not died".

    A PID-29 that cannot be read tells a death too: the reader has a doubt about it.
    """
    flag = message.first("PID", 30).upper()
    died = flag in YES or bool(message.first("PID", 29).strip("0"))
    return died, True if flag in NO or message.sent("PID", 30) == NULL else None


def in_texts(message: Message) -> str:
    """`Destination.DIED` if a text of PV1-36 says that the person died, else ""."""
    died = any(deaths.says_death(message.first("PV1", 36, component)) for component in TEXTS)
    return Destination.DIED if died else ""


def _with_meaning(discharge: Discharge, dispositions: Mapping[str, str]) -> Discharge:
    """The discharge with the meaning of its disposition in the sender's table. A code for a death tells the death."""
    own = replace(discharge, goes=dispositions.get(discharge.disposition, ""))
    death = discharge.death or (deaths.by_code(own) and not own.alive)
    return replace(own, goes=discharge.goes or own.goes, death=death)
