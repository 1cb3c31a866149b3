"""Writes the offers of plan lines to providers, and the providers' answers.

A line is offered to the best provider by rank, and the offer reserves capacity. After a decline, the workflow asks for
the next offer.
"""

from collections.abc import Mapping

from activities import outgoing, rejections
from activities.case_session import CaseSession, Writer
from activities.first_visits import keep_or_ask
from activities.giving_back import give_back_from
from activities.ranking import ranked
from activities.release import (
    Ending,
    cancel,
    drop_line,
    end_referral,
    finish_line,
    is_of_another,
    lose_provider,
    recorded,
    time_is_over,
    withdraw,
)
from activities.service_ends import agreed, before_cause, ended_by, gone, tell_end
from activities.splitting import end_open_rests, split, split_from
from handoff.case.messages import Milestone, MilestoneResult
from handoff.case.provider_offers import GIVEN_BACK
from handoff.rules.matching import load
from handoff.store.record.plans import ENDED, LineRow
from handoff.store.record.referrals import ReferralRow
from handoff.subjects import line_of
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import Verdict, WithdrawalReason
from handoff.vocabulary.states import Consent, EndedBy, LineKind, LineState, PlanState, ReferralState, VisitState
from handoff.vocabulary.words import MilestoneName
from handoff.worklist.task_kinds import COORDINATOR


