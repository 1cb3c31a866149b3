"""Retracts what was disclosed when a case was about another person than the one named."""

from collections.abc import Collection, Iterable

from activities.case_session import CaseSession
from handoff.case.messages import Due
from handoff.store.record.referrals import ReferralRow
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import LetterKind
from handoff.vocabulary.states import ReferralState

# Letters with name, address and contact. Before an acceptance `referral.updated` has a district only.
NAMING = (
    LetterKind.ASSESSMENT_REQUESTED,
    LetterKind.ASSESSMENT_UPDATED,
    LetterKind.REFERRAL_CONFIRMED,
    LetterKind.REFERRAL_UPDATED,
)


async def retract(session: CaseSession, assessing: Collection[str] = ()) -> None:
    """Write to everyone who got a letter that names the person which letters to delete; a task for each recipient.

    The letter has no data about the person. A recipient without a topic was told by telephone: there, only the task.
    `assessing`: the institutions that were assessing the person until now.
    """
    accepted = [referral for referral in session.referrals.all() if _accepted(referral)]
    offers = {referral.offer_id for referral in accepted}
    letters: dict[str, list[str]] = {receiver: [] for receiver in _told_by_phone(session, accepted, assessing)}
    for sent in await session.sent():
        if sent.kind in NAMING and (sent.kind != LetterKind.REFERRAL_UPDATED or sent.subject in offers):
            letters[sent.receiver] = [*letters.get(sent.receiver, []), sent.event_id]
    for receiver, events in sorted(letters.items()):
        payload = {"case_id": session.case.case_id, "letters": events}
        by_letter = bool(events) and session.tell(receiver, LetterKind.DISCLOSURE_RETRACTED, payload)
        due = Due("", session.at, owner=session.clocks.owner(LimitName.CLOSING_GRACE, session.at))
        session.ask(TaskKind.RETRACT, due, receiver, {"letters": events, "by_letter": by_letter})


def _accepted(referral: ReferralRow) -> bool:
    """Whether the provider accepted the offer, so that it learned whom it is about."""
    return referral.answered_at is not None and referral.state != ReferralState.REJECTED


def _told_by_phone(session: CaseSession, accepted: Iterable[ReferralRow], assessing: Collection[str]) -> list[str]:
    """Providers and assessors without a topic that accepted, assess or assessed: somebody told them whom to visit."""
    assessed = [assessment.assessor for assessment in session.assessments.all().values()]
    named = [referral.provider for referral in accepted if session.profile.provider(referral.provider)]
    named += [code for code in (*assessed, *assessing) if session.profile.institution(code)]
    return [code for code in dict.fromkeys(named) if not session.reaches(code)]
