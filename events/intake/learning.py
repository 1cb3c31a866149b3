"""What a record says of its person: gaps are filled, and of phone and address the latest word counts.

Which word is the latest depends on when it was written, not on when it came. Only a word that came before its case is
left out: nobody was known then, so it was kept without phone and address.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC

from events.contract.event_types import starts_case
from events.intake.batch import IntakeBatch
from events.intake.prepared import Prepared
from events.intake.tasks import fact_task
from events.intake.triage import place_with
from handoff.case.dates import FACILITIES
from handoff.fact import Person
from handoff.rules.jurisdiction import Other, Ours
from handoff.store.intake import tasks
from handoff.store.intake.cases import IntakeCase
from handoff.store.persons import OpenedPerson, Rank, Term, filled
from handoff.vocabulary.words import EventKind

PHONE, ADDRESS = "phone", "address"
_KNOW_BEST = (*FACILITIES, "desk")  # roles whose word counts over that of others, such as a relative's
_CHANGES = {PHONE: ("phone",), ADDRESS: ("address", "address_code")}  # fields that change together


def get_to_know(prepared: Prepared, person: OpenedPerson, batch: IntakeBatch) -> None:
    """Fill gaps in what we know of the person, and index the person by the new identifiers."""
    whole = filled(person.told, prepared.fact.person or Person())
    if person.fresh or whole != person.told:
        person.told = whole
        batch.writes.people[person.person_id] = person
    find_by(person, prepared.terms, batch)


def find_by(person: OpenedPerson, terms: Collection[Term], batch: IntakeBatch) -> bool:
    """Index a person by these terms too. Returns whether one of them is new."""
    new = set(terms) - person.terms
    batch.known.learn(person, new)
    batch.writes.terms.setdefault(person.person_id, set()).update(new)
    return bool(new)


def learn(prepared: Prepared, case: IntakeCase, batch: IntakeBatch) -> None:
    """Keep the latest word on phone and address. A new address that is not surely ours becomes a task."""
    sent, person = prepared.fact.person, batch.known.people[case.person_id]
    if sent is None:
        return
    rank, before = _rank(prepared, batch), person.told
    for subject, fields in _CHANGES.items():
        values = {name: getattr(sent, name) for name in fields}
        if any(values.values()) and rank > person.ranks.get(subject, ()):
            person.ranks[subject] = rank
            person.told = replace(person.told, **values)
            batch.writes.people[person.person_id] = person
    if person.told.phone != before.phone:
        _found_by_contact(prepared, person, batch)
    opening = starts_case(prepared.row.kind) and case.facts == 1  # `triage` has judged its address
    if not opening and (person.told.address, person.told.address_code) != (before.address, before.address_code):
        _moved(prepared, batch)


def _rank(prepared: Prepared, batch: IntakeBatch) -> Rank:
    """Which of two words counts: a facility's over others', the later over the earlier, a correction over a notice."""
    fact = prepared.fact
    institution = batch.context.profile.institution(fact.sender)
    knows = (institution.role if institution else fact.sender) in _KNOW_BEST
    written = (fact.written_at or fact.occurred_at).astimezone(UTC).isoformat()
    return int(knows), written, int(fact.kind == EventKind.DISCHARGE_CORRECTED), fact.message_id


def _found_by_contact(prepared: Prepared, person: OpenedPerson, batch: IntakeBatch) -> None:
    """Index the person by the new phone. Only a notice adds strong identifiers."""
    find_by(person, prepared.terms - prepared.strong, batch)


def _moved(prepared: Prepared, batch: IntakeBatch) -> None:
    """Open a task if the new address is in another municipality, or in none that was found (DOMAIN §2.9)."""
    place = place_with(prepared, None, batch.context.profile)
    if isinstance(place, Ours):
        return
    row = prepared.row
    about = {"kind": row.kind, "sender": row.sender, "municipality": place.code if isinstance(place, Other) else ""}
    batch.writes.tasks.append((fact_task(row, tasks.MOVED_AWAY, about, batch.context), row))
