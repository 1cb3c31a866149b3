"""The event contract: every event type, who may say it, what it answers, and what the story reads from it.

CloudEvents 1.0 in Kafka's binary mode with JSON data. The key is our case id on the way out and ignored on the way in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel

from events.contract import incoming, outgoing
from events.contract.codes import Code
from handoff.fact import Discharge, Fact

__all__ = ["EVENT_TYPES", "Code", "EventType", "Particulars", "checked", "may_say", "starts_case", "told"]

TELLERS = ("hospital", "long-term-care", "residential-care", "nhis", "community-centre", "family", "desk")
ASSESSORS = ("community-centre", "nhis", "desk")
DECIDERS = ("deciding-body", "desk")
PROVIDERS = ("provider", "desk")
DESK = ("desk", "community-centre")
CONSENT_TAKERS = TELLERS

Subject = Literal["", "case", "line", "offer", "visit", "check"]


@dataclass(frozen=True)
class EventType:
    """One event type. `roles` are of institutions: those who may say it or, on the way out, who are told it."""

    kind: str
    model: type[BaseModel]
    roles: tuple[str, ...]
    direction: Literal["from", "to"] = "from"
    subject: Subject = ""  # what `ce_subject` has to name; "": nothing
    handled: bool = True  # False: parked as type-not-yet-handled
    starts: bool = False  # opens a case when there is none
    code: str = ""  # data field that becomes `Told.code`
    quantity: str = ""  # ... `Told.quantity`
    until: tuple[str, ...] = ()  # ... `Told.until`: the first of these moments that was told


class Particulars(NamedTuple):
    """What the story reads from a fact: the fields of `Told` of the same names. `subject` is our id that it answers."""

    code: str = ""
    quantity: int = 0
    until: datetime | None = None
    subject: str = ""
    consent: str = ""  # "given" or "refused", where a telling says so


def _telling(kind: str, *until: str, starts: bool = False) -> EventType:
    return EventType(kind, incoming.TellingFields, TELLERS, starts=starts, until=until)


_DISCHARGE = (
    _telling("discharge.expected", "expected_at", starts=True),
    _telling("discharge.notified", "discharged_at", "expected_at", starts=True),
    _telling("discharge.corrected", "discharged_at", "expected_at"),
    _telling("discharge.cancelled"),
    _telling("admission.occurred", "admitted_at"),
    _telling("admission.cancelled"),
    _telling("person.died", "died_at"),
    _telling("application.received", "discharged_at", "expected_at", starts=True),
)

_ASSESSMENT = (
    EventType("presurvey.completed", incoming.PresurveyCompleted, ASSESSORS, subject="case", quantity="score"),
    EventType(
        "determination.returned",
        incoming.DeterminationReturned,
        ("nhis", "desk"),
        subject="case",
        code="result",
        quantity="score",
    ),
    EventType("plan.drafted", incoming.PlanDrafted, ASSESSORS, subject="case"),
    EventType("check.completed", incoming.CheckCompleted, ASSESSORS, subject="check", code="result"),
    EventType("check.failed", incoming.CheckFailed, ASSESSORS, subject="check", code="reason"),
    EventType("person.unreachable", incoming.ContactTold, (*ASSESSORS, "provider"), subject="case", code="channel"),
)

_DECISION = (
    EventType("plan.approved", incoming.PlanDecided, DECIDERS, subject="case", code="reason", quantity="version"),
    EventType("plan.rejected", incoming.PlanDecided, DECIDERS, subject="case", code="reason", quantity="version"),
    EventType("plan.changed", incoming.PlanChanged, DECIDERS, subject="case", code="reason", quantity="version"),
    EventType("vote.cast", incoming.Later, DECIDERS, subject="case", handled=False),
)

_PROVIDERS = (
    EventType("referral.accepted", incoming.ReferralAccepted, PROVIDERS, subject="offer", until=("first_visit_at",)),
    EventType(
        "referral.partly-accepted",
        incoming.ReferralPartlyAccepted,
        PROVIDERS,
        subject="offer",
        quantity="quantity",
        until=("first_visit_at",),
    ),
    EventType("referral.declined", incoming.ReferralDeclined, PROVIDERS, subject="offer", code="reason"),
    EventType(
        "referral.changed",
        incoming.ReferralChanged,
        PROVIDERS,
        subject="offer",
        code="change",
        quantity="quantity",
        until=("from_at",),
    ),
    EventType("visit.proposed", incoming.VisitProposed, PROVIDERS, subject="offer", until=("starts_at",)),
    EventType("visit.completed", incoming.VisitCompleted, PROVIDERS, subject="visit", quantity="units"),
    EventType("visit.missed", incoming.VisitMissed, PROVIDERS, subject="visit", code="reason"),
    EventType("service.ended", incoming.ServiceEnded, PROVIDERS, subject="offer", code="reason"),
)

_DESK = (
    EventType("consent.given", incoming.ConsentTold, CONSENT_TAKERS, subject="case", code="scope", until=("until",)),
    EventType("consent.refused", incoming.ConsentTold, CONSENT_TAKERS, subject="case", code="scope"),
    EventType("consent.withdrawn", incoming.ConsentTold, CONSENT_TAKERS, subject="case", code="scope"),
    EventType("contact.made", incoming.ContactTold, DESK, subject="case", code="channel"),
    EventType("contact.failed", incoming.ContactTold, DESK, subject="case", code="channel"),
)

_LATER = tuple(
    EventType(kind, incoming.Later, roles, handled=False)
    for kind, roles in {
        "person.moved": TELLERS,
        "person.merged": TELLERS,
        "service.refused": (*DESK, "provider"),
        "provider.suspended": ("desk",),
        "candidate.listed": ("desk", "nhis"),
    }.items()
)

_OUT = (
    EventType("notice.acknowledged", outgoing.NoticeAcknowledged, TELLERS, "to"),
    EventType("notice.rejected", outgoing.NoticeRejected, (*TELLERS, "deciding-body", "provider"), "to"),
    EventType("assessment.requested", outgoing.AssessmentRequested, ASSESSORS, "to", "case"),
    EventType("plan.submitted", outgoing.PlanSubmitted, DECIDERS, "to", "case"),
    EventType("referral.offered", outgoing.ReferralOffered, PROVIDERS, "to", "offer"),
    EventType("referral.withdrawn", outgoing.ReferralWithdrawn, PROVIDERS, "to", "offer"),
    EventType("visit.scheduled", outgoing.VisitScheduled, PROVIDERS, "to", "visit"),
    EventType("handoff.progressed", outgoing.HandoffProgressed, (*TELLERS, "deciding-body", "provider"), "to"),
    EventType("handoff.closed", outgoing.HandoffClosed, (*TELLERS, "deciding-body", "provider"), "to"),
)

EVENT_TYPES: Mapping[str, EventType] = {
    each.kind: each for each in (*_DISCHARGE, *_ASSESSMENT, *_DECISION, *_PROVIDERS, *_DESK, *_LATER, *_OUT)
}


def may_say(kind: str, role: str) -> bool:
    """Whether an institution of this role may send this event; an unknown kind nobody may."""
    known = EVENT_TYPES.get(kind)
    return known is not None and known.direction == "from" and role in known.roles


def starts_case(kind: str) -> bool:
    """Whether this event opens a case when there is none; all others about somebody unknown wait as early facts."""
    known = EVENT_TYPES.get(kind)
    return known is not None and known.starts


def told(fact: Fact) -> Particulars:
    """Read from a fact what the story turns on.

    A discharge or its correction says `actual` or `expected` by which moment it names; `until` is that moment.
    A death told with doubts is `doubtful`: it never starts and never stops anything alone.
    """
    known = EVENT_TYPES[fact.kind]
    until, field = _first_moment(known.until, fact.body, fact.discharge)
    code = {"discharged_at": "actual", "expected_at": "expected"}.get(field, "")
    if fact.kind == "person.died" and fact.doubts:
        code = "doubtful"
    return Particulars(
        code=code or str(fact.body.get(known.code) or ""),
        quantity=int(fact.body.get(known.quantity) or 0),
        until=until,
        subject=fact.subject,
        consent=fact.consent_told,
    )


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
        pydantic.ValidationError: A field is missing or is not what the contract says; on the way out also one too many.
        KeyError: No such event type.
    """
    return EVENT_TYPES[kind].model.model_validate(data)
