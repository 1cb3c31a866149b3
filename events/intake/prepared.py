"""The second shape: a record that was read, with the digests that find its person and its case.

A record that could not be read is `Refused` (its sender has to mend it) or `OursToMend`.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from traceback import extract_tb

import structlog
from prometheus_client import Counter

from events.contract.codes import Code
from events.contract.event_types import starts_case
from events.intake.context import IntakeContext
from events.intake.likeness import Likeness, kept_terms, likeness
from events.readers import InboundRecord, content, form, from_json, place, read, to_json, written_moment
from handoff.fact import RESTRICTED, Doubt, Fact, NoEffect, Person, Unreadable
from handoff.rules import identity, plausibility
from handoff.rules.deaths import tells_death
from handoff.store.engine import error_name
from handoff.store.intake.facts import CONTENT, HALF, RAW, FactRow
from handoff.store.persons import Term, filled, terms
from handoff.store.vault import Key, Vault
from handoff.vocabulary.states import InstitutionStanding
from handoff.vocabulary.words import EventKind

_FAULTS = Counter("handoff_reader_faults_total", "Records that a reader of ours failed to read.", ["reader"])
for _reader in ("hl7v2", "cloudevents"):  # with 0 at the start: Prometheus sees no increase in one that appears with 1
    _FAULTS.labels(_reader)
_LOG = structlog.get_logger("intake")
_FRAMES = 12  # of a fault's stack, the innermost
_CASE = re.compile(r"C[0-9A-HJKMNP-TV-Z]{10}(?=\.|$)")


@dataclass(frozen=True)
class Prepared:
    """A fact on its way to its case.

    Attributes:
        record: what it was read from. For a fact that waited in the store, only the bytes are there; for an early fact
            nothing.
        row: its row in the table `facts`, which `apply` completes.
        terms: digests of identifiers by which its person may be known.
        likeness: its person, to compare with the person of a case. Kept of an early fact, as the terms are.
        doubts: contradictions in it, which a person settles.
        id_reused: whether its sender has used the message id before, for other content.
        repeats: whether its sender has told the same before, written at another moment.
        content_digest: keyed hash of its content alone; b"" if it waited in the store.
    """

    record: InboundRecord
    fact: Fact
    row: FactRow
    terms: frozenset[Term]
    likeness: Likeness
    doubts: tuple[Doubt, ...]
    id_reused: bool = False
    repeats: bool = False
    content_digest: bytes = b""

    def told_before(self, hashes: Collection[bytes]) -> bool:
        """Whether one of these facts is the same word. Earlier builds hashed the content alone."""
        return self.row.content_hash in hashes or self.content_digest in hashes

    def same_content(self, other: bytes) -> bool:
        """Whether a fact with this hash has the same content, perhaps written at another moment."""
        return self.row.content_hash[:HALF] == other[:HALF]

    @property
    def restricted(self) -> bool:
        """Whether it restricts access to the person's data, and its case is still to be told."""
        return any(doubt.code == RESTRICTED for doubt in self.doubts)

    @property
    def strong(self) -> frozenset[Term]:
        """The terms of strong identifiers alone."""
        return frozenset(term for term in self.terms if term[0] in identity.STRONG)

    @property
    def likely(self) -> frozenset[bytes]:
        """Digests by which it is likely about somebody, but not surely. Who shares three fields shares two of them."""
        return frozenset(digest for kind, digest in self.terms if kind in identity.PAIRS)

    @property
    def numbers(self) -> frozenset[bytes]:
        """Digests of the strong identifiers, also of an early fact, which is kept without them."""
        return (frozenset(digest for _, digest in self.strong) | self.row.sought) - self.likely

    @property
    def digests(self) -> frozenset[bytes]:
        """Digests by which its case finds it: those of `numbers`, and that of its reference."""
        reference = self.row.reference_digest
        return self.numbers | {reference} if reference else self.numbers

    @property
    def case_id(self) -> str:
        """The case that its subject belongs to; "" if the subject is not one of our ids."""
        match = _CASE.match(self.fact.subject)
        return match.group() if match else ""


