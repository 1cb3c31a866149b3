"""Writes letters to institutions, with the fields of the event contract and only what the receiver needs."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from activities.case_session import CaseSession
from activities.informing import (
    assessed,
    consents,
    given,
    inform,
    remember,
    remember_confirmed,
    remember_offer,
    whom,
)
from handoff.store.record.plans import LineRow
from handoff.store.record.referrals import AGREED, ReferralRow
from handoff.store.record.visits import VisitRow
from handoff.vocabulary.consents import ConsentScope
from handoff.vocabulary.outcomes import LetterKind, Progress, WithdrawalReason
from handoff.vocabulary.states import ReferralState, Survey


def assessment_requested(session: CaseSession, assessor: str, assessment: str, due_at: datetime | None) -> bool:
    """Request an assessment. False: the assessor has no topic, so somebody has to call it."""
    if not session.reaches(assessor):
        return False
    person = assessed(session.identity())
    payload = {
        "case_id": session.case.case_id,
        "assessment": assessment,
        "person": person,
        "expected_at": session.case.expected_at,
        "discharged_at": session.case.discharged_at,
        "due_at": due_at,
        **(_lookup(session) if assessor == session.profile.insurer else {}),
    }
    sent = session.tell(assessor, LetterKind.ASSESSMENT_REQUESTED, given(payload))
    if sent:
        remember(session, assessor, person)
    return sent


def _lookup(session: CaseSession) -> dict[str, Any]:
    """Whether the insurer may look records up; if not, whether the person's papers have come."""
    if ConsentScope.LOOKUP not in session.case.refused:
        return {}
    return {"no_lookup": True, "papers_received_at": session.case.papers_at}


def plan_submitted(session: CaseSession, version: int, lines: list[LineRow], due_at: datetime | None) -> bool:
    """Submit a version of the plan to the deciding body. False: it has no topic, so somebody has to call it.

    The letter has needs and services, and not the person's identity.
    """
    if not session.reaches(deciding_body(session)):
        return False
    presurvey = session.assessments.all().get(Survey.PRESURVEY)
    payload = {
        "case_id": session.case.case_id,
        "version": version,
        "lines": [_line(line) for line in lines],
        "eligibility": session.case.eligibility,
        "priority": session.case.priority,
        "score": presurvey.score if presurvey else None,
        "due_at": due_at,
    }
    return session.tell(deciding_body(session), LetterKind.PLAN_SUBMITTED, given(payload))


def deciding_body(session: CaseSession) -> str:
    """The institution that decides about the plans of this case."""
    return session.case.deciding or session.profile.deciding_body


def referral_offered(session: CaseSession, line: LineRow, referral: ReferralRow) -> bool:
    """Offer a line to a provider. False: the provider has no topic, so somebody has to call it.

    The offer says what, where and from when, and not whom: that goes with the acceptance.
    """
    if not session.reaches(referral.provider):
        return False
    payload = {
        "offer_id": referral.offer_id,
        **_line(line),
        "dong": session.case.district,
        "provisional": referral.provisional,
        "safety_notes": line.safety,
        "expected_at": session.case.expected_at if session.discharged is None else None,
        "discharged_at": session.discharged,
        "answer_due_at": referral.answer_due_at,
    }
    payload.pop("part_of", None)
    remember_offer(session, referral.offer_id)
    return session.tell(referral.provider, LetterKind.REFERRAL_OFFERED, given(payload), subject=referral.offer_id)


def referral_confirmed(session: CaseSession, referral: ReferralRow) -> bool:
    """Send a provider that has accepted a line the name, address and phone of the person.

    False: it has no topic, or nobody may be told now. `confirm_held` sends it when that is over.
    """
    if not consents(session):
        return False
    payload = {
        "offer_id": referral.offer_id,
        "line_id": referral.line_id,
        "person": whom(session.identity()),
        "discharged_at": session.discharged,
    }
    offer = referral.offer_id
    sent = session.tell(referral.provider, LetterKind.REFERRAL_CONFIRMED, given(payload), subject=offer)
    if sent or not session.reaches(referral.provider):
        remember_confirmed(session, offer, by_letter=sent)
    return sent


async def confirm_held(session: CaseSession) -> None:
    """Send the confirmations and the news of the person that waited: for a restriction, a death or consent.

    Nobody gets one twice.
    """
    agreed = [referral for referral in session.referrals.open().values() if referral.state in AGREED]
    letters = await session.sent() if agreed else []
    confirmed = {letter.subject for letter in letters if letter.kind == LetterKind.REFERRAL_CONFIRMED}
    for referral in agreed:
        if referral.offer_id not in confirmed:
            referral_confirmed(session, referral)
    inform(session)


# Reasons of the service and its date. All others are about the person, and a provider does not need them.
ABOUT_THE_SERVICE = frozenset(
    {
        WithdrawalReason.SILENT,
        WithdrawalReason.HOLD_EXPIRED,
        WithdrawalReason.DISCHARGE_CANCELLED,
        WithdrawalReason.PLAN_CHANGED,
        WithdrawalReason.PLAN_REJECTED,
        WithdrawalReason.CHANGED_MIND,
        WithdrawalReason.DELIVERED,
        WithdrawalReason.JOINED,
    }
)


