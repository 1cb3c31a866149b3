"""One record as intake works with it: read, hashed, and with the digests that find its person and its case."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from events.readers import Record, content, from_json, place, read, to_json
from handoff.fact import Doubt, Fact, Person, Unreadable
from handoff.rules import identity, plausibility
from handoff.store.facts import CONTENT, RAW, FactRow, Place
from handoff.store.offsets import Lane, Move
from handoff.store.persons import Term, filled, terms
from handoff.store.vault import Key, Vault

MOVES_NOTHING = -1  # the offset due of a record that is not read from its topic now
INCOMING = "handoff.from."  # an institution's topic is this and its code
_CASE = re.compile(r"C[0-9A-HJKMNP-TV-Z]{10}(?=\.|$)")


@dataclass(frozen=True)
class Unread:
    """Records that no decoder reads, from the arrival's offset on.

    Attributes:
        last: offset of the last one.
        records: how many.
        too_large: they unpack to more than we take: its sender is told. Else the fault is taken to be ours.
        error: name of what the decoder raised.
    """

    last: int
    records: int
    too_large: bool
    error: str


@dataclass(slots=True)  # not frozen: that costs a microsecond for each record
class Arrival:
    """A record and its place on Kafka; typed-in notices have no topic.

    Attributes:
        due: the offset that was due before it; less than `offset` where the log has a hole of its own.
        index: its place within the record, from 0.
        end: where the partition's log ended, as far as is known.
        size: bytes that it takes in memory, about.
        unread: None: it is one record; else the record's value is a whole batch as it lies on Kafka.
    """

    record: Record
    topic: str = ""
    partition: int = 0
    offset: int = 0
    topic_id: str = ""
    due: int = 0
    index: int = 0
    end: int = 0
    size: int = 0
    unread: Unread | None = None

    @property
    def lane(self) -> Lane:
        """The partition in which order holds."""
        return self.topic_id, self.partition

    @property
    def next(self) -> int:
        """The offset that is due after it."""
        return (self.unread.last if self.unread else self.offset) + 1

    @property
    def spot(self) -> Place:
        """Where it stood: one place is always one fact."""
        return self.topic_id, self.partition, self.offset, self.index

    @property
    def place(self) -> str:
        """Where it stood, as part of a key."""
        return f"{self.topic}:{self.topic_id}:{self.partition}:{self.offset}:{self.index}"


def moves(arrivals: Sequence[Arrival]) -> list[Move]:
    """How far taking these moves each partition; they follow one another."""
    found: dict[Lane, Move] = {}
    for each in arrivals:
        if each.topic_id and each.due != MOVES_NOTHING:
            begun = found.get(each.lane)
            due = begun.due if begun else each.due
            found[each.lane] = Move(each.topic_id, each.partition, due, each.next, each.end)
    return list(found.values())


@dataclass(frozen=True)
class Reading:
    """A fact on its way to its case.

    Attributes:
        row: what will stand in `facts`; intake completes it.
        terms: by which its person may be known.
        doubts: what contradicts itself in it; a person settles them.
        raw: the record's bytes as they came.
        id_reused: its sender used the message id before, for other content.
    """

    fact: Fact
    row: FactRow
    terms: frozenset[Term]
    doubts: tuple[Doubt, ...]
    raw: bytes
    id_reused: bool = False

    @property
    def strong(self) -> frozenset[Term]:
        """The terms of strong identifiers alone."""
        return frozenset(term for term in self.terms if term[0] in identity.STRONG)

    @property
    def case_id(self) -> str:
        """The case that its subject belongs to; "" if the subject is no id of ours."""
        found = _CASE.match(self.fact.subject)
        return found.group() if found else ""

    def seal(self, key: Key, person_id: str | None) -> None:
        """Seal what it says under the key of whom it is about."""
        self.row.person_id = person_id
        self.row.content_sealed = key.seal(CONTENT, to_json(self.fact))
        self.row.raw_sealed = key.seal(RAW, self.raw)


@dataclass(frozen=True)
class OursToMend:
    """A record that we fail to take, though its sender did nothing wrong; `error` is the name of what was raised."""

    error: str
    build: str


@dataclass(frozen=True)
class Arrived:
    """A record with its reading, with why nobody can read it, or with what we failed of."""

    arrival: Arrival
    read: Reading | Unreadable | OursToMend


def arrived(arrival: Arrival, vault: Vault, known_at: datetime) -> Arrived:
    """Read a record."""
    told = read(arrival.record, known_at)
    if isinstance(told, Unreadable):
        return Arrived(arrival, told)
    found = reading(told, arrival.record.value or b"", vault, known_at)
    if arrival.topic:
        row = found.row
        row.topic_id, row.partition, row.offset = arrival.topic_id, arrival.partition, arrival.offset
        row.index_in_record = arrival.index
    return Arrived(arrival, found)


def reading(fact: Fact, raw: bytes, vault: Vault, known_at: datetime) -> Reading:
    """Prepare a fact for intake."""
    row = FactRow(
        sender=fact.sender,
        message_id=fact.message_id,
        content_hash=vault.digest("content", content(fact)),
        kind=fact.kind,
        occurred_at=fact.occurred_at,
        known_at=known_at,
        subject=fact.subject,
        reference_digest=reference(vault, fact.sender, fact.reference),
        body=fact.body,
    )
    return _reading(fact, row, raw, vault)


def reopened(row: FactRow, vault: Vault, supplement: Person | None = None) -> Reading:
    """A fact that waited in the store, early or held, as it was read then; `supplement` is what was missing."""
    fact = from_json(vault.own.open(CONTENT, row.content_sealed or b""))
    if supplement is not None:
        fact = replace(fact, person=filled(supplement, fact.person or Person()))
    return _reading(fact, row, vault.own.open(RAW, row.raw_sealed or b""), vault)


def reference(vault: Vault, sender: str, name: str) -> bytes | None:
    """Keyed digest of a sender's own name for a discharge; None: it gave none."""
    return vault.digest("reference", f"{sender}\x1f{name}") if name else None


def _reading(fact: Fact, row: FactRow, raw: bytes, vault: Vault) -> Reading:
    index = identity.index_terms(fact.person, fact.sender) if fact.person else ()
    sensed = plausibility.doubts(fact.discharge, fact.person, row.known_at)
    found = [replace(doubt, place=place(fact.form, doubt.place)) for doubt in sensed]
    return Reading(fact, row, frozenset(terms(vault, index)), _once((*fact.doubts, *found)), raw)


def _once(doubts: Collection[Doubt]) -> tuple[Doubt, ...]:
    """Each code once: the form's reader names a place that the sender knows, so it comes first."""
    return tuple({doubt.code: doubt for doubt in reversed(tuple(doubts))}.values())[::-1]
