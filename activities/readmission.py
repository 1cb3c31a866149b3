"""Readmission while the episode is open: everything stands still, capacity is held for a while, then goes on or not."""

from activities import outgoing
from activities.assessment import next_resurvey, request
from activities.case_session import CaseSession
from activities.discharge import at_home, not_at_home
from activities.release import cancel_visits, living, lose_provider, recorded, withdraw
from activities.visits import service_starts
from handoff.case.messages import Milestone, MilestoneResult, RecordedLine
from handoff.store.record.referrals import ReferralRow
from handoff.store.record.visits import VisitRow

READMITTED = "readmitted"
# Tasks that make no sense while the person lies in hospital.
MOOT = ("missed-visit", "missed-visit-escalated", "safety-check", "check", "first-service-late", "confirm-discharge")


async def suspended(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Stop the clocks, suspend visits, hold what providers had accepted, take back what they had not.

    Lines: those that are nobody's again.
    """
    session.case.admitted_at = milestone.until or session.at
    visits = _visits_suspended(session)
    referrals, lost = session.referrals.open(), []
    for line in living(session):
        referral = referrals.get(line.line_id)
        if referral and referral.state == "requested":
            await withdraw(session, referral, READMITTED)
            lose_provider(session, line, READMITTED)
            lost.append(recorded(line))
        elif referral:
            referral.state = "on-hold"
            line.state = "on-hold"
            _tell(session, referral, "suspended", [each for each in visits if each.offer_id == referral.offer_id])
    session.answered(*MOOT)
    _clocks_stand(session)
    session.start("readmission-hold")
    session.start("readmission-review")
    return session.result("suspended", lines=lost)


async def hold_expired(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """The capacity held is needed by others. Lines: those that are nobody's again."""
    session.stop("readmission-hold")
    referrals, lost = session.referrals.open(), []
    for line in living(session):
        referral = referrals.get(line.line_id)
        if referral and referral.state == "on-hold":
            await withdraw(session, referral, "hold-expired")
            lose_provider(session, line, "hold-expired", anew=True)
            lost.append(recorded(line))
    return session.result("expired", lines=lost)


async def resumed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """The person is at home again (code `cancelled`: was never admitted). Lines: those whose provider was kept.

    Clocks go on with what they had left, checks count from the new discharge, a short survey is asked for.
    """
    mistaken = milestone.code == "cancelled"
    session.case.admitted_at = None
    if not mistaken:
        expected = milestone.code == "expected"
        session.case.discharged_at = None if expected else milestone.until or session.at
        session.case.expected_at = milestone.until if expected else session.case.expected_at
    session.stop("readmission-hold", "readmission-review")
    session.answered("readmission-review")
    session.clocks.resume(READMITTED)
    cancel_visits(session, READMITTED, states=("suspended",))
    kept = await _referrals_go_on(session)
    if not mistaken:
        await _home_again(session)
    return session.result("resumed", lines=kept)


def _visits_suspended(session: CaseSession) -> list[VisitRow]:
    found = [visit for visit in session.visits.open() if visit.state == "scheduled"]
    for visit in found:
        visit.state = "suspended"
        session.clocks.stop_about(visit.visit_id)
    return found


def _clocks_stand(session: CaseSession) -> None:
    """All but those about the ladders just closed, which have nothing to go on with."""
    running = session.clocks.all()
    session.stop(*(name for name in running if name.split(":")[0] in ("missed-visit-call", "check-window")))
    session.stop("discharge-confirmation")
    session.clocks.pause(READMITTED)


async def _referrals_go_on(session: CaseSession) -> list[RecordedLine]:
    lines, kept = session.lines.all(), []
    for referral in session.referrals.open().values():
        if referral.state == "on-hold":
            referral.state = "accepted"
            lines[referral.line_id].state = "accepted"
            _tell(session, referral, "resumed", [])
            kept.append(recorded(lines[referral.line_id]))
            await service_starts(session, lines[referral.line_id], referral)
    return kept


async def _home_again(session: CaseSession) -> None:
    if session.discharged:
        await at_home(session)
    else:
        not_at_home(session, READMITTED)
        session.start("discharge-confirmation", at=session.case.expected_at)
    if session.case.consent == "given":
        assessor = session.profile.assessor_of(session.case.district)
        request(session, "resurvey", next_resurvey(session), assessor)


def _tell(session: CaseSession, referral: ReferralRow, state: str, visits: list[VisitRow]) -> None:
    named = tuple(visit.visit_id for visit in visits)
    date = session.case.discharged_at if state == "resumed" else None
    outgoing.progressed(
        session, referral.provider, outgoing.News(state, visits=named, discharged_at=date), referral.offer_id
    )