async def offer_made(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Offer a line to the best provider with capacity left, and reserve the capacity.

    Verdict: `offered`, with the offer as subject; `gap` if no provider is left; `held` if the line has ended, there is
    no consent or access is restricted, which the workflow learns by another milestone.
    """
    line = session.lines.all()[milestone.subject]
    open_referral = session.referrals.open().get(line.line_id)
    if open_referral:
        return session.result(Verdict.OFFERED, open_referral.offer_id)
    may_tell = session.case.consent == Consent.GIVEN and not session.case.restricted
    if line.state in ENDED or not may_tell or session.case.closed_at:
        return session.result(Verdict.HELD, line.line_id)
    session.stop(f"{LimitName.WAIT}:{line.line_id}")
    weight = load(line.kind, line.quantity, line.per)
    ranking = await ranked(session, line)
    for candidate in ranking.best:
        if session.capacities.reserve(ranking.booked[candidate.provider], weight):
            return _offer(session, line, candidate.provider, weight)
    return session.result(Verdict.GAP, line.line_id)


async def offer_accepted(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store that the provider accepted a line. Verdict: `accepted`, or `gone` if the offer is no longer open."""
    referral = _asked(session, milestone.subject)
    if referral is None:
        return gone(session)
    await _accepted(session, referral)
    outgoing.referral_confirmed(session, referral)
    return session.result(Verdict.ACCEPTED, referral.offer_id)


async def offer_partly_accepted(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store that the provider accepted a part of a line. The rest becomes a line of its own, which is offered again.

    A provider that had accepted more may reduce it in this way.
    Verdict: `accepted`, with the rest in `lines`, and as subject the visit that is cancelled by it; `declined` if the
    quantity is zero; `gone` if the offer is no longer open.
    """
    referral = _asked(session, milestone.subject)
    if referral is None:
        return await _reduced(session, milestone)
    if milestone.quantity <= 0:
        await _declined(session, referral, WithdrawalReason.OTHER)
        return session.result(Verdict.DECLINED, referral.offer_id)
    parts = await split(session, referral, milestone.quantity)
    await _accepted(session, referral)
    outgoing.referral_confirmed(session, referral)
    return session.result(Verdict.ACCEPTED, referral.offer_id, lines=[recorded(line) for line in parts.rest])


async def _reduced(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    referral = agreed(session, milestone.subject)
    if referral is None or milestone.quantity <= 0 or is_of_another(session, referral):
        return gone(session)
    line, begins_at = session.lines.all()[referral.line_id], milestone.until
    if begins_at and begins_at > session.at and line.kind == LineKind.SERIES:
        parts = await split_from(session, line, milestone.quantity, begins_at)
    else:
        parts = await split(session, referral, milestone.quantity)
    subject = parts.cancelled.visit_id if parts.cancelled else referral.offer_id
    return session.result(Verdict.ACCEPTED, subject, lines=[recorded(line) for line in parts.rest])


async def offer_declined(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store that the provider declined a line. Verdict: `declined`, or `gone` if the offer is no longer open."""
    referral = _asked(session, milestone.subject)
    if referral is None:
        return gone(session)
    await _declined(session, referral, milestone.code or WithdrawalReason.OTHER)
    return session.result(Verdict.DECLINED, referral.offer_id)


async def offer_silent(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Withdraw an offer that was not answered in time. Verdict: `silent`, or `gone` if it is no longer open."""
    referral = _asked(session, milestone.subject)
    if referral is None:
        return session.result(Verdict.GONE)
    await _declined(session, referral, WithdrawalReason.SILENT)
    outgoing.referral_withdrawn(session, referral, WithdrawalReason.SILENT)
    return session.result(Verdict.SILENT, referral.offer_id)


async def offer_changed_mind(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store that a provider gave back a line that it had accepted. The referral is `failed`, and not `rejected`.

    Verdict: `changed`, or `gone` if the provider has not accepted the line; its offer is the subject if another has.
    """
    referral = agreed(session, milestone.subject)
    if referral is None or is_of_another(session, referral):
        return gone(session, referral)
    await end_referral(session, referral, ReferralState.FAILED, milestone.code or WithdrawalReason.CHANGED_MIND)
    lose_provider(session, session.lines.all()[referral.line_id], WithdrawalReason.CHANGED_MIND)
    return session.result(Verdict.CHANGED, referral.offer_id)


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
    if senseless := await before_cause(session, referral):
        rejections.rejected(session, rejections.Rejection("date-senseless", milestone.subject, senseless))
        return session.result(Verdict.GONE, referral.offer_id)
    line.ends_at = milestone.until or line.ends_at
    ending = Ending(milestone.code or line.ending, ended_by(session, referral))
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
    line.ended_by, line.ended_who = ended_by(session, referral), milestone.who
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


def _offer(session: CaseSession, line: LineRow, provider: str, weight: int) -> MilestoneResult:
    number = sum(referral.line_id == line.line_id for referral in session.referrals.all()) + 1
    offer = f"{line.line_id}.O{number}"
    reached = session.reaches(provider)
    due = session.start(
        LimitName.URGENT_ANSWER if line.urgent else LimitName.ANSWER, offer, owner=provider if reached else COORDINATOR
    )
    row = ReferralRow(
        offer_id=offer,
        line_id=line.line_id,
        case_id=session.case.case_id,
        provider=provider,
        state=ReferralState.REQUESTED,
        quantity=line.quantity,
        reserved=weight,
        offered_at=session.at,
        provisional=not _approved(session, line),
        answer_due_at=due.due_at,
    )
    session.referrals.add(row)
    line.state = LineState.OFFERED
    line.provider = provider
    if not outgoing.referral_offered(session, line, row):
        about = {"provider": provider, "line": line.line_id, "service": line.service, "quantity": line.quantity}
        session.ask(TaskKind.ANSWER, due, offer, about)
    return session.result(Verdict.OFFERED, offer)


def _approved(session: CaseSession, line: LineRow) -> bool:
    return any(plan.version == line.version and plan.state == PlanState.APPROVED for plan in session.plans.versions())


def _asked(session: CaseSession, offer: str) -> ReferralRow | None:
    requested = (
        referral
        for referral in session.referrals.all()
        if referral.offer_id == offer and referral.state == ReferralState.REQUESTED
    )
    return next(requested, None)


async def _accepted(session: CaseSession, referral: ReferralRow) -> None:
    """Store that the provider accepted. Its first visit is asked for, if it named none or one that cannot be."""
    line = session.lines.all()[referral.line_id]
    referral.state = ReferralState.ACCEPTED
    referral.answered_at = session.at
    line.state = LineState.ACCEPTED
    line.provider = referral.provider
    line.reason = ""
    _answered(session, referral)
    if line.ends_at:
        tell_end(session, line, referral)
    await keep_or_ask(session, line, referral, session.milestone.until)


async def _declined(session: CaseSession, referral: ReferralRow, reason: str) -> None:
    referral.answered_at = None if reason == WithdrawalReason.SILENT else session.at
    await end_referral(session, referral, ReferralState.REJECTED, reason)
    line = session.lines.all()[referral.line_id]
    if line.state not in ENDED:
        lose_provider(session, line, reason)


def _answered(session: CaseSession, referral: ReferralRow) -> None:
    session.clocks.stop_about(referral.offer_id)
    session.answered(TaskKind.ANSWER, subject=referral.offer_id)


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.OFFER_MADE: offer_made,
    MilestoneName.OFFER_ACCEPTED: offer_accepted,
    MilestoneName.OFFER_PARTLY_ACCEPTED: offer_partly_accepted,
    MilestoneName.OFFER_DECLINED: offer_declined,
    MilestoneName.OFFER_SILENT: offer_silent,
    MilestoneName.OFFER_CHANGED_MIND: offer_changed_mind,
    MilestoneName.SERVICE_ENDED: service_ended,
    MilestoneName.SERVICE_END_SET: service_end_set,
}
