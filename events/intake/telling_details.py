"""Facts that tell a case which details of its person have changed: what the case gets has no personal data."""

from dataclasses import replace

from events.contract.codes import Code
from events.intake.likeness import likeness
from events.intake.prepared import Prepared
from events.readers import InboundRecord
from events.readers import place as place_of
from handoff.fact import Fact, Person, Unreadable
from handoff.store.intake.cases import CasePart
from handoff.store.intake.facts import HALF, FactRow
from handoff.store.vault import Vault
from handoff.store.versions_json import told_values
from handoff.vocabulary.details import Detail
from handoff.vocabulary.words import EventKind

CORRECTIONS = (EventKind.PERSON_CORRECTED, EventKind.PERSON_MOVED)
TOLD_BY, SETTLES, FIELDS = "told_by", "settles", "fields"  # in the body of a fact about details
OF_PROVIDERS = frozenset({Detail.PHONE, Detail.CONTACT, Detail.LANGUAGE, Detail.CARER})  # what a provider may tell


def with_fields(prepared: Prepared, fields: str) -> Prepared:
    """A word about details, with those that its case has to learn of."""
    body = {**prepared.fact.body, FIELDS: fields}
    prepared.row.body = body
    return replace(prepared, fact=replace(prepared.fact, body=body))


def as_details(prepared: Prepared, fields: str, case_id: str, vault: Vault) -> Prepared:
    """What another word says of the person, as a fact of its own: its case is told which details have changed."""
    fact, row = prepared.fact, prepared.row
    own = Fact(
        EventKind.PERSON_CORRECTED,
        fact.sender,
        fact.message_id,
        fact.written_at or fact.occurred_at,
        form=fact.form,
        actor_role=fact.actor_role,
        body={FIELDS: fields},
        written_at=fact.written_at,
        written_within=fact.written_within,
    )
    digest = vault.digest("details", row.content_hash + case_id.encode())
    name = (row.sender, row.message_id, row.content_hash[:HALF] + digest[:HALF])
    stored = FactRow(*name, own.kind, own.occurred_at, row.known_at, body=own.body)
    return Prepared(InboundRecord(fact.sender, b""), own, stored, frozenset(), likeness(own, vault), ())


def refused_of_provider(prepared: Prepared, part: CasePart | None) -> Unreadable | None:
    """Why a provider may not tell these details; None: it may. `part`: the offer or visit that it names.

    It may tell what it learns at the door, of a person whose line it has accepted.
    """
    if prepared.fact.kind not in CORRECTIONS:
        return None
    sent, message_id = prepared.fact.person or Person(), prepared.row.message_id
    if part is None or prepared.row.sender not in part.accepted:
        code = Code.SUBJECT_NOT_YOURS
        return Unreadable(code.value, f"{code.cause} {code.cure}", "ce_subject", message_id)
    others = [detail for detail in Detail if detail not in OF_PROVIDERS and told_values(detail, sent)]
    if others:
        code, place = Code.NOT_YOUR_EVENT, place_of(prepared.fact.form, f"person.{others[0].fields[0]}")
        says = "A provider tells the phone, the contact person, the language and the carer only."
        return Unreadable(code.value, f"{says} {code.cure}", place, message_id)
    return None
