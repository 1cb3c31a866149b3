"""What a message means beyond its fields, whatever its form: a death, and where the person goes."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from events.contract.event_types import starts_case
from events.readers.places import place
from handoff.fact import Discharge, Doubt, Fact
from handoff.rules import deaths
from handoff.vocabulary.states import Destination
from handoff.vocabulary.words import EventKind

_DISCHARGES = (EventKind.DISCHARGE_NOTIFIED, EventKind.DISCHARGE_CORRECTED)
# Where the person goes instead of home, if a message tells a discharge: code and sentence of a doubt.
_NOT_HOME: Mapping[str, tuple[str, str]] = {
    Destination.HOSPITAL: ("goes-to-hospital", "The disposition is another hospital."),
    Destination.STAYS: (Destination.STAYS.value, "The disposition says that the person is still a patient."),
}


def with_meaning(fact: Fact, dispositions: Mapping[str, str]) -> Fact:
    """The fact with what its disposition means, and as `person.died` if it tells a death.

    A notice that may open a case keeps its kind: if the person has no open case, a person settles it.

    Args:
        fact: as it was read.
        dispositions: the sender's own codes for dispositions, and the `Destination` that each means.
    """
    if fact.discharge is None:
        return fact
    discharge = _disposed(fact.discharge, dispositions)
    died = deaths.tells_death(discharge) and not starts_case(fact.kind)
    doubts = (*fact.doubts, *_not_home(fact, discharge))
    if discharge is fact.discharge and not died and len(doubts) == len(fact.doubts):
        return fact
    return replace(fact, kind=EventKind.PERSON_DIED if died else fact.kind, discharge=discharge, doubts=doubts)


def _not_home(fact: Fact, discharge: Discharge) -> Iterator[Doubt]:
    tells_discharge = discharge.discharged_at is not None and fact.kind in _DISCHARGES
    if tells_discharge and (doubt := _NOT_HOME.get(deaths.goes(discharge))):
        code, sentence = doubt
        yield Doubt(code, place(fact.form, "discharge.disposition"), sentence)


def _disposed(discharge: Discharge, dispositions: Mapping[str, str]) -> Discharge:
    """The discharge with the meaning of its disposition in the sender's table. A code for a death tells the death."""
    goes = dispositions.get(discharge.disposition, "")
    died = not discharge.death and not discharge.alive and deaths.by_code(discharge.disposition, goes)
    if not died and (not goes or discharge.goes):
        return discharge
    return replace(discharge, goes=discharge.goes or goes, death=discharge.death or died)
