"""The event contract: every event type, who may send it, what it is about, and what the workflow reads from it.

CloudEvents 1.0 in Kafka's binary mode with JSON data. The key of outgoing records is our case id. The key of incoming
records is ignored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel

from events.contract import consents, incoming, outgoing, telling
from events.contract.codes import Code
from events.contract.words import LaterKind, WeekKind
from handoff.fact import RESTRICTED, Discharge, Fact
from handoff.rules.deaths import tells_death
from handoff.vocabulary.consents import ConsentScope
from handoff.vocabulary.outcomes import LetterKind
from handoff.vocabulary.states import Consent
from handoff.vocabulary.words import EventKind, PersonKind

__all__ = ["EVENT_TYPES", "Code", "EventType", "Particulars", "checked", "may_say", "starts_case", "told"]

TELLERS = ("hospital", "long-term-care", "residential-care", "nhis", "community-centre", "family", "desk")
ASSESSORS = ("community-centre", "nhis", "desk")
DECIDERS = ("deciding-body", "desk")
PROVIDERS = ("provider", "desk")
DESK = ("desk", "community-centre")
CONSENT_TAKERS = TELLERS
FIELDS = "fields"  # of a fact about details: those that its case has to learn of
REFUSAL_TELLERS = (*TELLERS, "provider")

Subject = Literal["", "case", "line", "offer", "visit", "check", "week"]


@dataclass(frozen=True)
class EventType:
    """One event type. `roles`: the institutions that may send it or, if it is outgoing, that receive it."""

    kind: EventKind | PersonKind | LaterKind | WeekKind | LetterKind
    model: type[BaseModel]
    roles: tuple[str, ...]
    direction: Literal["from", "to"] = "from"
    subject: Subject = ""  # what `ce_subject` has to name; "": it may be empty
    handled: bool = True  # False: parked as type-not-yet-handled
    starts: bool = False  # opens a case if the person has none open
    code: str = ""  # data field that becomes `CaseEvent.code`
    quantity: str = ""  # data field that becomes `CaseEvent.quantity`
    until: tuple[str, ...] = ()  # data fields; the first that is given becomes `CaseEvent.until`


class Particulars(NamedTuple):
    """What the workflow reads from a fact: the fields of `CaseEvent` with the same names."""

    code: str = ""
    quantity: int = 0
    until: datetime | None = None
    subject: str = ""
    consent: str = ""  # "given" or "refused"; "": not given in a notice
    until_within: int = 0
    alive: bool = False
    who: str = ""  # the person who typed it in, as a code; "": its sender
    why: str = ""  # whose word the sender passes on, as a code
    consent_until: datetime | None = None  # the end of a consent in a notice


def _telling(kind: EventKind, *until: str, starts: bool = False) -> EventType:
    return EventType(kind, telling.TellingFields, TELLERS, starts=starts, until=until)


_DISCHARGE = (
    _telling(EventKind.DISCHARGE_EXPECTED, "expected_at", starts=True),
    _telling(EventKind.DISCHARGE_NOTIFIED, "discharged_at", "expected_at", starts=True),
    _telling(EventKind.DISCHARGE_CORRECTED, "discharged_at", "expected_at"),
    _telling(EventKind.DISCHARGE_CANCELLED),
    _telling(EventKind.ADMISSION_OCCURRED, "admitted_at"),
    _telling(EventKind.ADMISSION_CANCELLED),
    _telling(EventKind.PERSON_DIED, "died_at"),
    _telling(EventKind.DISCLOSURE_RESTRICTED),
    *(
        EventType(kind, telling.DetailsFields, roles, code=FIELDS)
        for kind, roles in ((EventKind.PERSON_CORRECTED, (*TELLERS, "provider")), (EventKind.PERSON_MOVED, TELLERS))
    ),
    _telling(EventKind.APPLICATION_RECEIVED, "discharged_at", "expected_at", starts=True),
)

_ASSESSMENT = (
    EventType(EventKind.PRESURVEY_COMPLETED, incoming.PresurveyCompleted, ASSESSORS, subject="case", quantity="score"),
    EventType(
        EventKind.DETERMINATION_RETURNED,
        incoming.DeterminationReturned,
        ("nhis", "desk"),
        subject="case",
        code="result",
        quantity="score",
    ),
    EventType(EventKind.PLAN_DRAFTED, incoming.PlanDrafted, ASSESSORS, subject="case"),
    EventType(EventKind.CHECK_COMPLETED, incoming.CheckCompleted, ASSESSORS, subject="check", code="result"),
    EventType(EventKind.CHECK_FAILED, incoming.CheckFailed, ASSESSORS, subject="check", code="reason"),
    EventType(
        EventKind.PERSON_UNREACHABLE, incoming.ContactTold, (*ASSESSORS, "provider"), subject="case", code="channel"
    ),
)

_DECISION = (
    EventType(
        EventKind.PLAN_APPROVED, incoming.PlanDecided, DECIDERS, subject="case", code="reason", quantity="version"
    ),
    EventType(
        EventKind.PLAN_REJECTED, incoming.PlanDecided, DECIDERS, subject="case", code="reason", quantity="version"
    ),
    EventType(
        EventKind.PLAN_CHANGED, incoming.PlanChanged, DECIDERS, subject="case", code="reason", quantity="version"
    ),
    EventType(LaterKind.VOTE_CAST, incoming.Later, DECIDERS, subject="case", handled=False),
)

_PROVIDERS = (
    EventType(
        EventKind.REFERRAL_ACCEPTED, incoming.ReferralAccepted, PROVIDERS, subject="offer", until=("first_visit_at",)
    ),
    EventType(
        EventKind.REFERRAL_PARTLY_ACCEPTED,
        incoming.ReferralPartlyAccepted,
        PROVIDERS,
        subject="offer",
        quantity="quantity",
        until=("first_visit_at",),
    ),
    EventType(EventKind.REFERRAL_DECLINED, incoming.ReferralDeclined, PROVIDERS, subject="offer", code="reason"),
    EventType(
        EventKind.REFERRAL_CHANGED,
        incoming.ReferralChanged,
        PROVIDERS,
        subject="offer",
        code="change",
        quantity="quantity",
        until=("from_at",),
    ),
    EventType(EventKind.VISIT_PROPOSED, incoming.VisitProposed, PROVIDERS, subject="offer", until=("starts_at",)),
    EventType(EventKind.VISIT_COMPLETED, incoming.VisitCompleted, PROVIDERS, subject="visit", quantity="units"),
    EventType(EventKind.VISIT_MISSED, incoming.VisitMissed, PROVIDERS, subject="visit", code="reason"),
    EventType(WeekKind.VISITS_CONFIRMED, incoming.VisitsConfirmed, PROVIDERS, subject="week"),
    EventType(
        EventKind.SERVICE_ENDED,
        incoming.ServiceEnded,
        PROVIDERS,
        subject="offer",
        code="reason",
        until=("ends_at",),
    ),
)

_DESK = (
    EventType(
        EventKind.CONSENT_GIVEN, consents.ConsentTold, CONSENT_TAKERS, subject="case", code="scope", until=("until",)
    ),
    EventType(EventKind.CONSENT_REFUSED, consents.ConsentTold, REFUSAL_TELLERS, subject="case", code="scope"),
    EventType(EventKind.CONSENT_WITHDRAWN, consents.ConsentTold, REFUSAL_TELLERS, subject="case", code="scope"),
    EventType(EventKind.SERVICE_REFUSED, consents.ServiceRefused, REFUSAL_TELLERS, subject="line"),
    EventType(EventKind.PAPERS_RECEIVED, consents.PapersReceived, TELLERS, subject="case"),
    EventType(EventKind.CONTACT_MADE, incoming.ContactTold, DESK, subject="case", code="channel"),
    EventType(EventKind.CONTACT_FAILED, incoming.ContactTold, DESK, subject="case", code="channel"),
)

_MERGE = EventType(PersonKind.PERSON_MERGED, telling.PersonMerged, TELLERS)

_LATER = tuple(
    EventType(kind, incoming.Later, roles, handled=False)
    for kind, roles in {
        LaterKind.APPLICATION_WITHDRAWN: TELLERS,
        LaterKind.PROVIDER_SUSPENDED: ("desk",),
        LaterKind.CANDIDATE_LISTED: ("desk", "nhis"),
    }.items()
)

_OUT = (
    EventType(LetterKind.NOTICE_ACKNOWLEDGED, outgoing.NoticeAcknowledged, TELLERS, "to"),
    EventType(LetterKind.NOTICE_REJECTED, outgoing.NoticeRejected, (*TELLERS, "deciding-body", "provider"), "to"),
    EventType(LetterKind.ASSESSMENT_REQUESTED, outgoing.AssessmentRequested, ASSESSORS, "to", "case"),
    EventType(LetterKind.ASSESSMENT_UPDATED, outgoing.AssessmentUpdated, ASSESSORS, "to", "case"),
    EventType(LetterKind.PLAN_SUBMITTED, outgoing.PlanSubmitted, DECIDERS, "to", "case"),
    EventType(LetterKind.REFERRAL_OFFERED, outgoing.ReferralOffered, PROVIDERS, "to", "offer"),
    EventType(LetterKind.REFERRAL_CONFIRMED, outgoing.ReferralConfirmed, PROVIDERS, "to", "offer"),
    EventType(LetterKind.REFERRAL_UPDATED, outgoing.ReferralUpdated, PROVIDERS, "to", "offer"),
    EventType(LetterKind.REFERRAL_WITHDRAWN, outgoing.ReferralWithdrawn, PROVIDERS, "to", "offer"),
    EventType(LetterKind.APPOINTMENT_REQUESTED, outgoing.AppointmentRequested, PROVIDERS, "to", "offer"),
    EventType(LetterKind.VISIT_SCHEDULED, outgoing.VisitScheduled, PROVIDERS, "to", "visit"),
    EventType(LetterKind.WEEK_TO_CONFIRM, outgoing.WeekToConfirm, PROVIDERS, "to", "week"),
    EventType(LetterKind.HANDOFF_PROGRESSED, outgoing.HandoffProgressed, (*TELLERS, "deciding-body", "provider"), "to"),
    EventType(LetterKind.HANDOFF_CLOSED, outgoing.HandoffClosed, (*TELLERS, "deciding-body", "provider"), "to"),
    EventType(LetterKind.DISCLOSURE_RETRACTED, outgoing.DisclosureRetracted, (*TELLERS, "provider"), "to"),
)

EVENT_TYPES: Mapping[str, EventType] = {
    event_type.kind: event_type
    for event_type in (*_DISCHARGE, *_ASSESSMENT, *_DECISION, *_PROVIDERS, *_DESK, _MERGE, *_LATER, *_OUT)
}


def may_say(kind: str, role: str) -> bool:
    """Whether an institution of this role may send this event. False for unknown kinds."""
    event_type = EVENT_TYPES.get(kind)
    return event_type is not None and event_type.direction == "from" and role in event_type.roles


def starts_case(kind: str) -> bool:
    """Whether this event opens a case if the person has none. Other events wait then, as early facts."""
    event_type = EVENT_TYPES.get(kind)
    return event_type is not None and event_type.starts


def told(fact: Fact) -> Particulars:
    """Read from a fact what the workflow needs.

    In a discharge or its correction, `until` is the moment that it names, and `code` says which one: `actual` or
    `expected`. A cancellation that is about an expected discharge only has the code `expected` too. A death with doubts
    has the code `doubtful`: alone it starts and stops nothing. The code of a restriction is the field that says it.
    """
    event_type = EVENT_TYPES.get(fact.kind)
    if event_type is None:  # the municipality's own, such as a join: no institution may send it
        return Particulars(str(fact.body.get("code") or ""), who=str(fact.body.get("who") or ""))
    until, field = _first_moment(event_type.until, fact.body, fact.discharge)
    code = {"discharged_at": "actual", "expected_at": "expected"}.get(field, "")
    if fact.kind == EventKind.PERSON_DIED and any(doubt.code != RESTRICTED for doubt in fact.doubts):
        code = "doubtful"
    if fact.kind == EventKind.DISCHARGE_CANCELLED and fact.discharge and fact.discharge.pending:
        code = "expected"
    if fact.kind == EventKind.DISCLOSURE_RESTRICTED:
        code = fact.restricted
    if fact.body.get("scope") == ConsentScope.PROVIDER and fact.body.get("provider"):
        code = f"{ConsentScope.PROVIDER}:{fact.body['provider']}"
    return Particulars(
        code=code or str(fact.body.get(event_type.code) or ""),
        quantity=int(fact.body.get(event_type.quantity) or 0),
        until=until,
        subject=fact.subject,
        consent=fact.consent_told,
        consent_until=fact.consent_until if fact.consent_told == Consent.GIVEN else None,
        until_within=fact.discharge.precision.get(field, 0) if fact.discharge else 0,
        alive=fact.discharge is not None and bool(fact.discharge.alive) and not tells_death(fact.discharge),
        **_of_details(fact),
    )


def _of_details(fact: Fact) -> dict[str, str]:
    """Who typed details in at the desk, and who told them."""
    if EVENT_TYPES[fact.kind].model is not telling.DetailsFields:
        return {}
    return {"who": fact.actor_role if fact.form == "desk" else "", "why": str(fact.body.get("told_by") or "")}


def _first_moment(
    fields: tuple[str, ...], body: Mapping[str, Any], discharge: Discharge | None
) -> tuple[datetime | None, str]:
    for field in fields:
        value = getattr(discharge, field, None) or body.get(field)
        if value:
            return value if isinstance(value, datetime) else datetime.fromisoformat(value), field
    return None, ""


def checked(kind: str, data: Mapping[str, Any]) -> BaseModel:
    """The data of an event as its model.

    Raises:
        pydantic.ValidationError: a field is missing or not as in the contract; in outgoing data also an unknown field.
        KeyError: unknown event type.
    """
    return EVENT_TYPES[kind].model.model_validate(data)
