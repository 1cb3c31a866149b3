"""The gate of the Act: no consent, no disclosure to anyone."""

from activities.case_session import CaseSession
from activities.release import living, lose_provider, recorded, withdraw
from handoff.case.messages import Milestone, MilestoneResult

WITHDRAWN = "consent-withdrawn"
# What waits for somebody who may not be told anything new while there is no consent.
DISCLOSURES = ("presurvey", "determination", "resurvey", "plan", "plan-revision", "decision")


def consent_given(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Open the gate; what a withdrawal had stopped goes on."""
    session.case.consent = "given"
    session.stop("consent", "consent-again")
    session.answered("consent", "consent-again")
    session.clocks.resume(WITHDRAWN)
    return session.result()


def consent_refused(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """The person said no: nobody is told, and the case closes by another milestone."""
    session.case.consent = "refused"
    session.stop("consent", "consent-again")
    session.answered("consent", "consent-again")
    return session.result()


async def consent_withdrawn(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Recall what nobody has accepted yet and ask once more. Lines: those that are nobody's again."""
    session.case.consent = "withdrawn"
    referrals, lost = session.referrals.open(), []
    for line in living(session):
        referral = referrals.get(line.line_id)
        if referral and referral.state == "requested":
            await withdraw(session, referral, WITHDRAWN)
            lose_provider(session, line, WITHDRAWN)
            lost.append(recorded(line))
    session.clocks.pause(WITHDRAWN, DISCLOSURES)
    due = session.start("consent-again")
    session.ask("consent-again", due)
    return session.result(lines=lost)
