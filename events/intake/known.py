"""The people and cases that a batch is about, with what earlier records of the batch have added."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from events.contract.event_types import starts_case
from events.intake.prepared import Prepared, reopen
from handoff.fact import Person
from handoff.rules.identity import FULL, STRONG, KnownPerson, Match, whom
from handoff.store import persons
from handoff.store.intake import cases, doors, earlier, facts, kept_notices
from handoff.store.intake.cases import CasePart, IntakeCase
from handoff.store.intake.doors import ContentName
from handoff.store.persons import OpenedPerson, Term
from handoff.store.vault import Vault
from handoff.vocabulary.states import Earlier
from handoff.vocabulary.words import EventKind


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
        kept: notices that are held or at the door, of a stay or a person that news in the batch are about.
        making_again: whether a restore may have lost what answers name, so that it is being made again.
        waited_for: senders with an earlier answer that waits for that. Later answers do not overtake it.
        seen: by sender and message id: content hashes of what came before.
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
    door_answers: dict[ContentName, str] = field(default_factory=dict)
    making_again: bool = False
    waited_for: frozenset[str] = frozenset()
    seen: dict[tuple[str, str], set[bytes]] = field(default_factory=dict)
    _of_person: dict[str, list[IntakeCase]] = field(default_factory=dict)

    def hashes(self, prepared: Prepared) -> set[bytes]:
        """Content hashes of earlier records with the same sender and message id. The caller adds the new one."""
        return self.seen.setdefault((prepared.row.sender, prepared.row.message_id), set())

    def whom(self, prepared: Prepared) -> Match:
        """Which person a fact is about, among all people who share a term with it."""
        candidates = [
            KnownPerson(person.person_id, person.told, frozenset(kind for kind, _ in prepared.terms & person.terms))
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

    def learn(self, person: OpenedPerson, terms: Collection[Term]) -> None:
        """Add terms by which a person is found."""
        person.terms |= set(terms)
        for _, digest in terms:
            self.found.setdefault(digest, set()).add(person.person_id)

    def take_waiting(self, reference: bytes | None, terms: Collection[Term]) -> list[Prepared]:
        """Remove and return early facts about this discharge or person, in the order in which they came."""
        if not self.waiting:
            return []
        digests = {digest for _, digest in terms}
        taken = [
            early
            for early in self.waiting
            if (reference and early.row.reference_digest == reference) or digests & early.row.sought
        ]
        self.waiting = [early for early in self.waiting if not any(early is one for one in taken)]
        return taken

    def keeps_notice_of(self, prepared: Prepared) -> bool:
        """Whether a notice of this discharge or person is held or at the door: what it needs is kept beside it."""
        return any(
            not prepared.digests.isdisjoint(notice.digests)
            and not prepared.likeness.contradicts(notice.fact.person or Person())
            for notice in (*self.kept, *self.at_door)
        )

    def people_of(self, terms: Iterable[Term]) -> list[OpenedPerson]:
        """The people who have one of these terms."""
        ids = set().union(*(self.found.get(digest, set()) for _, digest in terms))
        return [self.people[person_id] for person_id in sorted(ids)]


async def load(conn: AsyncConnection, vault: Vault, batch: Sequence[Prepared], also: Collection[str] = ()) -> Knowledge:
    """Lock and read everything that these facts may be about. `also`: further case ids that a person has named."""
    await cases.lock(conn, _locks(vault, batch))
    knowledge = Knowledge(seen=await facts.seen(conn, {fact.row.name for fact in batch}))
    references = {fact.row.reference_digest for fact in batch if fact.row.reference_digest}
    knowledge.named = await cases.named(conn, references)
    ids = {case_id for named in knowledge.named.values() for case_id in named}
    ids |= {fact.case_id for fact in batch if fact.case_id} | set(also)
    people = await persons.found_by(conn, {term for fact in batch for term in fact.terms})
    case_rows = await cases.find(conn, ids, await persons.with_merged(conn, people))
    further = {case.joined_into for case in case_rows.values() if case.joined_into} - case_rows.keys()
    case_rows |= await cases.find(conn, further, [])
    knowledge.people = await persons.find(conn, vault, people | {case.person_id for case in case_rows.values()})
    for person in knowledge.people.values():
        knowledge.learn(person, person.terms)
    for case in case_rows.values():
        if case.person_id in knowledge.people:  # otherwise the person was erased
            knowledge.remember(case)
    await _load_parts(conn, knowledge, batch)
    strong = {digest for fact in batch for _, digest in fact.strong}
    knowledge.waiting = [reopen(row, vault) for row in await facts.early(conn, references, strong)]
    news = {digest for fact in batch if not starts_case(fact.row.kind) for digest in fact.digests}
    knowledge.kept = [reopen(row, vault) for row in await kept_notices.about(conn, news)]
    await _load_doors(conn, vault, knowledge, batch)
    return knowledge


async def _load_doors(conn: AsyncConnection, vault: Vault, knowledge: Knowledge, batch: Sequence[Prepared]) -> None:
    notices = [fact for fact in batch if starts_case(fact.row.kind)]
    moving = [*notices, *(fact for fact in batch if fact.row.kind == EventKind.DISCHARGE_CANCELLED)]
    references = {fact.row.reference_digest for fact in moving if fact.row.reference_digest}
    sure = {digest for fact in notices for kind, digest in fact.terms if kind in {*STRONG, FULL}}
    knowledge.at_door = [reopen(row, vault) for row in await doors.about(conn, references, sure)]
    repeats = [fact.row for fact in notices if any(map(fact.same_content, knowledge.hashes(fact)))]
    knowledge.door_answers = await doors.answers(conn, {(row.sender, row.message_id) for row in repeats})


async def _load_parts(conn: AsyncConnection, knowledge: Knowledge, batch: Sequence[Prepared]) -> None:
    answers = [fact for fact in batch if fact.case_id]
    subjects = {answer.fact.subject for answer in answers}
    named = {case_id: knowledge.surviving(case).case_id for case_id, case in knowledge.cases.items()}
    into = {name: named[name] for name in subjects & named.keys() if named[name] != name}
    knowledge.parts = await cases.parts(conn, {*subjects, *into.values()})
    knowledge.earlier = await earlier.moments(conn, {*subjects, *into.values()})
    knowledge.tellers = await cases.tellers(conn, {answer.case_id for answer in answers} | {*into.values()})
    for case_id, goes_on in into.items():  # who was asked about the case that was joined may answer about this one
        asked = knowledge.parts[goes_on].providers | knowledge.parts[case_id].providers
        knowledge.parts[goes_on] = CasePart(goes_on, asked)
        tellers = knowledge.tellers.get(goes_on, set()) | knowledge.tellers.get(case_id, set())
        knowledge.tellers[goes_on] = tellers


def _locks(vault: Vault, batch: Sequence[Prepared]) -> set[bytes]:
    senders = {fact.row.sender for fact in batch}
    return {vault.digest("sender", sender) for sender in senders} | {
        digest for fact in batch for _, digest in fact.terms
    }


def _latest(candidates: Collection[IntakeCase]) -> IntakeCase | None:
    if not candidates:
        return None
    return max(candidates, key=lambda case: (case.closed_at is None, case.opened_at))
