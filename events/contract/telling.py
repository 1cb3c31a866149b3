"""Events that tell of a person: a discharge, an admission or a death. The JSON data of all of them is the same."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from events.contract.incoming import Actor, BirthDate, Id, Incoming, MomentTold, Words
from events.contract.words import DetailTeller
from handoff.rules import phones, resident_number
from handoff.text import person_name

FHIR = {"deceasedBoolean": "deceased", "deceasedDateTime": "deceased_at"}  # their names there, and ours


class DeathFields(Incoming):
    """A death, as records of persons name it. The names of FHIR (`deceasedBoolean`, `deceasedDateTime`) count too."""

    deceased: bool | None = Field(default=None, description="Whether the person has died; false takes a death back.")
    deceased_at: MomentTold = Field(default=None, description="When the person died.")

    @model_validator(mode="before")
    @classmethod
    def _as_in_fhir(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or FHIR.keys().isdisjoint(data):
            return data
        return {FHIR.get(name, name): value for name, value in data.items()}


class OtherPersonFields(Incoming):
    """Somebody else in the person's life."""

    name: Annotated[Words, Field(strict=True), AfterValidator(person_name)] = Field(
        default="", description="Full name, family name first."
    )
    relation: Annotated[str, Field(max_length=60)] = Field(
        default="", description='To the person, in the sender\'s own words or code, e.g. "daughter".'
    )
    phone: Annotated[str, Field(max_length=60), AfterValidator(phones.contact)] = ""


class PersonFields(DeathFields):
    """The person, as the sender knows them. The Act asks for name, registered address and contact only."""

    name: Annotated[Words, Field(strict=True), AfterValidator(person_name)] = Field(
        default="", description="Full name, family name first."
    )
    birth_date: BirthDate = None
    sex: Annotated[str, Field(max_length=20)] = Field(default="", description="The sender's own code.")
    registration_number: Annotated[Id, AfterValidator(resident_number.whole)] = Field(
        default="",
        description="Resident registration number, 13 digits, hyphens allowed; a masked number is ignored.",
    )
    patient_number: Id = Field(default="", description="The sender's own number for the person.")
    phone: Annotated[str, Field(max_length=60), AfterValidator(phones.contact)] = Field(
        default="", description="Of the person or a relative; a fax number, or words such as 없음, are none."
    )
    address: Words = Field(default="", description="The registered address.")
    address_code: Annotated[str, Field(max_length=20)] = Field(
        default="", description="Its administrative code, 5 or 10 digits."
    )
    contact: OtherPersonFields = Field(default=OtherPersonFields(), description="Whom to call about the person.")
    language: Annotated[str, Field(max_length=60)] = Field(
        default="", description='The language that the person speaks, e.g. "ko", "vi" (ISO 639-1).'
    )
    carer: OtherPersonFields = Field(
        default=OtherPersonFields(), description="Who cares for the person at home, and is no provider."
    )
    severe_disability: bool | None = Field(default=None, description="Registered severe disability; null: unknown.")
    protected: bool | None = Field(
        default=None, description="Access to the person's data is restricted: nobody is told before a person has asked."
    )


class DetailsFields(Incoming):
    """New details of a person who has a case: only what has changed, beside what finds the case.

    The case is found by the subject (our case; a provider names its offer or visit), by the reference of the discharge,
    or by the person's registration or patient number. Without an open case nothing is kept.
    """

    person: PersonFields = PersonFields()
    reference: Id = Field(default="", description="The sender's own id of the discharge.")
    told_by: Literal["", DetailTeller] = Field(
        default="", description="Whose word the sender passes on; absent: its own."
    )
    actor: Actor = Actor()


class DischargeFields(DeathFields):
    """The discharge, with the sender's own reference."""

    reference: Id = Field(
        default="", description="The sender's own id of this stay, e.g. its visit number: the same in every event."
    )
    expected_at: MomentTold = None
    discharged_at: MomentTold = Field(default=None, description="The actual discharge.")
    admitted_at: MomentTold = None
    died_at: MomentTold = None
    disposition: Annotated[str, Field(max_length=60)] = Field(
        default="", description="Where the person goes, in the sender's own code."
    )


class ConsentFields(Incoming):
    """Consent to the support and to the disclosures that it needs. If it is absent, the coordinator asks for it."""

    given: bool | None = None
    until: MomentTold = Field(default=None, description="When the consent ends, if it names an end.")


class TellingFields(Incoming):
    """A discharge, an admission or a death. Found by the sender's reference, else by the person's identity."""

    person: PersonFields = PersonFields()
    discharge: DischargeFields = DischargeFields()
    consent: ConsentFields = ConsentFields()
    actor: Actor = Actor()

    @property
    def tells_death(self) -> bool:
        """Whether `deceased` or `deceased_at` tells a death."""
        return any(fields.deceased or fields.deceased_at for fields in (self.person, self.discharge))

    @property
    def denies_death(self) -> bool:
        """Whether `deceased` says that the person has not died."""
        return any(fields.deceased is False for fields in (self.person, self.discharge))


class PersonMerged(TellingFields):
    """Two of your numbers are those of one person. Both find the person from now on, also in what was sent before."""

    merged_numbers: tuple[Id, ...] = Field(
        default=(), description="Your further numbers for the person of `person.patient_number`, also retired ones."
    )