@dataclass(frozen=True)
class Refused:
    """A record that cannot be taken, and the reason, which its sender has to mend."""

    record: InboundRecord
    why: Unreadable


@dataclass(frozen=True)
class OursToMend:
    """A record that we fail to take, although its sender did nothing wrong.

    Attributes:
        error: name of the exception.
        build: the build that failed.
    """

    record: InboundRecord
    error: str
    build: str


@dataclass(frozen=True)
class Ignored:
    """A record that changes nothing. It is passed over."""

    record: InboundRecord
    message_id: str = ""
    why: str = ""


ReadRecord = Prepared | Refused | Ignored | OursToMend


def prepare(record: InboundRecord, context: IntakeContext) -> ReadRecord:
    """Read a record of one message, if its institution may send.

    A fault of a reader's own is logged and counted. The record is ours to mend at once: it would fail again.
    """
    try:
        return _prepare(record, context)
    except MemoryError:  # says nothing about the record
        raise
    except Exception as fault:  # noqa: BLE001 - a mistake of ours may raise anything
        error = error_name(fault)
        _FAULTS.labels(form(record)).inc()
        _LOG.error("reader_fault", reader=form(record), error=error, at=frames_of(fault), topic=record.topic)
        return OursToMend(record, error, context.build)


def frames_of(fault: BaseException) -> list[str]:
    """The stack of a fault: file, line and function of each frame. No values, and not its text: both may quote data."""
    stack = extract_tb(fault.__traceback__)[-_FRAMES:]
    return [f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}" for frame in stack]


def _prepare(record: InboundRecord, context: IntakeContext) -> ReadRecord:
    sender = context.profile.institution(record.institution)
    shut_out = (
        sender is not None and not sender.active and record.topic
    )  # a record without a topic was typed in: a person vouches for it
    if sender is None or shut_out:
        code = (
            Code.SENDER_SUSPENDED
            if sender and sender.standing == InstitutionStanding.SUSPENDED
            else Code.SENDER_UNKNOWN
        )
        return Refused(record, Unreadable(code.value, f"{code.cause} {code.cure}", "topic"))
    if record.unread and record.unread.too_large:
        says = f"{Code.BATCH_TOO_LARGE.cause} {Code.BATCH_TOO_LARGE.cure}"
        where = f"offsets {record.offset} to {record.unread.last}, {record.unread.records} records"
        return Refused(record, Unreadable(Code.BATCH_TOO_LARGE.value, says, where))
    if record.unread:
        return OursToMend(record, record.unread.error, context.build)
    habits = context.profile.habits_of(record.institution)
    return prepare_read(read(record, context.now, habits), record, context)


def prepare_read(
    result: Fact | Unreadable | NoEffect, record: InboundRecord, context: IntakeContext
) -> Prepared | Refused | Ignored:
    """Prepare what a record was read as."""
    match result:
        case Fact():
            return prepare_fact(result, record, context)
        case Unreadable():
            return Refused(record, result)
        case NoEffect():
            return Ignored(record, result.message_id, result.why)


def prepare_fact(fact: Fact, record: InboundRecord, context: IntakeContext) -> Prepared:
    """Prepare a fact that was read from a record, or typed in."""
    vault = context.vault
    digest = vault.digest("content", content(fact))
    row = FactRow(
        sender=fact.sender,
        message_id=fact.message_id,
        content_hash=_content_hash(digest, written_moment(fact), vault),
        kind=fact.kind,
        occurred_at=fact.occurred_at,
        known_at=context.now,
        subject=fact.subject,
        reference_digest=_reference(vault, fact.sender, fact.reference),
        body=fact.body,
    )
    if record.topic:
        row.topic_id, row.partition, row.offset, row.index_in_record = record.spot
    return replace(_prepared(fact, row, record, vault), content_digest=digest)


