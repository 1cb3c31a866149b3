"""Events to institutions: the JSON data of each. A receiver gets what its task needs and nothing else.

`ce_subject` is the id that an answer names. Moments are RFC 3339 with an offset.
"""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from handoff.vocabulary.services import SafetyNeed


class Outgoing(BaseModel):
    """What all outgoing data shares: fields that are not listed are never sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Whom(Outgoing):
    """Whom to visit: name, address and contact. Never a diagnosis or a registration number."""

    name: str = ""
    address: str = ""
    phone: str = ""
    contact_name: str = Field(default="", description="Whom to call about the person.")
    contact_relation: str = ""
    contact_phone: str = ""
    language: str = Field(default="", description="The language that the person speaks.")


class Assessed(Whom):
    """Whom to assess: with the birth date, on which eligibility depends, and who cares for the person at home."""

    birth_date: date | None = None
    carer_name: str = ""
    carer_relation: str = ""
    carer_phone: str = ""


class LineFields(Outgoing):
    """A plan line, without the person."""

    line_id: str
    service: str
    kind: Literal["one-off", "series", "on-demand", "stand-by"]
    quantity: int
    per: Literal["", "day", "week", "month"] = ""
    days: int = Field(default=0, description="Length of a series in calendar days.")
    urgent: bool = False
    starts_on: date | None = Field(default=None, description="First day of its visits; absent: as soon as possible.")
    weekdays: tuple[str, ...] = Field(default=(), description="Weekdays of its visits: mon, thu.")
    part_of: str = Field(default="", description="Id of the line of which this is the rest.")


class Unclear(Outgoing):
    """Something in a notice that a person at the municipality has to settle first."""

    code: str
    place: str = Field(
        default="", description="Header, JSON pointer, or HL7 segment and field; empty: not a single field."
    )


class NoticeAcknowledged(Outgoing):
    """The notice is stored: do not send it again. A held notice gets a second answer once it is settled."""

    message_id: str = Field(description="Id of the notice acknowledged.")
    case_id: str = Field(default="", description="Id of our case; empty while the notice is held.")
    status: Literal["opened", "joined", "held"]
    reference: str = Field(default="", description="The sender's own id of the discharge.")
    offset: int | None = Field(default=None, description="Offset of the record on your topic, useful if it has no id.")
    index: int = Field(default=0, description="Number of the message in the record, from 0: an HL7 batch has several.")
    id_reused: bool = Field(
        default=False, description="The message id was used before for other content. Both were taken."
    )
    unclear: tuple[Unclear, ...] = Field(
        default=(),
        description="While the notice is held: what a person has to settle, or `door-not-checked`: the person is below "
        "the age, and nobody has asked about the other grounds of eligibility yet.",
    )
    settled: bool = Field(default=False, description="The second answer, to a notice that was held.")


class NoticeRejected(Outgoing):
    """The record was not taken."""

    message_id: str = Field(default="", description="Id of the record, if it could be read.")
    code: str = Field(description="A rejection code of this contract.")
    reason: str = Field(description="What is wrong and what to do, in sentences. No personal data.")
    place: str = Field(default="", description="Header, JSON pointer, HL7 segment and field, or the byte from 1 on.")
    offset: int | None = Field(default=None, description="Offset of the record on your topic, useful if it has no id.")
    index: int = Field(default=0, description="Number of the message in the record, from 0: an HL7 batch has several.")
    settled: bool = Field(default=False, description="The second answer, to a notice that was held.")


class AssessmentRequested(Outgoing):
    """Please assess. Subject: the case."""

    case_id: str
    assessment: str = Field(description="presurvey, determination or resurvey-N.")
    person: Assessed = Assessed()
    expected_at: datetime | None = None
    discharged_at: datetime | None = None
    due_at: datetime | None = None
    no_lookup: bool = Field(
        default=False, description="NHIS only: look no records up. The person brings papers instead."
    )
    papers_received_at: datetime | None = Field(
        default=None, description="NHIS only: when the papers came. Absent: they have not come yet."
    )


class AssessmentUpdated(Outgoing):
    """What you know of the person has changed while you assess: this is what counts now. Subject: the case."""

    case_id: str
    person: Assessed


class PlanSubmitted(Outgoing):
    """Please decide. Subject: the case. The conference decides about needs and services, without the identity."""

    case_id: str
    version: int
    lines: tuple[LineFields, ...]
    eligibility: str = ""
    priority: str = ""
    score: int | None = None
    due_at: datetime | None = None


class ReferralOffered(Outgoing):
    """Please accept or decline this line. Subject: the offer. Whom to visit comes with `referral.confirmed`."""

    offer_id: str
    line_id: str
    service: str
    kind: Literal["one-off", "series", "on-demand", "stand-by"]
    quantity: int = Field(description="Visits per period; for a one-off the total.")
    per: Literal["", "day", "week", "month"] = ""
    days: int = Field(default=0, description="Length of a series in calendar days.")
    urgent: bool = False
    dong: str = Field(default="", description="Code of the district of the home. Never the street.")
    starts_on: date | None = Field(default=None, description="First day of its visits; absent: as soon as possible.")
    weekdays: tuple[str, ...] = Field(default=(), description="Weekdays of its visits: mon, thu.")
    provisional: bool = Field(
        default=False, description="Offered before the decision, and ratified or withdrawn after it."
    )
    safety_notes: tuple[SafetyNeed, ...] = Field(
        default=(), description="Codes of what a visitor has to know for safety."
    )
    expected_at: datetime | None = Field(default=None, description="The discharge that is expected.")
    discharged_at: datetime | None = Field(
        default=None, description="From when visits are possible: the discharge; absent: the person is not yet at home."
    )
    answer_due_at: datetime | None = None


class ReferralConfirmed(Outgoing):
    """Your acceptance is recorded: here is whom to visit. Subject: the offer.

    It follows each acceptance, whole or in part. While nobody may be told about the person, it waits.
    """

    offer_id: str
    line_id: str
    person: Whom
    discharged_at: datetime | None = Field(
        default=None, description="The actual discharge; absent: the person is not yet at home."
    )


class ReferralUpdated(Outgoing):
    """What you know of the person has changed, such as the phone: this is what counts now. Subject: the offer."""

    offer_id: str
    line_id: str
    person: Whom | None = Field(default=None, description="As in `referral.confirmed`; absent before you accept.")
    dong: str = Field(default="", description="Code of the new district of the home, if you have not accepted yet.")


class ReferralWithdrawn(Outgoing):
    """The offer, or the line that you accepted, is over. Delete the person's data. Subject: the offer.

    It comes in each case: withdrawn by the municipality, given back or ended by you, delivered, or closed. The data of
    `referral.confirmed` has to be deleted, as far as no law obliges you to keep it.
    """

    offer_id: str
    line_id: str = ""
    reason: str = Field(
        default="",
        description="silent, hold-expired, discharge-cancelled, plan-changed, plan-rejected, changed-mind, delivered, "
        "joined (offered again in another case), your own code, or other. Nothing about the person.",
    )


class AppointmentRequested(Outgoing):
    """Please name your first visit. Subject: the offer that you accepted; `visit.proposed` answers it."""

    offer_id: str
    line_id: str
    service: str
    reason: str = Field(
        default="",
        description="Why the visit that you named cannot take place: past, before-discharge, before-start, after-end.",
    )
    expected_at: datetime | None = Field(default=None, description="The discharge that is expected.")
    discharged_at: datetime | None = Field(
        default=None, description="The actual discharge; absent: the person is not yet at home."
    )
    due_at: datetime | None = None


class VisitScheduled(Outgoing):
    """A visit is planned. Subject: the visit; `visit.completed` or `visit.missed` answers it."""

    visit_id: str
    line_id: str
    offer_id: str
    service: str
    number: int
    planned_at: datetime
    makes_up: str = Field(default="", description="Id of the missed visit that this one replaces.")
    named_by: str = Field(
        default="",
        description="Who named the moment: provider, or engine, which proposes it (`visit.proposed` names another); "
        "absent: it follows from the visits before.",
    )


class VisitOfWeek(Outgoing):
    """A visit that nobody has reported."""

    visit_id: str
    service: str
    planned_at: datetime


class WeekToConfirm(Outgoing):
    """Please confirm the visits of a week, from Monday to Sunday. Subject: the week; `visits.confirmed` answers it."""

    week: str = Field(description="Such as 2026-W48 (ISO 8601).")
    begins_at: datetime
    ends_at: datetime
    visits: tuple[VisitOfWeek, ...]
    due_at: datetime


class HandoffProgressed(Outgoing):
    """Where the handoff stands. Subject: the case, or the line, offer, visit or check that it is about."""

    case_id: str
    stage: str = Field(
        default="", description="consent, assessment, plan, services or follow-up. Providers do not get it."
    )
    state: str = Field(
        description="A code: suspended, resumed, ratified, discharge-corrected, visits-cancelled, check-due, ..."
    )
    reason: str = ""
    line_id: str = ""
    visits: tuple[str, ...] = Field(default=(), description="Ids of visits that are cancelled or moved.")
    expected_at: datetime | None = None
    discharged_at: datetime | None = Field(default=None, description="The discharge as we know it now.")
    due_at: datetime | None = None


class HandoffClosed(Outgoing):
    """The handoff has ended. Subject: the case.

    After support began it ends for a statutory reason, before with an outcome. Only those get it whom it concerns. A
    provider gets neither. The senders of notices do not get the reasons 1 and 2 and the outcomes died and admitted.
    """

    case_id: str
    ended_at: datetime
    end_reason: int | None = Field(
        default=None,
        ge=1,
        le=5,
        description="1 death, 2 hospital or facility, 3 need no longer complex, 4 refusal, 5 other.",
    )
    outcome: str = Field(
        default="", description="Why it ended before support began, as a code; also `joined` and `wrong-person`."
    )
    joined_into: str = Field(default="", description="The case of the person that goes on: name it from now on.")


class DisclosureRetracted(Outgoing):
    """The case was about another person than the one named. Delete what you got. Subject: the case.

    Delete it also where you have copied it, and call the municipality to confirm that. The letter names nobody.
    """

    case_id: str
    letters: tuple[str, ...] = Field(description="Ids (`ce_id`) of the letters to delete.")
