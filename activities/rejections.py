"""Tells an institution that its event was rejected, and why."""

from dataclasses import dataclass

from activities.case_session import CaseSession
from handoff.vocabulary.outcomes import LetterKind

# What is wrong and what the sender has to do, by code, in the words of `events.contract.codes`.
REASONS = {
    "offer-gone": "The offer was withdrawn, expired or went to another provider before your answer came. "
    "You get a new offer if there is one.",
    "visit-gone": "The visit is no longer awaited: it was moved, cancelled or reported before. "
    "Copy the id from the last `visit.scheduled`.",
    "plan-refused": "A line of the plan does not fit the municipality's catalogue of services and register of "
    "providers. Correct the line at the place named, and send the plan again.",
    "no-consent": "The person has not consented, or has withdrawn consent. Wait until you are asked.",
    "not-awaited": "The case awaits no event of this kind now. Call the coordinator if something is missing.",
    "date-senseless": "The moment is impossible here: a consent that is told has to end later. Nothing was changed.",
    "not-your-event": "An institution of your role may not tell this. Ask the person to call the coordinator.",
    "subject-unknown": "The case has no such line or provider. Copy the id from the event that you answer.",
    "refused-already": "This refusal is recorded already. There is nothing to do.",
    "case-closed": "The case has ended, so that the event changed nothing. Report a new discharge by a new notice.",
}


@dataclass(frozen=True)
class Rejection:
    """Why an event was rejected: a code, and the place in the sender's record."""

    code: str
    place: str = ""
    says: str = ""  # the reason in words; "": that of the code in `REASONS`


def rejected(session: CaseSession, rejection: Rejection) -> None:
    """Notify the sender, if it has a topic, that its event was rejected."""
    fact = session.fact()
    if fact is None:
        return
    code = rejection.code
    says = rejection.says or REASONS.get(code, "The event does not fit the state of the case. Nothing was changed.")
    payload = {"message_id": fact.message_id, "code": code, "reason": says, "place": rejection.place}
    session.tell(fact.sender, LetterKind.NOTICE_REJECTED, payload, subject=session.milestone.subject)
