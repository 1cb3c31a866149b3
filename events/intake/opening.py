"""Makes the person and the case that a notice opens."""

from events.intake.batch import IntakeBatch
from events.intake.prepared import Prepared
from handoff.case.dates import FACILITIES, lies_ahead
from handoff.fact import Discharge, Person
from handoff.profile.model import Profile
from handoff.store.intake.cases import IntakeCase
from handoff.store.persons import OpenedPerson
from handoff.vocabulary.states import Consent


def new_person(prepared: Prepared, batch: IntakeBatch) -> OpenedPerson:
    """A new person with a key of its own, known in the batch from now on."""
    row, context = prepared.row, batch.context
    parts = (row.sender, row.message_id, row.content_hash.hex(), context.resolved_by)
    person_id = "P" + context.vault.short_id("person", *parts, length=16)
    key, key_sealed = context.vault.new_key(person_id)
    person = OpenedPerson(person_id, key, prepared.fact.person or Person(), fresh=True, key_sealed=key_sealed)
    batch.known.people[person_id] = person
    return person


def new_case(prepared: Prepared, person: OpenedPerson, district: str, batch: IntakeBatch) -> IntakeCase:
    """A new case of the person, known in the batch from now on. `district`: code of the dong; "": unknown."""
    row, discharge, context = prepared.row, prepared.fact.discharge or Discharge(), batch.context
    before = batch.known.case_of(person.person_id)
    ahead = discharge.discharged_at is not None and lies_ahead(
        discharge.discharged_at, prepared.fact.written_at or row.occurred_at
    )
    case = IntakeCase(
        case_id="C" + context.vault.short_id("case", row.sender, row.message_id, row.content_hash.hex()),
        person_id=person.person_id,
        profile=context.profile.code,
        profile_version=context.profile.version,
        facility=row.sender if discharges(row.sender, context.profile) else "",
        opened_at=context.now,
        previous_case_id=before.case_id if before else None,
        expected_at=discharge.discharged_at if ahead else discharge.expected_at,
        discharged_at=None if ahead else discharge.discharged_at,
        consent=Consent.GIVEN if prepared.fact.consent_told == Consent.GIVEN else "",  # a refusal is asked about
        district=district,
        fresh=True,
    )
    batch.known.remember(case)
    return case


def discharges(code: str, profile: Profile) -> bool:
    """Whether an institution is a facility that discharges people."""
    body = profile.institution(code)
    return body is not None and body.role in FACILITIES
