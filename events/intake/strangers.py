"""Words about people without a case: what is kept of them, and which are forgotten at once.

A hospital's feed tells of thousands of people who never become ours. Of such a word only what its case would need is
kept, in case a notice opens one within the early limit.
"""

from dataclasses import replace

from events.intake.likeness import to_keep
from events.intake.prepared import Prepared
from events.intake.telling_details import CORRECTIONS
from events.readers import InboundRecord
from handoff.fact import CLASS_DIFFERS, Discharge, Fact
from handoff.rules import deaths
from handoff.store.persons import Term
from handoff.vocabulary.words import EventKind, PersonKind

NUMBERS = "numbers"  # field of a merge that waits: its digests, by the kind of look-up term


def forgettable(prepared: Prepared) -> bool:
    """Whether a word says nothing of a discharge, an admission or a death: without a case it is not kept at all.

    Such are changes of a person's data (A31, `person.corrected`), and corrections (A08) that name no moment of the
    discharge: a case would only note them. A word with a doubt is kept: it may say more than could be read. A
    cancellation whose only doubt is the patient class, which is none of a stay, is that of an outpatient's visit.
    """
    if {doubt.code for doubt in prepared.doubts} == {CLASS_DIFFERS}:
        return True
    stay = prepared.fact.discharge or Discharge()
    speaks = stay.discharged_at or stay.expected_at or stay.alive is not None or prepared.doubts
    return prepared.row.kind in (EventKind.DISCHARGE_CORRECTED, *CORRECTIONS) and not speaks


def without_person(prepared: Prepared) -> Prepared:
    """The fact as it is kept without a case: kind, id, stay, moments and doubts, but neither its person nor its bytes.

    Its row keeps the digests by which its case finds it. Name, birth date, sex and what finds its person are kept as
    keyed digests, so that a word about another person is recognised, and one likely about ours is asked about. The text
    of the disposition gives way to what it means.
    """
    fact = prepared.fact
    kept = Fact(
        kind=fact.kind,
        sender=fact.sender,
        message_id=fact.message_id,
        occurred_at=fact.occurred_at,
        reference=fact.reference,
        discharge=_moments(fact.discharge or Discharge()),
        doubts=prepared.doubts,
        written_at=fact.written_at,
        written_within=fact.written_within,
        likeness=to_keep(prepared.likeness, prepared.terms),
        body=numbers_kept(prepared),
    )
    prepared.row.body = {}
    return replace(prepared, record=InboundRecord(fact.sender, None), fact=kept)


def is_merge(prepared: Prepared) -> bool:
    """Whether a fact is about the numbers of a person, and not about a case."""
    return prepared.row.kind == PersonKind.PERSON_MERGED


def numbers_kept(prepared: Prepared) -> dict[str, dict[str, list[str]]]:
    """What is kept of a merge that waits, besides what is kept of any word: its digests, with their kinds."""
    if not is_merge(prepared):
        return {}
    kinds = sorted({kind for kind, _ in prepared.strong})
    return {NUMBERS: {kind: sorted(term[1].hex() for term in prepared.strong if term[0] == kind) for kind in kinds}}


def numbers_waiting(early: Prepared) -> set[Term]:
    """The numbers of a merge that waits, as look-up terms; of other words none."""
    kept = early.fact.body.get(NUMBERS, {}) if is_merge(early) else {}
    return {(kind, bytes.fromhex(digest)) for kind, digests in kept.items() for digest in digests}


def _moments(stay: Discharge) -> Discharge:
    return Discharge(
        expected_at=stay.expected_at,
        discharged_at=stay.discharged_at,
        admitted_at=stay.admitted_at,
        died_at=stay.died_at,
        death=stay.death,
        precision=stay.precision,
        goes=deaths.goes(stay),
        alive=stay.alive,
        pending=stay.pending,
    )
