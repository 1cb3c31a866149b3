"""Reads a death, whichever message tells it: an update that tells a death becomes `person.died`."""

from collections.abc import Mapping
from dataclasses import replace

from events.contract.event_types import starts_case
from handoff.fact import Discharge, Fact
from handoff.rules import deaths
from handoff.vocabulary.words import EventKind


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


def _with_meaning(discharge: Discharge, dispositions: Mapping[str, str]) -> Discharge:
    """The discharge with the meaning of its disposition in the sender's table. A code for a death tells the death."""
    own = replace(discharge, goes=dispositions.get(discharge.disposition, ""))
    death = discharge.death or (deaths.by_code(own) and not own.alive)
    return replace(own, goes=discharge.goes or own.goes, death=death)