def referral_withdrawn(session: CaseSession, referral: ReferralRow, reason: str) -> bool:
    """Inform a provider that its offer, or the line that it accepted, is over. False: it has no topic."""
    own = session.milestone.who == referral.provider
    payload = {
        "offer_id": referral.offer_id,
        "line_id": referral.line_id,
        "reason": reason if own or reason in ABOUT_THE_SERVICE else WithdrawalReason.OTHER,
    }
    return session.tell(referral.provider, LetterKind.REFERRAL_WITHDRAWN, payload, subject=referral.offer_id)


@dataclass(frozen=True)
class FirstVisitAsked:
    """A first visit that is asked for: until when, and why the one that was named cannot take place ("": none was)."""

    due_at: datetime | None
    why: str = ""


def appointment_requested(session: CaseSession, line: LineRow, referral: ReferralRow, asked: FirstVisitAsked) -> bool:
    """Ask a provider for the moment of its first visit. False: it has no topic, so somebody has to call it."""
    payload = {
        "offer_id": referral.offer_id,
        "line_id": line.line_id,
        "service": line.service,
        "reason": asked.why,
        "expected_at": session.case.expected_at if session.discharged is None else None,
        "discharged_at": session.discharged,
        "due_at": asked.due_at,
    }
    subject = referral.offer_id
    return session.tell(referral.provider, LetterKind.APPOINTMENT_REQUESTED, given(payload), subject=subject)


def visit_scheduled(session: CaseSession, visit: VisitRow, service: str) -> bool:
    """Inform a provider of the moment of a visit. False: it has no topic."""
    payload = {
        "visit_id": visit.visit_id,
        "line_id": visit.line_id,
        "offer_id": visit.offer_id,
        "service": service,
        "number": visit.number,
        "planned_at": visit.planned_at,
        "makes_up": visit.makes_up,
        "named_by": visit.named_by,
    }
    return session.tell(visit.provider, LetterKind.VISIT_SCHEDULED, given(payload), subject=visit.visit_id)


@dataclass(frozen=True)
class News:
    """The content of `handoff.progressed`: a state, with the fields that belong to it."""

    state: Progress
    reason: str = ""
    line_id: str = ""
    visits: tuple[str, ...] = ()
    expected_at: datetime | None = None
    discharged_at: datetime | None = None
    due_at: datetime | None = None


def progressed(session: CaseSession, receiver: str, news: News, subject: str = "") -> bool:
    """Inform an institution of the state of the handoff. False: it has no topic."""
    payload = {"case_id": session.case.case_id, "stage": session.case.stage, **asdict(news)}
    if session.profile.provider(receiver):
        del payload["stage"]
    return session.tell(receiver, LetterKind.HANDOFF_PROGRESSED, given(payload), subject=subject)


async def senders_progressed(session: CaseSession, news: News) -> None:
    """Inform the senders of the notices of this discharge, except the actor of this milestone, who knows it."""
    for sender in await session.senders():
        if sender != session.milestone.who:
            progressed(session, sender, news)


async def first_service_told(session: CaseSession) -> None:
    """Inform the senders that support has begun, or has not begun after all; while a person ends the case, nobody."""
    if not session.case.closing:
        began = session.case.support_began_at is not None
        await senders_progressed(session, News(Progress.FIRST_SERVICE if began else Progress.FIRST_SERVICE_TAKEN_BACK))


# The end of a case as the senders of its notices do not learn it: it says where the person was treated, or died.
OF_THE_PERSON = frozenset({"reason-1", "reason-2", "outcome-died", "outcome-admitted"})


async def handoff_closed(session: CaseSession) -> None:
    """Inform those whom the end of the case concerns, each of what it needs.

    - Those that were asked to assess, to check or to decide: when and why it ended.
    - The senders of its notices: the same, except an end that says something new of the person (`OF_THE_PERSON`).
    - Providers that were serving, or had accepted: when it ended. All other providers learn nothing.
    """
    case = session.case
    when = {"case_id": case.case_id, "ended_at": session.milestone.at}
    why = given({"end_reason": case.end_reason, "outcome": case.outcome, "joined_into": case.joined_into})
    hidden = (f"reason-{case.end_reason}" if case.end_reason else f"outcome-{case.outcome}") in OF_THE_PERSON
    to_senders = when if hidden else when | why
    payloads = {referral.provider: when for referral in session.referrals.all() if _served_until(referral)}
    senders = await session.senders()
    payloads |= dict.fromkeys(senders, to_senders)
    for letter in await session.sent():
        informed = letter.kind == LetterKind.HANDOFF_PROGRESSED and letter.receiver not in senders
        if (informed or letter.kind in ASKING) and not session.profile.provider(letter.receiver):
            payloads[letter.receiver] = when | why
    for receiver, payload in sorted(payloads.items()):
        session.tell(receiver, LetterKind.HANDOFF_CLOSED, payload)


# Letters that ask an institution to assess or to decide.
ASKING = frozenset({LetterKind.ASSESSMENT_REQUESTED, LetterKind.PLAN_SUBMITTED})


def _served_until(referral: ReferralRow) -> bool:
    """Whether a provider served until the end of the case or of its line, or had accepted."""
    ended = (WithdrawalReason.CLOSED, WithdrawalReason.DIED, WithdrawalReason.DELIVERED)
    answered = referral.answered_at is not None
    return referral.state in (*AGREED, ReferralState.COMPLETED) or (answered and referral.reason in ended)


def _line(line: LineRow) -> dict[str, Any]:
    named = ("line_id", "service", "kind", "quantity", "per", "days", "urgent", "part_of")
    dates = {"starts_on": line.starts_on or None, "weekdays": [word for word in line.weekdays.split(",") if word]}
    return {name: getattr(line, name) for name in named} | dates
