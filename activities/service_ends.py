"""How the service of a line ends: by whom, not before what took place, and after all."""

from activities import outgoing, rejections
from activities.case_session import CaseSession
from activities.release import (
    Ending,
    finish_line,
    withdraw,
)
from handoff.case.messages import MilestoneResult
from handoff.store.record.plans import ENDED, LineRow
from handoff.store.record.referrals import AGREED, ReferralRow
from handoff.store.record.visits import VisitRow
from handoff.timezone import to_the_minute
from handoff.vocabulary.outcomes import AnswerCode, Progress, Verdict, WithdrawalReason
from handoff.vocabulary.states import EndedBy, LineKind, VisitState


def ended_by(session: CaseSession, referral: ReferralRow) -> EndedBy:
    """Who ends the service of a referral, by the reason that the milestone names."""
    code = session.milestone.code
    if code in (AnswerCode.REFUSED, AnswerCode.MOVED):
        return EndedBy.PERSON
    return EndedBy.PROVIDER if session.milestone.who == referral.provider else EndedBy.MUNICIPALITY


def tell_end(session: CaseSession, line: LineRow, referral: ReferralRow, visits: tuple[str, ...] = ()) -> None:
    """Inform a provider when its line ends, and not why: that may be about the person."""
    news = outgoing.News(Progress.SERVICE_ENDS, line_id=line.line_id, visits=visits, due_at=line.ends_at)
    outgoing.progressed(session, referral.provider, news, line.line_id)


async def over_after_all(session: CaseSession, line: LineRow, visit: VisitRow) -> bool:
    """End a one-off line that was offered again after its visit, which took place after all. Returns whether it did.

    Who has been asked since, or has accepted, makes no visit: its referral is withdrawn, without the person's data if
    it has not accepted.
    """
    own = next((referral for referral in session.referrals.all() if referral.offer_id == visit.offer_id), None)
    since = session.referrals.open().get(line.line_id)
    if line.kind != LineKind.ONE_OFF or line.state in ENDED or own is None or since is own:
        return False
    if since:
        await withdraw(session, since, WithdrawalReason.DELIVERED)
    line.provider = visit.provider
    await finish_line(session, line, own, Ending(WithdrawalReason.DELIVERED))
    return True


async def before_cause(session: CaseSession, referral: ReferralRow) -> str:
    """Why the service cannot have ended at this moment: it was offered, or a visit took place, after it. "": it can."""
    ends_at = session.milestone.until
    if ends_at is None:
        return ""
    if ends_at < referral.offered_at:
        return f"The service was offered on {to_the_minute(referral.offered_at)}, after that."
    made = [visit for visit in await session.visits.of_line(referral.line_id) if visit.state == VisitState.COMPLETED]
    last = max(made, key=lambda visit: visit.planned_at, default=None)
    if last is None or last.planned_at < ends_at:
        return ""
    took_place = f"Visit {last.visit_id} took place on {to_the_minute(last.planned_at)}, after that"
    return f"{took_place}. Report first that it was missed, or name a later end."


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
    rejections.rejected(session, rejections.Rejection("offer-gone", session.milestone.subject))
    return session.result(Verdict.GONE, referral.offer_id if referral else "")
