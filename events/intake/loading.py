"""Locks and reads the people and cases that a batch is about, and the words that wait for them."""

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from events.contract.event_types import starts_case
from events.intake.known import Knowledge
from events.intake.prepared import Prepared, reopen
from events.intake.strangers import numbers_waiting
from events.intake.terms_told import terms_with
from events.readers import from_json
from handoff.rules.another_stay import KINDS as STAY_KINDS
from handoff.rules.another_stay import KnownStays
from handoff.rules.identity import FULL, STRONG
from handoff.store import persons
from handoff.store.intake import apart, cases, doors, earlier, facts, kept_notices, stays
from handoff.store.intake.cases import CasePart
from handoff.store.vault import Vault
from handoff.vocabulary.words import EventKind


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
    opening = {digest for fact in batch if starts_case(fact.row.kind) or fact.row.fact_id for digest in fact.likely}
    sought = {digest for fact in batch for digest in fact.numbers} | opening | _told_anew(vault, knowledge, batch, also)
    knowledge.waiting = await _early_words(conn, vault, references, sought)
    news = [fact for fact in batch if not starts_case(fact.row.kind)]
    named = {digest for fact in news for digest in fact.digests}
    likely_ = {digest for fact in news for digest in fact.likely}
    knowledge.kept = [reopen(row, vault) for row in await kept_notices.about(conn, named | likely_)]
    knowledge.apart = await apart.known(conn, {digest for fact in batch for digest in fact.digests})
    await _load_doors(conn, vault, knowledge, batch)
    await _load_stays(conn, knowledge, [*batch, *knowledge.waiting])
    return knowledge


def _told_anew(vault: Vault, knowledge: Knowledge, batch: Sequence[Prepared], also: Collection[str]) -> set[bytes]:
    """Digests by which known people may be found after this batch, and were not found before: new names and phones."""
    digests = set[bytes]()
    for prepared in batch:
        if sent := prepared.fact.person:
            named = [knowledge.discharge(prepared), *(knowledge.cases.get(name) for name in (prepared.case_id, *also))]
            people = {knowledge.surviving(case).person_id for case in named if case}
            people |= {person.person_id for person in knowledge.people_of(prepared.terms)}
            for person in (knowledge.people[person_id] for person_id in people & knowledge.people.keys()):
                new = terms_with(sent, person, prepared.fact.sender, vault) - person.terms
                digests |= {digest for _, digest in new}
    return digests


async def _early_words(
    conn: AsyncConnection, vault: Vault, references: Collection[bytes], digests: Collection[bytes]
) -> list[Prepared]:
    """Early words, the oldest first. Among them may be a merge: then those about its other numbers too."""
    words, sought, asked = dict[int, Prepared](), set(digests), set[bytes]()
    while sought != asked or not words:
        rows = await facts.early(conn, references, sought)
        if not rows:
            break
        words |= {row.fact_id: reopen(row, vault) for row in rows if row.fact_id and row.fact_id not in words}
        asked = sought
        sought = sought | {digest for word in words.values() for _, digest in numbers_waiting(word)}
    return [words[fact_id] for fact_id in sorted(words)]


async def _load_stays(conn: AsyncConnection, knowledge: Knowledge, words: Sequence[Prepared]) -> None:
    """Read which admissions the cases know, if one of these words names no stay: most do."""
    nameless = [word for word in words if word.row.reference_digest is None and not word.fact.subject]
    if any(word.row.kind in STAY_KINDS for word in nameless):
        for row in await stays.words_of(conn, knowledge.cases):
            if row.person_id in knowledge.people and row.content_sealed:
                fact = from_json(knowledge.people[row.person_id].key.open(facts.CONTENT, row.content_sealed))
                of_case = knowledge.stays.setdefault(str(row.case_id), KnownStays())
                of_case.add(row.kind, fact.discharge, row.occurred_at)


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
    """Senders and people. Two words that share name, birth date and phone share name and phone: one lock is enough."""
    senders = {fact.row.sender for fact in batch}
    return {vault.digest("sender", sender) for sender in senders} | {
        digest for fact in batch for kind, digest in fact.terms if kind != FULL
    }
