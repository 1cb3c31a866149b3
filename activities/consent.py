"""Writes consent: given, renewed, refused, withdrawn or expired. The Act forbids any disclosure without it."""

from collections.abc import Mapping
from datetime import datetime

from activities.case_session import CaseSession, Writer
from activities.lookup_news import tell_insurer
from activities.outgoing import confirm_held
from activities.promise import follow, unpromised
from activities.release import withdraw_unanswered
from activities.running_services import ask_about_running
from handoff.case.messages import Milestone, MilestoneResult, RecordedLine
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.consents import ConsentScope
from handoff.vocabulary.outcomes import WithdrawalReason
from handoff.vocabulary.states import Consent
from handoff.vocabulary.words import EventKind, MilestoneName

WITHDRAWN, EXPIRED = WithdrawalReason.CONSENT_WITHDRAWN, WithdrawalReason.CONSENT_EXPIRED
# Limits that wait for an institution. It may not be informed while there is no consent, so they are paused.
DISCLOSURES = (
    LimitName.PRESURVEY,
    LimitName.DETERMINATION,
    LimitName.RESURVEY,
    LimitName.PLAN,
    LimitName.PLAN_REVISION,
    LimitName.DECISION,
)


ASKED = (
    TaskKind.CONSENT,
    TaskKind.CONSENT_AGAIN,
    TaskKind.RENEW_CONSENT,
    TaskKind.CONFIRM_REFUSAL,
    TaskKind.RUNNING_SERVICES,
)
AWAITED = (LimitName.CONSENT, LimitName.CONSENT_AGAIN, LimitName.REFUSAL, LimitName.RUNNING_SERVICES)


async def consent_given(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store the consent. Clocks that a withdrawal had paused go on, and confirmations that waited are sent."""
    before, session.case.consent = unpromised(session), Consent.GIVEN
    follow(session, before)
    _answered(session)
    named = milestone.code == ConsentScope.SUPPORT or _event_of(milestone) == EventKind.CONSENT_GIVEN
    _ends(session, milestone.until if named else None)  # else it is the date of a discharge
    session.clocks.resume(WITHDRAWN)
    session.clocks.resume(EXPIRED)
    await confirm_held(session)
    tell_insurer(session)
    return session.result()


def consent_renewed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store another end of the consent that stands, or that it has none. What was asked about it is answered."""
    _answered(session)
    _ends(session, milestone.until)
    return session.result()


def consent_refused(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Store the refusal. The milestone `closed` then ends the case."""
    session.case.consent = Consent.REFUSED
    follow(session, before="")
    _answered(session)
    return session.result()


async def consent_withdrawn(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Withdraw the offers that no provider has accepted, and open a task to ask the person again.

    `lines` of the result: the lines that have lost their provider.
    """
    lost = await _over(session, Consent.WITHDRAWN, WITHDRAWN)
    due = session.start(LimitName.CONSENT_AGAIN)
    session.ask(TaskKind.CONSENT_AGAIN, due)
    return session.result(lines=lost)


async def consent_expired(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """The end of the consent has come: as after a withdrawal, but the person is asked to renew it.

    `lines` of the result: the lines that have lost their provider.
    """
    lost = await _over(session, Consent.EXPIRED, EXPIRED)
    due = session.start(LimitName.CONSENT_AGAIN)
    task = session.ask(TaskKind.RENEW_CONSENT, due)
    task.about = {**task.about, "ended": True}
    task.due_at = due.due_at or task.due_at
    return session.result(lines=lost)


async def _over(session: CaseSession, consent: Consent, why: WithdrawalReason) -> list[RecordedLine]:
    """Nobody else is told. Offers are withdrawn, and somebody is asked about services that run.

    Returns the lines that have lost their provider.
    """
    session.case.consent = consent
    session.stop(LimitName.REFUSAL)
    session.answered(TaskKind.CONFIRM_REFUSAL, subject="")
    if why == WITHDRAWN:
        session.answered(TaskKind.RENEW_CONSENT)
    _ends(session, None)
    lost = await withdraw_unanswered(session, why)
    session.clocks.pause(why, DISCLOSURES)
    ask_about_running(session)
    return lost


def _answered(session: CaseSession) -> None:
    session.stop(*AWAITED)
    session.answered(*ASKED, subject="")  # whether a part is refused is still asked


def _ends(session: CaseSession, until: datetime | None) -> None:
    """Store when the consent ends, and let its clock warn of that."""
    session.case.consent_until = until
    if until is None:
        session.stop(LimitName.CONSENT_ENDS)
        return
    due = session.clocks.end_at(LimitName.CONSENT_ENDS, until)
    if due.warn_at is None:  # its moment has passed
        session.ask(TaskKind.RENEW_CONSENT, due)


def _event_of(milestone: Milestone) -> str:
    return milestone.key.partition(":")[2].partition("#")[0]


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.CONSENT_GIVEN: consent_given,
    MilestoneName.CONSENT_RENEWED: consent_renewed,
    MilestoneName.CONSENT_REFUSED: consent_refused,
    MilestoneName.CONSENT_EXPIRED: consent_expired,
    MilestoneName.CONSENT_WITHDRAWN: consent_withdrawn,
}
