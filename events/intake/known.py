"""The people and cases that a batch is about, with what earlier records of the batch have added."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from events.contract.event_types import starts_case
from events.intake.prepared import Prepared
from handoff.fact import Discharge, Person
from handoff.rules.another_stay import KnownStays, another_stay
from handoff.rules.deaths import tells_death
from handoff.rules.identity import Compared, KnownPerson, Match, likely, whom
from handoff.store.intake.cases import CasePart, IntakeCase
from handoff.store.intake.doors import ContentName
from handoff.store.persons import OpenedPerson, Term
from handoff.vocabulary.states import Earlier, FactState
from handoff.vocabulary.words import EventKind

_DEATH = "death"  # beside the kinds of term that fit


@dataclass
class Knowledge:
    """People and cases in memory. They are locked in the store until the transaction ends.

    Attributes:
        people: by id.
        cases: by id; `remember` adds one.
        named: by digest of a sender's reference: ids of the cases that it names.
        found: by digest of a term: ids of the people who have it.
        parts: by id: lines, offers, visits and checks that answers may name.
        earlier: by id: the moments of a case or a part of it that answers follow.
        tellers: by case: the institutions that sent notices of it.
        waiting: early facts, the oldest first.
        at_door: notices that stand at the door, of stays and persons that the batch has notices or cancellations of.
        door_answers: what became of notices whose content the batch repeats, and which stood at the door.
        kept: notices that are held or at the door, of a stay or a person that news in the batch are about; and news
            that a person is asked about already.
        apart: what fitted when a person decided that words with a number or reference are not about somebody.
        making_again: whether a restore may have lost what answers name, so that it is being made again.
        waited_for: senders with an earlier answer that waits for that. Later answers do not overtake it.
        seen: by sender and message id: content hashes of what came before.
        stays: by case: the admissions that its words named. Only of cases that a word may mean which names no stay.
    """

    people: dict[str, OpenedPerson] = field(default_factory=dict)
    cases: dict[str, IntakeCase] = field(default_factory=dict)
    named: dict[bytes, set[str]] = field(default_factory=dict)
    found: dict[bytes, set[str]] = field(default_factory=dict)
    parts: dict[str, CasePart] = field(default_factory=dict)
    earlier: dict[str, dict[Earlier, datetime]] = field(default_factory=dict)
    tellers: dict[str, set[str]] = field(default_factory=dict)
    waiting: list[Prepared] = field(default_factory=list)
    at_door: list[Prepared] = field(default_factory=list)
    kept: list[Prepared] = field(default_factory=list)
    apart: dict[tuple[bytes, str], frozenset[str]] = field(default_factory=dict)
    door_answers: dict[ContentName, str] = field(default_factory=dict)
    making_again: bool = False
    waited_for: frozenset[str] = frozenset()
    seen: dict[tuple[str, str], set[bytes]] = field(default_factory=dict)
    stays: dict[str, KnownStays] = field(default_factory=dict)
    _of_person: dict[str, list[IntakeCase]] = field(default_factory=dict)

    def hashes(self, prepared: Prepared) -> set[bytes]:
        """Content hashes of earlier records with the same sender and message id. The caller adds the new one."""
        return self.seen.setdefault((prepared.row.sender, prepared.row.message_id), set())

    def whom(self, prepared: Prepared) -> Match:
        """Which person a fact is about, among all people who share a term with it."""
        candidates = [
            KnownPerson(person.person_id, person.told, _shared(prepared, person), self.has_open_case(person.person_id))
            for person in self.people_of(prepared.terms)
        ]
        return whom(prepared.fact.person or Person(), prepared.fact.sender, candidates)

    def discharge(self, prepared: Prepared) -> IntakeCase | None:
        """The case that the sender's reference names: the open case, else the last; None: unknown reference."""
        ids = self.named.get(prepared.row.reference_digest or b"", ())
        named = (self.cases.get(case_id) for case_id in ids)
        return _latest([self.surviving(case) for case in named if case])

    def surviving(self, case: IntakeCase) -> IntakeCase:
        """The case that goes on in the place of one that was joined; else the case itself."""
        return self.cases.get(case.joined_into or "", case)

    def case_of(self, person_id: str) -> IntakeCase | None:
        """A person's open case, else the last; None: there is none."""
        return _latest(self._of_person.get(person_id, ()))

    def has_open_case(self, person_id: str) -> bool:
        """Whether a person has an open case."""
        case = self.case_of(person_id)
        return case is not None and case.closed_at is None

    def likely(self, prepared: Prepared) -> list[Compared]:
        """The people with an open case whom news are likely about, though no number and no reference names them.

        If a number in it names somebody with an open case whom it does not contradict, it is about nobody else.
        """
        owners = (one for one in self.people_of(prepared.strong) if self.has_open_case(one.person_id))
        if any(not prepared.likeness.contradicts(owner.told) for owner in owners):
            return []
        compared = [
            Compared(person.person_id, _shared(prepared, person), prepared.likeness.differs(person.told))
            for person in self.people_of(prepared.terms)
        ]
        return [
            one for one in likely(compared) if self.has_open_case(one.person_id) and not self._told_apart(prepared, one)
        ]

    def likely_cases(self, prepared: Prepared) -> list[IntakeCase]:
        """The open cases of the people whom news are likely about."""
        cases_ = (self.case_of(one.person_id) for one in self.likely(prepared))
        return [case for case in cases_ if case]

    def asks_about(self, prepared: Prepared) -> bool:
        """Whether a task asks already whom words about this stay or person are about. A death has its own task."""
        return any(
            not prepared.digests.isdisjoint(held.digests) and (tells_of_death(held) or not tells_of_death(prepared))
            for held in self.kept
        )

    def _told_apart(self, prepared: Prepared, one: Compared) -> bool:
        fits = fits_in(prepared, one)
        return any(fits <= self.apart.get((digest, one.person_id), frozenset()) for digest in prepared.digests)

    def remember(self, case: IntakeCase) -> None:
        """Add a case."""
        self.cases[case.case_id] = case
        if not case.joined_into:
            person = self.people.get(case.person_id)
            self._of_person.setdefault((person and person.merged_into) or case.person_id, []).append(case)

    def open_cases_of(self, prepared: Prepared) -> list[IntakeCase]:
        """The open cases of all people who share a strong identifier with it."""
        latest = (self.case_of(person.person_id) for person in self.people_of(prepared.strong))
        return [case for case in latest if case and not case.closed_at]

    def is_of_another_stay(self, prepared: Prepared, case: IntakeCase) -> bool:
        """Whether a word that names no stay has the moments of another one than those of its case."""
        if prepared.row.reference_digest is not None or case.closed_at:
            return False
        of_case = self.stays.get(case.case_id, KnownStays())
        return another_stay(prepared.row.kind, prepared.fact.discharge or Discharge(), of_case, case.discharged_at)

    def learn(self, person: OpenedPerson, terms: Collection[Term]) -> None:
        """Add terms by which a person is found."""
        person.terms |= set(terms)
        for _, digest in terms:
            self.found.setdefault(digest, set()).add(person.person_id)

    def take_waiting(self, reference: bytes | None, numbers: Collection[bytes]) -> list[Prepared]:
        """Remove and return early facts about this discharge or person, in the order in which they came."""
        if not self.waiting:
            return []
        digests = frozenset(numbers)
        taken = [
            early
            for early in self.waiting
            if (reference and early.row.reference_digest == reference) or digests & early.row.sought
        ]
        self.waiting = [early for early in self.waiting if not any(early is one for one in taken)]
        return taken

    def keeps_notice_of(self, prepared: Prepared) -> bool:
        """Whether a notice of this discharge or person is held or at the door: what it needs is kept beside it.

        The same goes for news about the same discharge or person that a person is asked about.
        """
        return any(
            not prepared.likeness.contradicts(held.fact.person or Person())
            and (not prepared.digests.isdisjoint(held.digests) or _likely_about(prepared, held))
            for held in (*self.kept, *self.at_door)
        )

    def take_likely(self, person_id: str) -> list[Prepared]:
        """Early facts that are likely about this person, the oldest first. They stay among those that wait."""
        digests = {digest for _, digest in self.people[person_id].terms}
        near = [early for early in self.waiting if not early.likely.isdisjoint(digests)]
        return [early for early in near if any(one.person_id == person_id for one in self.likely(early))]

    def stop_waiting(self, early: Prepared) -> None:
        """Take an early fact out of those that wait."""
        self.waiting = [one for one in self.waiting if one is not early]

    def people_of(self, terms: Iterable[Term]) -> list[OpenedPerson]:
        """The people who have one of these terms."""
        ids = set().union(*(self.found.get(digest, set()) for _, digest in terms))
        return [self.people[person_id] for person_id in sorted(ids)]


def tells_of_death(prepared: Prepared) -> bool:
    """Whether a word tells of a death, as news or in a notice."""
    return prepared.row.kind == EventKind.PERSON_DIED or tells_death(prepared.fact.discharge)


def fits_in(prepared: Prepared, one: Compared) -> frozenset[str]:
    """What a word has in common with a person, and whether it tells of a death: what else would be new."""
    return one.matched | ({_DEATH} if tells_of_death(prepared) else set())


def _shared(prepared: Prepared, person: OpenedPerson) -> frozenset[str]:
    return frozenset(kind for kind, _ in prepared.terms & person.terms)


def _likely_about(prepared: Prepared, held: Prepared) -> bool:
    """Whether news are likely about the person of a held notice."""
    if not starts_case(held.row.kind) or held.row.state != FactState.HELD:
        return False
    shared = frozenset(kind for kind, _ in prepared.terms & held.terms)
    return bool(likely([Compared("", shared, prepared.likeness.differs(held.fact.person or Person()))]))


def _latest(candidates: Collection[IntakeCase]) -> IntakeCase | None:
    if not candidates:
        return None
    return max(candidates, key=lambda case: (case.closed_at is None, case.opened_at))
