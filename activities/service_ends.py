"""Writes that the service of a line ends: at once, or at a moment to come."""

from datetime import datetime

from activities import outgoing
from activities.case_session import CaseSession
from activities.giving_back import give_back_from
from activities.release import (
    Ending,
    cancel,
    drop_line,
    end_referral,
    finish_line,
    is_of_another,
    time_is_over,
    withdraw,
)
from activities.splitting import end_open_rests
from handoff.case.messages import Milestone, MilestoneResult
from handoff.case.provider_offers import GIVEN_BACK
from handoff.store.record.plans import ENDED, LineRow
from handoff.store.record.referrals import AGREED, ReferralRow
from handoff.subjects import line_of
from handoff.timezone import KST
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.outcomes import AnswerCode, Progress, Verdict
from handoff.vocabulary.states import EndedBy, ReferralState, VisitState
from handoff.worklist.task_kinds import COORDINATOR


async def service_ended(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store that the provider or the municipality ended a service, or that its end has come, with or without provider.

    Verdict: how the line ended, a `LineState`: `completed` only if all was delivered, `failed` with code "failed";
    `gone` if the provider has not accepted the line; its offer is the subject if another has.
    """
    referral = agreed(session, milestone.subject)
    line = session.lines.all()[line_of(milestone.subject)]
    if referral is None and not milestone.who and line.ends_at and line.state not in ENDED:
        await drop_line(session, line, line.ending, line.ended_by)
        return session.result(line.state, line.line_id)
    if referral is None or is_of_another(session, referral):
        return gone(session, referral)
    if senseless := await _before_cause(session, referral):
        outgoing.rejected(session, outgoing.Rejection("date-senseless", milestone.subject, senseless))
        return session.result(Verdict.GONE, referral.offer_id)
    line.ends_at = milestone.until or line.ends_at
    ending = Ending(milestone.code or line.ending, _ended_by(session, referral))
    if not milestone.who:
        ending = await time_is_over(session, line)
    if milestone.who != referral.provider:
        await withdraw(session, referral, ending.reason)
    else:
        await end_referral(session, referral, ReferralState.CANCELLED, ending.reason)
    state = await finish_line(session, line, referral, ending)
    if milestone.who and line.ended_by != EndedBy.PROVIDER:
        end_open_rests(session, line, session.at)
    return session.result(state, referral.line_id)


def _ended_by(session: CaseSession, referral: ReferralRow) -> EndedBy:
    code = session.milestone.code
    if code in (AnswerCode.REFUSED, AnswerCode.MOVED):
        return EndedBy.PERSON
    return EndedBy.PROVIDER if session.milestone.who == referral.provider else EndedBy.MUNICIPALITY


def service_end_set(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store when the service of a line ends, or its provider gives it back. It makes no visit at or after that moment.

    Verdict: `cancelled`, with the visit as subject that was planned for later; `noted` if there is none; `gone` if no
    provider has accepted the line.
    """
    referral, ends_at = agreed(session, milestone.subject), milestone.until
    if referral is None or ends_at is None or is_of_another(session, referral):
        return gone(session)
    if milestone.why == GIVEN_BACK:
        given_up = give_back_from(session, referral, ends_at)
        return session.result(Verdict.CANCELLED, given_up[0].visit_id) if given_up else session.result(Verdict.NOTED)
    line = session.lines.all()[referral.line_id]
    line.ends_at, line.ending = ends_at, milestone.code
    line.ended_by, line.ended_who = _ended_by(session, referral), milestone.who
    session.clocks.appoint(f"{LimitName.LINE_END}:{line.line_id}", ends_at, COORDINATOR, line.line_id)
    visits = [visit for visit in session.visits.open() if visit.line_id == line.line_id]
    later = [visit for visit in visits if visit.state == VisitState.SCHEDULED and visit.planned_at >= ends_at]
    for visit in later:
        cancel(session, visit, milestone.code)
    if line.ended_by != EndedBy.PROVIDER:
        end_open_rests(session, line, ends_at)
    if milestone.who != referral.provider:
        tell_end(session, line, referral, tuple(visit.visit_id for visit in later))
    return session.result(Verdict.CANCELLED, later[0].visit_id) if later else session.result(Verdict.NOTED)


def tell_end(session: CaseSession, line: LineRow, referral: ReferralRow, visits: tuple[str, ...] = ()) -> None:
    """Inform a provider when its line ends, and not why: that may be about the person."""
    news = outgoing.News(Progress.SERVICE_ENDS, line_id=line.line_id, visits=visits, due_at=line.ends_at)
    outgoing.progressed(session, referral.provider, news, line.line_id)


async def _before_cause(session: CaseSession, referral: ReferralRow) -> str:
    """Why the service cannot have ended at this moment: it was offered, or a visit took place, after it. "": it can."""
    ends_at = session.milestone.until
    if ends_at is None:
        return ""
    if ends_at < referral.offered_at:
        return f"The service was offered on {_local(referral.offered_at)}, after that."
    made = [visit for visit in await session.visits.of_line(referral.line_id) if visit.state == VisitState.COMPLETED]
    last = max(made, key=lambda visit: visit.planned_at, default=None)
    if last is None or last.planned_at < ends_at:
        return ""
    return (
        f"Visit {last.visit_id} took place on {_local(last.planned_at)}, after that. Report first that it was missed."
    )


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(KST):%Y-%m-%d %H:%M}"


def agreed(session: CaseSession, subject: str) -> ReferralRow | None:
    """The referral of an offer or a line that its provider has accepted; None: there is none."""
    accepted = (
        referral
        for referral in session.referrals.all()
        if subject in (referral.offer_id, referral.line_id) and referral.state in AGREED
    )
    return next(accepted, None)


def gone(session: CaseSession, referral: ReferralRow | None = None) -> MilestoneResult:
    """Notify the sender that the offer is no longer open. Nothing is changed. Verdict: `gone`.

    `referral`: that of another provider, which goes on. Its offer is the subject.
    """
    outgoing.rejected(session, outgoing.Rejection("offer-gone", session.milestone.subject))
    return session.result(Verdict.GONE, referral.offer_id if referral else "")
