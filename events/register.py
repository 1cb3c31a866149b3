"""What intake knows of the people and cases that a batch speaks of; what the batch itself adds is known at once."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from events.reading import Reading, reopened
from handoff.fact import Person
from handoff.rules.identity import Known, Match, whom
from handoff.store import facts, openings, persons
from handoff.store.openings import Episode, Part
from handoff.store.persons import OpenedPerson, Term
from handoff.store.vault import Vault


@dataclass
class Register:
    """People and cases in memory, locked in the store for as long as the transaction runs.

    Attributes:
        episodes: cases by their ids; `remember` adds one.
        named: ids of the cases that a reference's digest names.
        found: ids of the people whom a term's digest finds.
        waiting: early facts, the oldest first.
        making_again: what an answer names may have been lost in a restore, and be made again.
        waited_for: senders of whom an earlier answer waits for that: a later one does not overtake it.
        said: for sender and message id, the hashes of what came under it.
    """

    people: dict[str, OpenedPerson] = field(default_factory=dict)
    episodes: dict[str, Episode] = field(default_factory=dict)
    named: dict[bytes, set[str]] = field(default_factory=dict)
    found: dict[bytes, set[str]] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)
    tellers: dict[str, set[str]] = field(default_factory=dict)
    waiting: list[Reading] = field(default_factory=list)
    making_again: bool = False
    waited_for: frozenset[str] = frozenset()
    said: dict[tuple[str, str], set[bytes]] = field(default_factory=dict)
    _of_person: dict[str, list[Episode]] = field(default_factory=dict)

    def whom(self, reading: Reading) -> Match:
        """Whom a fact is about, among all whom its terms find."""
        candidates = [
            Known(each.person_id, each.told, frozenset(kind for kind, _ in reading.terms & each.terms))
            for each in self._people_of(reading.terms)
        ]
        return whom(reading.fact.person or Person(), reading.fact.sender, candidates)

    def discharge(self, reading: Reading) -> Episode | None:
        """The case that the sender's reference names: the open one, else the last."""
        ids = self.named.get(reading.row.reference_digest or b"", ())
        return _latest([self.episodes[case_id] for case_id in ids if case_id in self.episodes])

    def episode_of(self, person_id: str) -> Episode | None:
        """A person's open case, else the last."""
        return _latest(self._of_person.get(person_id, ()))

    def remember(self, episode: Episode) -> None:
        """Know a case from now on."""
        self.episodes[episode.case_id] = episode
        self._of_person.setdefault(episode.person_id, []).append(episode)

    def known_by_identifier(self, reading: Reading) -> list[Episode]:
        """The open cases of all whom its strong identifiers name."""
        latest = (self.episode_of(each.person_id) for each in self._people_of(reading.strong))
        return [episode for episode in latest if episode and not episode.closed_at]

    def learn(self, person: OpenedPerson, terms: Collection[Term]) -> None:
        """A person can be found by these from now on."""
        person.terms |= set(terms)
        for _, digest in terms:
            self.found.setdefault(digest, set()).add(person.person_id)

    def take_waiting(self, reference: bytes | None, terms: Collection[Term]) -> list[Reading]:
        """Early facts about this discharge or person, in the order in which they came; they wait no longer."""
        if not self.waiting:
            return []
        digests = {digest for _, digest in terms}
        taken = [
            each
            for each in self.waiting
            if (reference and each.row.reference_digest == reference) or digests & each.row.sought
        ]
        self.waiting = [each for each in self.waiting if not any(each is one for one in taken)]
        return taken

    def _people_of(self, terms: Iterable[Term]) -> list[OpenedPerson]:
        ids = set().union(*(self.found.get(digest, set()) for _, digest in terms))
        return [self.people[person_id] for person_id in sorted(ids)]


async def load(
    conn: AsyncConnection, vault: Vault, readings: Sequence[Reading], also: Collection[str] = ()
) -> Register:
    """Lock and read everything that these facts may be about; `also` are case ids that somebody names besides."""
    await openings.lock(conn, _locks(vault, readings))
    register = Register(said=await facts.seen(conn, {(each.row.sender, each.row.message_id) for each in readings}))
    references = {each.row.reference_digest for each in readings if each.row.reference_digest}
    register.named = await openings.named(conn, references)
    ids = {case_id for named in register.named.values() for case_id in named}
    ids |= {each.case_id for each in readings if each.case_id} | set(also)
    terms = {term for each in readings for term in each.terms}
    people = await persons.found_by(conn, terms)
    episodes = await openings.find(conn, ids, people)
    register.people = await persons.find(conn, vault, people | {each.person_id for each in episodes.values()})
    for person in register.people.values():
        register.learn(person, person.terms)
    for episode in episodes.values():
        if episode.person_id in register.people:  # else erased
            register.remember(episode)
    await _load_parts(conn, register, readings)
    strong = {digest for each in readings for _, digest in each.strong}
    register.waiting = [reopened(row, vault) for row in await facts.early(conn, references, strong)]
    return register


async def _load_parts(conn: AsyncConnection, register: Register, readings: Sequence[Reading]) -> None:
    answering = [each for each in readings if each.case_id]
    register.parts = await openings.parts(conn, {each.fact.subject for each in answering})
    register.tellers = await openings.tellers(conn, {each.case_id for each in answering})


def _locks(vault: Vault, readings: Sequence[Reading]) -> set[bytes]:
    senders = {each.row.sender for each in readings}
    return {vault.digest("sender", sender) for sender in senders} | {
        digest for each in readings for _, digest in each.terms
    }


def _latest(episodes: Collection[Episode]) -> Episode | None:
    if not episodes:
        return None
    return max(episodes, key=lambda each: (each.closed_at is None, each.opened_at))
