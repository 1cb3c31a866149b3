"""What a record says of its person: a version of each detail. The set of versions decides what counts.

Only a word that came before its case is left out: nobody was known then, so it was kept without its person.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

from events.contract.event_types import starts_case
from events.intake.batch import IntakeBatch
from events.intake.prepared import Prepared
from events.intake.tasks import fact_task
from events.intake.telling_details import CORRECTIONS, SETTLES, TOLD_BY
from events.intake.terms_told import FOUND_BY, terms_with
from handoff.case.dates import FACILITIES
from handoff.fact import Person
from handoff.rules.jurisdiction import Other, Ours, municipality
from handoff.rules.versions import Origin, Version, Versions, added, agree, standing, within
from handoff.store.intake import tasks
from handoff.store.intake.cases import IntakeCase
from handoff.store.persons import OpenedPerson, Term, filled
from handoff.store.versions_json import told_values
from handoff.vocabulary.details import Detail, ToldBy
from handoff.vocabulary.words import EventKind

_KNOW_BEST = (*FACILITIES, "desk")  # roles whose word counts over that of others, such as a relative's


@dataclass(frozen=True)
class LearnedOfPerson:
    """What a word about the person changed.

    Attributes:
        changed: details of which another value counts now, or of which none was known.
        disputed: details about which sources contradict each other now, or no longer.
    """

    changed: Sequence[Detail] = ()
    disputed: Sequence[Detail] = ()

    @property
    def fields(self) -> str:
        """The details that the case has to learn of, as one code."""
        details = {*self.changed, *self.disputed}
        return ",".join(detail for detail in Detail if detail in details)


def get_to_know(prepared: Prepared, person: OpenedPerson, batch: IntakeBatch) -> None:
    """Keep the person's numbers if none were known, and index the person by the new identifiers."""
    sent = prepared.fact.person or Person()
    numbers = Person(registration_number=sent.registration_number, patient_number=sent.patient_number)
    whole = filled(person.told, numbers)
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


def found_by_numbers(prepared: Prepared, person: OpenedPerson, batch: IntakeBatch) -> None:
    """Index a person by the identifiers of news, since somebody has decided that they are about this person.

    Identifiers of other known persons are left out.
    """
    owners = batch.known.found
    find_by(person, {term for term in prepared.terms if owners.get(term[1], set()) <= {person.person_id}}, batch)


def learn(prepared: Prepared, case: IntakeCase, batch: IntakeBatch) -> LearnedOfPerson:
    """Add what a numbered fact says of the person. A new address that is not surely ours becomes a task.

    Returns:
        What the case has to learn of; nothing if the fact opens the case.
    """
    sent, person = prepared.fact.person, batch.known.people[case.person_id]
    if sent is None:
        return LearnedOfPerson()
    opening = starts_case(prepared.row.kind) and case.facts == 1  # `triage` has judged its address
    stored = person.versions if opening else within(person.versions, case.opened_at)
    origin, versions = _origin(prepared, case, batch), dict(stored)
    for detail in Detail:
        if values := told_values(detail, sent):
            new = Version(values, origin.written_at, origin)
            versions[detail] = added(detail, stored.get(detail, ()), new)
    if versions == person.versions:
        return LearnedOfPerson()
    learned = _settled(person, stored, versions)
    batch.writes.people[person.person_id] = person
    if opening:
        return LearnedOfPerson()
    if any(_is_new(detail, sent, stored) for detail in FOUND_BY):
        find_by(person, terms_with(sent, person, prepared.fact.sender, batch.context.vault), batch)
    if _is_new(Detail.ADDRESS, sent, stored):
        _moved(prepared, versions, batch)
    return learned


def _settled(person: OpenedPerson, stored: Versions, versions: Versions) -> LearnedOfPerson:
    """Give the person what counts now."""
    changed, disputed, counting = list[Detail](), list[Detail](), dict[str, Any]()
    for detail, listed in versions.items():
        now, before = standing(detail, listed), standing(detail, stored.get(detail, ()))
        if now is None:
            continue
        counting.update(now.counts.values)
        if now.counts.values != {name: getattr(person.told, name) for name in detail.fields}:
            changed.append(detail)
        if bool(now.against) != bool(before and before.against):
            disputed.append(detail)
    person.versions, person.told = versions, replace(person.told, **counting)
    return LearnedOfPerson(changed, disputed)


def _origin(prepared: Prepared, case: IntakeCase, batch: IntakeBatch) -> Origin:
    fact, context = prepared.fact, batch.context
    institution = context.profile.institution(fact.sender)
    told_by = ToldBy.known(str(fact.body.get(TOLD_BY) or "")) if fact.kind in CORRECTIONS else None
    knows = (institution.role if institution else fact.sender) in _KNOW_BEST
    return Origin(
        source=fact.sender,
        written_at=(fact.written_at or fact.occurred_at).astimezone(UTC),
        known_at=context.now.astimezone(UTC),
        since=case.opened_at.astimezone(UTC),
        told_by=told_by or "",
        by=fact.actor_role if fact.form == "desk" else "",
        knows=knows and (told_by is None or told_by.knows),
        correction=fact.kind in (*CORRECTIONS, EventKind.DISCHARGE_CORRECTED),
        settles=fact.kind in CORRECTIONS and bool(fact.body.get(SETTLES)),
        message=fact.message_id,
    )


def _is_new(detail: Detail, sent: Person, stored: Versions) -> bool:
    values = told_values(detail, sent)
    return bool(values) and all(values != version.values for version in stored.get(detail, ()))


def _moved(prepared: Prepared, versions: Versions, batch: IntakeBatch) -> None:
    """Open a task if an address that was not told before is not surely in this municipality (DOMAIN §2.9).

    An address that the same source has replaced since is none.
    """
    sent = prepared.fact.person or Person()
    values, counting = told_values(Detail.ADDRESS, sent), standing(Detail.ADDRESS, versions.get(Detail.ADDRESS, ()))
    open_ = (counting.counts, *counting.against) if counting else ()
    place = municipality(sent.address, sent.address_code, batch.context.profile)
    if isinstance(place, Ours) or not any(agree(Detail.ADDRESS, version.values, values) for version in open_):
        return
    row = prepared.row
    about = {"kind": row.kind, "sender": row.sender, "municipality": place.code if isinstance(place, Other) else ""}
    batch.writes.tasks.append((fact_task(row, tasks.MOVED_AWAY, about, batch.context), row))
