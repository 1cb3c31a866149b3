"""Retracts what was disclosed when a case was about another person than the one named."""

from activities.case_session import CaseSession
from handoff.case.messages import Due
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import LetterKind

NAMING = (LetterKind.ASSESSMENT_REQUESTED, LetterKind.REFERRAL_CONFIRMED)  # letters with name, address and contact


async def retract(session: CaseSession) -> None:
    """Write to everyone who got a letter that names the person which letters to delete; a task for each recipient.

    The letter has no data about the person. A recipient without a topic was told by telephone: there, only the task.
    """
    letters: dict[str, list[str]] = {receiver: [] for receiver in _told_by_phone(session)}
    for sent in await session.sent():
        if sent.kind in NAMING:
            letters[sent.receiver] = [*letters.get(sent.receiver, []), sent.event_id]
    for receiver, events in sorted(letters.items()):
        payload = {"case_id": session.case.case_id, "letters": events}
        by_letter = bool(events) and session.tell(receiver, LetterKind.DISCLOSURE_RETRACTED, payload)
        due = Due("", session.at, owner=session.clocks.owner(LimitName.CLOSING_GRACE, session.at))
        session.ask(TaskKind.RETRACT, due, receiver, {"letters": events, "by_letter": by_letter})


def _told_by_phone(session: CaseSession) -> list[str]:
    """Providers and assessors without a topic that have accepted or assessed: somebody told them whom to visit."""
    accepted = [referral.provider for referral in session.referrals.all() if referral.answered_at]
    assessed = [assessment.assessor for assessment in session.assessments.all().values()]
    named = [code for code in accepted if session.profile.provider(code)]
    named += [code for code in assessed if session.profile.institution(code)]
    return [code for code in dict.fromkeys(named) if not session.reaches(code)]
