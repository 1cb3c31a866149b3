"""What we tell institutions: the JSON data of each event. A receiver gets what its task needs and nothing else.

`ce_subject` is the id that an answer names. Moments are RFC 3339 with an offset.
"""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Outgoing(BaseModel):
    """What all outgoing data shares: a field that is not listed never leaves."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Whom(Outgoing):
    """Whom to visit: name, address and contact. Never a diagnosis or a registration number."""

    name: str = ""
    address: str = ""
    phone: str = ""


class Assessed(Whom):
    """Whom to assess: the birth date too, which eligibility turns on."""

    birth_date: date | None = None


class LineFields(Outgoing):
    """A plan line, without the person."""

    line_id: str
    service: str
    kind: Literal["one-off", "series", "on-demand", "stand-by"]
    quantity: int
    per: Literal["", "day", "week", "month"] = ""
    days: int = Field(default=0, description="Length of a series in calendar days.")
    urgent: bool = False
    part_of: str = Field(default="", description="The line whose rest it is.")


class Unclear(Outgoing):
    """Something in a notice that a person has to settle before it goes on."""

    code: str
    place: str = Field(default="", description="Header, JSON pointer, or HL7 segment and field; empty: no one field.")


class NoticeAcknowledged(Outgoing):
    """The notice is durable with us: do not send it again. One that is held is answered again once it is settled."""

    message_id: str = Field(description="Id of the notice acknowledged.")
    case_id: str = Field(default="", description="Our case; empty while held.")
    status: Literal["opened", "joined", "held"]
    reference: str = Field(default="", description="The sender's own name for the discharge.")
    id_reused: bool = Field(default=False, description="The id was used before for other content; both were taken.")
    unclear: tuple[Unclear, ...] = Field(default=(), description="While held: what a person has to settle.")
    settled: bool = Field(default=False, description="The second answer, to a notice that was held.")


class NoticeRejected(Outgoing):
    """The record was not taken."""

    message_id: str = Field(default="", description="As far as it could be read.")
    code: str = Field(description="A rejection code of this contract.")
    reason: str = Field(description="One sentence: what to do. No personal data.")
    place: str = Field(default="", description="Header, JSON pointer, HL7 segment and field, or the byte from 1 on.")
    offset: int | None = Field(default=None, description="Of the record on your topic: it names one without an id.")
    settled: bool = Field(default=False, description="The second answer, to a notice that was held.")


class AssessmentRequested(Outgoing):
    """Please assess. Subject: the case."""

    case_id: str
    assessment: str = Field(description="presurvey, determination or resurvey-N.")
    person: Assessed = Assessed()
    expected_at: datetime | None = None
    discharged_at: datetime | None = None
    due_at: datetime | None = None


class PlanSubmitted(Outgoing):
    """Please decide. Subject: the case. The conference decides about needs and services: no identity."""

    case_id: str
    version: int
    lines: tuple[LineFields, ...]
    eligibility: str = ""
    priority: str = ""
    score: int | None = None
    due_at: datetime | None = None


class ReferralOffered(Outgoing):
    """Please take this line. Subject: the offer."""

    offer_id: str
    line_id: str
    service: str
    kind: Literal["one-off", "series", "on-demand", "stand-by"]
    quantity: int = Field(description="Visits per period; of a one-off: in all.")
    per: Literal["", "day", "week", "month"] = ""
    days: int = 0
    urgent: bool = False
    provisional: bool = Field(default=False, description="Offered before the decision; ratified or undone after it.")
    person: Whom = Whom()
    safety_notes: tuple[str, ...] = Field(default=(), description="What a visitor has to know for safety, as codes.")
    discharged_at: datetime | None = Field(default=None, description="The actual discharge; absent: not yet at home.")
    answer_due_at: datetime | None = None


class ReferralWithdrawn(Outgoing):
    """The offer, or what was accepted, is taken back. Subject: the offer."""

    offer_id: str
    line_id: str = ""
    reason: str = Field(default="", description="A code, e.g. silent, discharge-cancelled, consent-withdrawn, died.")


class VisitScheduled(Outgoing):
    """A visit is planned. Subject: the visit; `visit.completed` or `visit.missed` answers it."""

    visit_id: str
    line_id: str
    offer_id: str
    service: str
    number: int
    planned_at: datetime
    makes_up: str = Field(default="", description="The missed visit that it makes up.")


class HandoffProgressed(Outgoing):
    """Where the handoff stands. Subject: the case, or the line, offer, visit or check that it is about."""

    case_id: str
    stage: str = Field(default="", description="screening, consent, assessment, plan, approval, services, follow-up.")
    state: str = Field(
        description="A code: suspended, resumed, ratified, discharge-corrected, visits-cancelled, check-due, ..."
    )
    reason: str = ""
    line_id: str = ""
    visits: tuple[str, ...] = Field(default=(), description="Visits that are cancelled or moved.")
    expected_at: datetime | None = None
    discharged_at: datetime | None = Field(default=None, description="The discharge as it stands now.")
    due_at: datetime | None = None


class HandoffClosed(Outgoing):
    """The handoff ended: with a statutory reason after support began, else with an outcome. Subject: the case."""

    case_id: str
    end_reason: int | None = Field(
        default=None,
        ge=1,
        le=5,
        description="1 death, 2 hospital or facility, 3 need no longer complex, 4 refusal, 5 other.",
    )
    outcome: str = Field(default="", description="Why it ended before support began, as a code.")