def reopen(row: FactRow, vault: Vault, supplement: Person | None = None) -> Prepared:
    """Prepare a fact that waited in the store, early or held, from what was stored.

    Earlier builds stored an early fact whole, with its person and its bytes.

    Args:
        row: the stored fact.
        vault: opens it.
        supplement: what was missing, and has been typed in.
    """
    fact = from_json(vault.own.open(CONTENT, row.content_sealed or b""))
    if supplement is not None:
        sent = fact.person or Person()
        if supplement.address:  # the code that was sent belongs to the address that was sent
            sent = replace(sent, address_code="")
        fact = replace(fact, person=filled(supplement, sent))
    raw = vault.own.open(RAW, row.raw_sealed) if row.raw_sealed else None
    return _prepared(fact, row, InboundRecord(fact.sender, raw), vault)


def as_death(prepared: Prepared) -> Prepared:
    """A notice that tells a death, as news of the death: its person has a case already."""
    if not (starts_case(prepared.row.kind) and tells_death(prepared.fact.discharge)):
        return prepared
    fact = replace(prepared.fact, kind=EventKind.PERSON_DIED, doubts=prepared.doubts)
    return replace(prepared, fact=fact, row=replace(prepared.row, kind=EventKind.PERSON_DIED))


def as_restriction(prepared: Prepared, case_id: str, vault: Vault) -> Prepared:
    """The restriction in a message as a fact of its own. Its case gets it, whatever else in the message is unclear."""
    fact, row = prepared.fact, prepared.row
    restriction = Fact(
        EventKind.DISCLOSURE_RESTRICTED,
        fact.sender,
        fact.message_id,
        fact.occurred_at,
        form=fact.form,
        doubts=tuple(doubt for doubt in fact.doubts if doubt.code == RESTRICTED),
        written_at=fact.written_at,
        written_within=fact.written_within,
    )
    own = vault.digest("restricted", row.content_hash + case_id.encode())
    name = (row.sender, row.message_id, row.content_hash[:HALF] + own[:HALF])
    stored = FactRow(*name, restriction.kind, row.occurred_at, row.known_at)
    return Prepared(InboundRecord(fact.sender, b""), restriction, stored, frozenset(), likeness(restriction, vault), ())


def seal(prepared: Prepared, key: Key, person_id: str | None) -> None:
    """Seal a fact's content with the key of the person whom it is about, or the vault's own key without a person."""
    row = prepared.row
    row.person_id = person_id
    row.content_sealed = key.seal(CONTENT, to_json(prepared.fact))
    row.raw_sealed = key.seal(RAW, prepared.record.value) if prepared.record.value else None


def _content_hash(content_digest: bytes, written: bytes, vault: Vault) -> bytes:
    """What identifies a fact beside its sender and message id: 16 bytes of its content, 16 of when it was written."""
    return content_digest[:HALF] + vault.digest("written", written)[:HALF] if written else content_digest


def _reference(vault: Vault, sender: str, name: str) -> bytes | None:
    """Keyed digest of a sender's own id of a discharge; None without an id."""
    return vault.digest("reference", f"{sender}\x1f{name}") if name else None


def _prepared(fact: Fact, row: FactRow, record: InboundRecord, vault: Vault) -> Prepared:
    index = identity.index_terms(fact.person, fact.sender) if fact.person else ()
    for number in fact.merged_numbers:
        index += identity.index_terms(Person(patient_number=number, registration_number=number), fact.sender)
    sensed = plausibility.doubts(fact.discharge, fact.person, row.known_at)
    placed = [replace(doubt, place=place(fact.form, doubt.place)) for doubt in sensed]
    doubts = _once((*fact.doubts, *placed))
    if fact.kind == EventKind.PERSON_DIED:
        fact = replace(fact, doubts=doubts)  # its case has to know that the death is in doubt
    known_by = frozenset(terms(vault, index) | kept_terms(fact))
    return Prepared(record, fact, row, known_by, likeness(fact, vault), doubts)


def _once(doubts: Collection[Doubt]) -> tuple[Doubt, ...]:
    """Each code once. The first counts: the reader's doubts name the place in the sender's record."""
    return tuple({doubt.code: doubt for doubt in reversed(tuple(doubts))}.values())[::-1]
