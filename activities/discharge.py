"""The discharge: confirmed, corrected, cancelled, renewed. Every clock and booking that hangs on it follows."""

from datetime import datetime

from activities import outgoing
from activities.case_session import CaseSession
from activities.checks import plan_check, unplan_checks
from activities.release import cancel_visits, living, lose_provider, recorded, withdraw
from activities.visits import move_visit, service_starts, urgent_starts
from handoff.case.messages import Milestone, MilestoneResult
from handoff.rules.schedule import checks_after_discharge, first_visit_at

CANCELLED = "discharge-cancelled"


async def discharge_confirmed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """The expected discharge has taken place: services and checks begin."""
    session.update(discharged_at=milestone.until or session.at)
    await _date_settled(session)
    await session.stop("discharge-confirmation")
    await session.answered("confirm-discharge")
    await at_home(session)
    await _tell_date(session)
    return session.result("confirmed")


async def discharge_corrected(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """The date was another: open clocks and checks are counted anew, those already told are told again.

    Code `expected`: the person is not at home yet after all.
    """
    await _date_settled(session)
    if milestone.code == "expected":
        session.update(expected_at=milestone.until, discharged_at=None)
        await not_at_home(session, "discharge-corrected")
        await cancel_visits(session, "discharge-corrected")
        await session.start("discharge-confirmation", at=milestone.until)
    else:
        session.update(discharged_at=milestone.until)
        await session.stop("discharge-confirmation")
        await session.answered("confirm-discharge")
        await at_home(session)
        await _visits_after(session, milestone.until or session.at)
    await _tell_date(session)
    return session.result("corrected")


async def dates_differ(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Another teller names another date; until a person settles it, the discharging facility's word counts."""
    due = await session.start("correction")
    until = milestone.until.isoformat() if milestone.until else ""
    about = {
        "says": milestone.who,
        "facility": session.case.facility,
        "until": until,
        "what": milestone.code or milestone.why,
    }
    await session.ask("dates-differ", due, about=about)
    return session.result()


async def discharge_cancelled(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Undo everything booked and let the clocks stand still; the case waits for a new date. Lines: nobody's again."""
    session.update(discharged_at=None, expected_at=None, admitted_at=None)
    referrals = session.referrals.open()
    lines = await living(session)
    for line in lines:
        if line.line_id in referrals:
            await withdraw(session, referrals[line.line_id], CANCELLED)
        await lose_provider(session, line, CANCELLED, anew=True)
    await cancel_visits(session, CANCELLED, states=("scheduled", "suspended", "unreported"))
    await not_at_home(session, CANCELLED)
    await session.stop("discharge-confirmation", "correction")
    await session.answered("confirm-discharge", "dates-differ", "missed-visit", "missed-visit-escalated")
    await session.clocks.pause(CANCELLED)
    await session.start("discharge-cancelled")
    await outgoing.senders_progressed(session, outgoing.News(CANCELLED))
    return session.result("cancelled", lines=[recorded(line) for line in lines])


async def discharge_renewed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """There is a date again: the clocks go on with what they had left; lines are offered anew by the story."""
    await session.stop("discharge-cancelled")
    await session.answered("cancelled-discharge")
    await session.clocks.resume(CANCELLED)
    if milestone.code == "expected":
        session.update(expected_at=milestone.until or session.at)
        await session.start("discharge-confirmation", at=milestone.until)
    else:
        session.update(discharged_at=milestone.until or session.at)
        await at_home(session)
    return session.result("renewed")


async def settled_by_repetition(session: CaseSession) -> None:
    """Whoever decides about dates said the same date once more: the difference is settled."""
    await _date_settled(session)


async def _date_settled(session: CaseSession) -> None:
    await session.stop("correction")
    await session.answered("dates-differ")


async def _tell_date(session: CaseSession) -> None:
    """Tell the date to providers with an open referral and to whoever told of the discharge."""
    date = session.case.discharged_at
    news = outgoing.News(
        "discharge-corrected", discharged_at=date, expected_at=None if date else session.case.expected_at
    )
    told_already: set[str] = set()
    for referral in session.referrals.open().values():
        outgoing.progressed(session, referral.provider, news, referral.offer_id)
        told_already.add(referral.provider)
    assessor = session.profile.assessor_of(session.case.district)
    if "presurvey" in session.clocks.all() and assessor not in told_already:
        outgoing.progressed(session, assessor, news)
    await outgoing.senders_progressed(session, news)


async def _visits_after(session: CaseSession, discharged_at: datetime) -> None:
    """A visit planned for before the person is at home is planned anew."""
    for visit in session.visits.open():
        if visit.state == "scheduled" and visit.planned_at < discharged_at:
            await move_visit(session, visit, first_visit_at(session.at, discharged_at, None, session.profile))


HANG_ON_DISCHARGE = ("service-start:", "urgent-service:")


async def at_home(session: CaseSession) -> None:
    """Start, or count anew from this discharge, everything that waits for it."""
    if session.discharged is None:
        return
    if session.case.support_began_at is None:
        await session.start("first-service", at=session.discharged)
    lines = session.lines.all()
    for referral in session.referrals.open().values():
        await urgent_starts(session, lines[referral.line_id])
        await service_starts(session, lines[referral.line_id], referral)
    for name, planned_at in checks_after_discharge(session.discharged, session.profile):
        await plan_check(session, name, planned_at)


async def not_at_home(session: CaseSession, reason: str) -> None:
    """Nothing of it counts: the person is not at home, or not yet."""
    running = session.clocks.all()
    await session.stop("first-service", *(name for name in running if name.startswith(HANG_ON_DISCHARGE)))
    await session.answered("first-service-late")
    await unplan_checks(session, reason)
