"""What institutions are told, in the fields of the event contract: exactly what the receiver's task needs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from activities.case_session import CaseSession
from handoff.store.record.plans import LineRow
from handoff.store.record.referrals import ReferralRow
from handoff.store.record.visits import VisitRow
from handoff.vocabulary.outcomes import LetterKind, Progress
from handoff.vocabulary.states import Survey

REASONS = {
    "offer-gone": "This offer is no longer open, nothing was changed; a new offer comes if one is due.",
    "visit-gone": "This visit is no longer awaited, nothing was changed; copy the id from the visit as scheduled.",
    "plan-refused": "The plan's lines could not be read, nothing was changed; correct the field and send it again.",
    "no-consent": "There is no consent, nothing was changed; obtain it first.",
    "not-awaited": "Nothing of this kind is awaited now, nothing was changed.",
    "case-closed": "The case has ended, nothing was changed; tell of a new discharge by a new notice.",
}


@dataclass(frozen=True)
class Rejection:
    """Why something told was not done: a code, and where in the sender's record."""

    code: str
    place: str = ""
    says: str = ""  # one sentence; "" takes the code's own


def rejected(session: CaseSession, no: Rejection) -> None:
    """Notify the sender, if it has a topic, that its event was rejected."""
    told = session.fact()
    if told is None:
        return
    says = no.says or REASONS.get(no.code, "The case does not stand where this fits, nothing was changed.")
    payload = {"message_id": told.message_id, "code": no.code, "reason": says, "place": no.place}
    session.tell(told.sender, LetterKind.NOTICE_REJECTED, payload, subject=session.milestone.subject)


def assessment_requested(session: CaseSession, assessor: str, assessment: str, due_at: datetime | None) -> bool:
    """Ask an assessor; False: it has no topic, somebody calls."""
    if not session.reaches(assessor):
        return False
    person = session.identity()
    whom = {**_whom(person), "birth_date": person.birth_date}
    payload = {
        "case_id": session.case.case_id,
        "assessment": assessment,
        "person": _given(whom),
        "expected_at": session.case.expected_at,
        "discharged_at": session.case.discharged_at,
        "due_at": due_at,
    }
    return session.tell(assessor, LetterKind.ASSESSMENT_REQUESTED, _given(payload))


def plan_submitted(session: CaseSession, version: int, lines: list[LineRow], due_at: datetime | None) -> bool:
    """Ask the deciding body; False: it has no topic. It decides about needs and services and learns no identity."""
    if not session.reaches(deciding_body(session)):
        return False
    surveyed = session.assessments.all().get(Survey.PRESURVEY)
    payload = {
        "case_id": session.case.case_id,
        "version": version,
        "lines": [_line(line) for line in lines],
        "eligibility": session.case.eligibility,
        "priority": session.case.priority,
        "score": surveyed.score if surveyed else None,
        "due_at": due_at,
    }
    return session.tell(deciding_body(session), LetterKind.PLAN_SUBMITTED, _given(payload))


def deciding_body(session: CaseSession) -> str:
    """Who decides about this case's plans."""
    return session.case.deciding or session.profile.deciding_body


def referral_offered(session: CaseSession, line: LineRow, referral: ReferralRow) -> bool:
    """Offer a line to a provider; False: it has no topic, somebody calls."""
    if not session.reaches(referral.provider):
        return False
    payload = {
        "offer_id": referral.offer_id,
        **_line(line),
        "provisional": referral.provisional,
        "person": _whom(session.identity()),
        "discharged_at": session.discharged,
        "answer_due_at": referral.answer_due_at,
    }
    payload.pop("part_of", None)
    return session.tell(referral.provider, LetterKind.REFERRAL_OFFERED, _given(payload), subject=referral.offer_id)


def referral_withdrawn(session: CaseSession, referral: ReferralRow, reason: str) -> bool:
    """Take an offer, or what was accepted, back."""
    payload = {"offer_id": referral.offer_id, "line_id": referral.line_id, "reason": reason}
    return session.tell(referral.provider, LetterKind.REFERRAL_WITHDRAWN, payload, subject=referral.offer_id)


def visit_scheduled(session: CaseSession, visit: VisitRow, service: str) -> bool:
    """Tell a provider when its visit is."""
    payload = {
        "visit_id": visit.visit_id,
        "line_id": visit.line_id,
        "offer_id": visit.offer_id,
        "service": service,
        "number": visit.number,
        "planned_at": visit.planned_at,
        "makes_up": visit.makes_up,
    }
    return session.tell(visit.provider, LetterKind.VISIT_SCHEDULED, _given(payload), subject=visit.visit_id)


@dataclass(frozen=True)
class News:
    """Where the handoff stands now, as a code, with what the code is about."""

    state: Progress
    reason: str = ""
    line_id: str = ""
    visits: tuple[str, ...] = ()
    expected_at: datetime | None = None
    discharged_at: datetime | None = None
    due_at: datetime | None = None


def progressed(session: CaseSession, receiver: str, news: News, subject: str = "") -> bool:
    """Tell somebody where the handoff stands."""
    payload = {"case_id": session.case.case_id, "stage": session.case.stage, **asdict(news)}
    return session.tell(receiver, LetterKind.HANDOFF_PROGRESSED, _given(payload), subject=subject)


async def senders_progressed(session: CaseSession, news: News) -> None:
    """Tell everybody who told of this discharge, except whoever brought this very news."""
    for teller in await session.senders():
        if teller != session.milestone.who:
            progressed(session, teller, news)


def _whom(person: Any) -> dict[str, str]:
    return {"name": person.name, "address": person.address, "phone": person.phone}


def _line(line: LineRow) -> dict[str, Any]:
    named = ("line_id", "service", "kind", "quantity", "per", "days", "urgent", "part_of")
    return {name: getattr(line, name) for name in named}


def _given(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is not known: an absent field says as much and is shorter."""
    return {name: value for name, value in payload.items() if value is not None and value not in ("", (), [])}
