"""Writes consent: given, refused or withdrawn. The Act forbids any disclosure without it."""

from collections.abc import Mapping

from activities.case_session import CaseSession, Writer
from activities.outgoing import confirm_held
from activities.promise import follow
from activities.release import withdraw_unanswered
from handoff.case.messages import Milestone, MilestoneResult
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import WithdrawalReason
from handoff.vocabulary.states import Consent
from handoff.vocabulary.words import MilestoneName

WITHDRAWN = WithdrawalReason.CONSENT_WITHDRAWN
# Limits that wait for an institution. It may not be informed while there is no consent, so they are paused.
DISCLOSURES = (
    LimitName.PRESURVEY,
    LimitName.DETERMINATION,
    LimitName.RESURVEY,
    LimitName.PLAN,
    LimitName.PLAN_REVISION,
    LimitName.DECISION,
)


async def consent_given(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Store the consent. Clocks that a withdrawal had paused go on, and confirmations that waited are sent."""
    session.case.consent = Consent.GIVEN
    session.stop(LimitName.CONSENT, LimitName.CONSENT_AGAIN)
    session.answered(TaskKind.CONSENT, TaskKind.CONSENT_AGAIN)
    session.clocks.resume(WITHDRAWN)
    await confirm_held(session)
    return session.result()


def consent_refused(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Store the refusal. The milestone `closed` then ends the case."""
    session.case.consent = Consent.REFUSED
    follow(session, before="")
    session.stop(LimitName.CONSENT, LimitName.CONSENT_AGAIN)
    session.answered(TaskKind.CONSENT, TaskKind.CONSENT_AGAIN)
    return session.result()


async def consent_withdrawn(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Withdraw the offers that no provider has accepted, and open a task to ask the person again.

    `lines` of the result: the lines that have lost their provider.
    """
    session.case.consent = Consent.WITHDRAWN
    lost = await withdraw_unanswered(session, WITHDRAWN)
    session.clocks.pause(WITHDRAWN, DISCLOSURES)
    due = session.start(LimitName.CONSENT_AGAIN)
    session.ask(TaskKind.CONSENT_AGAIN, due)
    return session.result(lines=lost)


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.CONSENT_GIVEN: consent_given,
    MilestoneName.CONSENT_REFUSED: consent_refused,
    MilestoneName.CONSENT_WITHDRAWN: consent_withdrawn,
}
