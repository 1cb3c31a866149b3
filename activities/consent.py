"""The gate of the Act: no consent, no disclosure to anyone."""

from collections.abc import Mapping

from activities.case_session import CaseSession, Writer
from activities.release import living, lose_provider, recorded, withdraw
from handoff.case.messages import Milestone, MilestoneResult
from handoff.vocabulary.outcomes import WithdrawalReason
from handoff.vocabulary.states import Consent, ReferralState
from handoff.vocabulary.words import LimitName, MilestoneName, TaskKind

WITHDRAWN = WithdrawalReason.CONSENT_WITHDRAWN
# What waits for somebody who may not be told anything new while there is no consent.
DISCLOSURES = (
    LimitName.PRESURVEY,
    LimitName.DETERMINATION,
    LimitName.RESURVEY,
    LimitName.PLAN,
    LimitName.PLAN_REVISION,
    LimitName.DECISION,
)


def consent_given(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Open the gate; what a withdrawal had stopped goes on."""
    session.case.consent = Consent.GIVEN
    session.stop(LimitName.CONSENT, LimitName.CONSENT_AGAIN)
    session.answered(TaskKind.CONSENT, TaskKind.CONSENT_AGAIN)
    session.clocks.resume(WITHDRAWN)
    return session.result()


def consent_refused(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """The person said no: nobody is told, and the case closes by another milestone."""
    session.case.consent = Consent.REFUSED
    session.stop(LimitName.CONSENT, LimitName.CONSENT_AGAIN)
    session.answered(TaskKind.CONSENT, TaskKind.CONSENT_AGAIN)
    return session.result()


async def consent_withdrawn(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Recall what nobody has accepted yet and ask once more. Result lines: those without a provider now."""
    session.case.consent = Consent.WITHDRAWN
    referrals, lost = session.referrals.open(), []
    for line in living(session):
        referral = referrals.get(line.line_id)
        if referral and referral.state == ReferralState.REQUESTED:
            await withdraw(session, referral, WITHDRAWN)
            lose_provider(session, line, WITHDRAWN)
            lost.append(recorded(line))
    session.clocks.pause(WITHDRAWN, DISCLOSURES)
    due = session.start(LimitName.CONSENT_AGAIN)
    session.ask(TaskKind.CONSENT_AGAIN, due)
    return session.result(lines=lost)


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.CONSENT_GIVEN: consent_given,
    MilestoneName.CONSENT_REFUSED: consent_refused,
    MilestoneName.CONSENT_WITHDRAWN: consent_withdrawn,
}
