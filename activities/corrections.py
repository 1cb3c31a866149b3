"""Writes corrections of what was recorded: a visit, an answer, a check, a survey, a decision, a consent.

The row that is corrected stays as it is. What a correction undoes, and what stands, is in docs/corrections.md.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime

from activities import outgoing
from activities.assessment import determination_recorded, findings, presurvey_recorded
from activities.case_clocks import clock_name
from activities.case_session import CaseSession, Writer
from activities.checks import result_followed, result_taken_back
from activities.first_visits import keep_or_ask
from activities.promise import promise_again
from activities.release import cancel_visits, end_referral, lose_provider, recorded, set_line, settle_line, withdraw
from activities.service_dates import start_due
from activities.service_ends import over_after_all
from activities.visits import delivered, expect_make_up, support_began
from handoff.case.corrections import instead
from handoff.case.messages import Milestone, MilestoneResult, RecordedLine
from handoff.rules.matching import load
from handoff.store.record.plans import ENDED
from handoff.store.record.referrals import AGREED, ReferralRow
from handoff.store.record.visits import OPEN, VisitRow
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import Progress, Verdict, WithdrawalReason
from handoff.vocabulary.states import (
    LINE_DELIVERED,
    CheckState,
    LineKind,
    LineState,
    PlanState,
    ReferralState,
    Stage,
    Survey,
    VisitState,
)
from handoff.vocabulary.words import EventKind, MilestoneName

Correcting = Callable[[CaseSession, Milestone, str], MilestoneResult | Awaitable[MilestoneResult]]


async def corrected(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Apply a correction to the state of the case.

    Verdict: `corrected`, or `gone` if too much has followed to undo it. A survey or determination has its own verdict.
    """
    kind, code = instead(milestone.code)
    result = CORRECT[kind](session, milestone, code) if kind in CORRECT else session.result(Verdict.GONE)
    return result if isinstance(result, MilestoneResult) else await result


def _moment_only(session: CaseSession, _milestone: Milestone, _code: str) -> MilestoneResult:
    """Another moment. The state of the case does not depend on it."""
    return session.result(Verdict.CORRECTED)


async def _visit_took_place(session: CaseSession, milestone: Milestone, _code: str) -> MilestoneResult:
    """The visit took place, then. If it was recorded as missed, its make-up visit and the calls are not needed.

    Verdict: `over` if its one-off line is over with it, which was offered again.
    """
    visit = session.visits.one(milestone.subject)
    if visit is None or visit.state not in (VisitState.COMPLETED, VisitState.MISSED):
        return session.result(Verdict.GONE)
    make_up = None
    if visit.state == VisitState.MISSED:
        delivered(session, visit)
        make_up = _without_make_up(session, visit)
        visit.reported_by, visit.typed_by = milestone.who, ""
    visit.state, visit.reason, visit.ended_at = VisitState.COMPLETED, "", milestone.at
    visit.units = milestone.quantity or visit.units or 1
    line = session.lines.all()[visit.line_id]
    over = await over_after_all(session, line, visit)
    await settle_line(session, line)
    result = await _support(session, make_up.visit_id if make_up else "")
    return replace(result, verdict=Verdict.OVER) if over else result


async def _visit_missed(session: CaseSession, milestone: Milestone, code: str) -> MilestoneResult:
    """The visit did not take place. If a one-off line ended with it, the line is offered again.

    Verdict: `missed`, with the visit as subject, if nobody has seen the person since, so that somebody has to call.

    A series that has ended stays so, with a visit less: it was delivered in part.
    """
    visit = session.visits.one(milestone.subject)
    if visit is None or visit.state not in (VisitState.COMPLETED, VisitState.MISSED):
        return session.result(Verdict.GONE)
    was_missed = visit.state == VisitState.MISSED
    visit.state, visit.reason, visit.ended_at, visit.units = VisitState.MISSED, code, milestone.at, None
    line, lines = session.lines.all()[visit.line_id], list[RecordedLine]()
    if was_missed:
        return await _support(session, "")
    visit.reported_by, visit.typed_by = milestone.who, ""
    again = line.state in LINE_DELIVERED and line.kind == LineKind.ONE_OFF
    await settle_line(session, line)
    if again:
        line.prefers, line.asked_anew_at = visit.provider, session.at
        line.ended_by, line.ended_who, line.ended_at = "", "", None
        line.ends_at, line.ending = None, ""
        set_line(session, line, LineState.PLANNED)
        session.stop(LimitName.REVIEW_END)
        session.answered(TaskKind.REVIEW_END)
        lines.append(recorded(line))
    elif line.state not in ENDED:
        await expect_make_up(session, visit)
    result = await _support(session, "", lines)
    seen = [other for other in await session.visits.of_line(line.line_id) if other.state == VisitState.COMPLETED]
    if any(other.planned_at > visit.planned_at for other in seen):
        return result
    return replace(result, verdict=Verdict.MISSED, subject=visit.visit_id)


def _without_make_up(session: CaseSession, visit: VisitRow) -> VisitRow | None:
    """Cancel the visit that was planned to make up for this one, and inform the provider. None: there is none."""
    planned = (other for other in session.visits.open() if other.makes_up == visit.visit_id)
    make_up = next((other for other in planned if other.state == VisitState.SCHEDULED), None)
    if make_up:
        make_up.state, make_up.reason = VisitState.CANCELLED, WithdrawalReason.CORRECTED
        make_up.ended_at = session.at
        session.clocks.stop_about(make_up.visit_id)
        news = outgoing.News(Progress.VISITS_CANCELLED, visits=(make_up.visit_id,))
        outgoing.progressed(session, make_up.provider, news, make_up.offer_id)
    return make_up


async def _support(session: CaseSession, not_needed: str, lines: list[RecordedLine] | None = None) -> MilestoneResult:
    """Compute when support began: with the first visit that took place, or not yet.

    If it has not begun after all, the promise of the first service runs again, and those that were told otherwise are
    told.
    """
    before, began = session.case.support_began_at, await session.visits.first_completed(session.case.case_id)
    if before and began:
        session.case.support_began_at = began
    elif before:
        session.case.support_began_at = None
        session.case.stage = Stage.SERVICES
        promise_again(session)
        await outgoing.first_service_told(session)
    elif began:
        await support_began(session, began)
    return session.result(Verdict.CORRECTED, not_needed, lines=lines or [], at=began)


async def _accepted(session: CaseSession, milestone: Milestone, _code: str) -> MilestoneResult:
    """The provider has accepted the offer. Meanwhile no other may have accepted the line, which would lose it."""
    referral = _referral(session, milestone.subject)
    if referral is None or referral.state in AGREED:
        return session.result(Verdict.CORRECTED if referral else Verdict.GONE, milestone.subject)
    line = session.lines.all()[referral.line_id]
    other = session.referrals.open().get(line.line_id)
    taken = other is not None and other.state in AGREED
    weight = load(line.kind, referral.quantity, line.per)
    provider = session.profile.provider(referral.provider)
    capacity = {referral.provider: provider.capacity if provider else 0}
    [booked] = await session.capacities.booked(capacity)
    if taken or line.state in ENDED or not session.capacities.reserve(booked, weight):
        return session.result(Verdict.GONE)
    if other:
        await withdraw(session, other, WithdrawalReason.CORRECTED)
    session.stop(*(f"{limit}:{line.line_id}" for limit in (LimitName.GAP, LimitName.WAIT)))
    session.answered(TaskKind.GAP, subject=line.line_id)
    referral.state, referral.reason, referral.reserved = ReferralState.ACCEPTED, "", weight
    referral.answered_at = session.at
    set_line(session, line, LineState.ACCEPTED)
    line.provider = referral.provider
    await keep_or_ask(session, line, referral, milestone.until)
    outgoing.referral_confirmed(session, referral)
    if session.discharged:
        await start_due(session, line, referral, session.discharged)
    return session.result(Verdict.CORRECTED, referral.offer_id)


async def _declined(session: CaseSession, milestone: Milestone, code: str) -> MilestoneResult:
    """The provider has declined the offer: the line goes to the next, unless a visit has, or may have, taken place."""
    referral = _referral(session, milestone.subject)
    if referral is None or referral.state not in AGREED:
        rejected = referral is not None and referral.state == ReferralState.REJECTED
        return session.result(Verdict.CORRECTED if rejected else Verdict.GONE)
    line = session.lines.all()[referral.line_id]
    visits = await session.visits.of_line(line.line_id)
    if any(visit.offer_id == referral.offer_id and _may_have_taken_place(visit, session.at) for visit in visits):
        return session.result(Verdict.GONE)
    await end_referral(session, referral, ReferralState.REJECTED, code)
    cancel_visits(session, WithdrawalReason.CORRECTED, line=line.line_id)
    session.stop(f"{LimitName.SERVICE_START}:{line.line_id}", f"{LimitName.MAKE_UP}:{line.line_id}")
    lose_provider(session, line, code)
    return session.result(Verdict.CORRECTED, lines=[recorded(line)])


def _may_have_taken_place(visit: VisitRow, now: datetime) -> bool:
    """Whether a visit was delivered, or lies in the past and nobody has reported it."""
    return visit.state == VisitState.COMPLETED or (visit.state in OPEN and visit.planned_at <= now)


def _referral(session: CaseSession, offer: str) -> ReferralRow | None:
    return next((referral for referral in session.referrals.all() if referral.offer_id == offer), None)


def _checked(session: CaseSession, milestone: Milestone, code: str) -> MilestoneResult:
    """The check was made then, with this result. What an earlier result asked for is no longer asked."""
    check = session.checks.all().get(milestone.subject)
    if check is None or check.state != CheckState.COMPLETED:
        return session.result(Verdict.GONE)
    if check.result != code:
        result_taken_back(session, check)
        result_followed(session, check, code)
    check.result, check.ended_at = code, milestone.at
    return session.result(Verdict.CORRECTED, check.check_id)


def _not_checked(session: CaseSession, milestone: Milestone, _code: str) -> MilestoneResult:
    """The check was not made. It is due again at once, and what its result asked for is no longer asked."""
    check = session.checks.all().get(milestone.subject)
    if check is None or check.state != CheckState.COMPLETED:
        return session.result(Verdict.GONE)
    result_taken_back(session, check)
    check.state, check.result, check.ended_at = CheckState.PLANNED, "", None
    owner = session.clocks.owner(LimitName.CHECK, session.at)
    session.clocks.appoint(f"{LimitName.CHECK}:{check.name}", session.at, owner, check.check_id)
    return session.result(Verdict.CORRECTED, check.check_id)


def _surveyed(session: CaseSession, milestone: Milestone, _code: str) -> MilestoneResult:
    """Another score, or moment, of the pre-survey. The way that it leads to may change until a plan is submitted."""
    survey = session.assessments.all().get(Survey.PRESURVEY)
    if survey is None:
        return session.result(Verdict.GONE)
    if survey.score == milestone.quantity and survey.found == findings(session, Survey.PRESURVEY):
        survey.assessed_at = milestone.at
        return session.result(Verdict.CORRECTED)
    if session.plans.versions() or Survey.DETERMINATION in session.assessments.all():
        return session.result(Verdict.GONE)
    telling = clock_name(LimitName.CONTACT_ATTEMPT, TaskKind.TELL_RESULT)
    session.stop(LimitName.DETERMINATION, LimitName.PLAN, telling)
    session.answered(TaskKind.DETERMINE, TaskKind.DRAFT_PLAN, TaskKind.TELL_RESULT)
    result = presurvey_recorded(session, milestone)
    planned = TaskKind.DRAFT_PLAN if (TaskKind.DRAFT_PLAN, "") in session.tasks.open() else ""
    return session.result(result.verdict, planned)


def _determined(session: CaseSession, milestone: Milestone, code: str) -> MilestoneResult:
    """Another result, or moment, of the determination, until a plan is submitted."""
    determination = session.assessments.all().get(Survey.DETERMINATION)
    if determination is None:
        return session.result(Verdict.GONE)
    if determination.result == code:
        determination.assessed_at, determination.found = milestone.at, findings(session, Survey.DETERMINATION)
        return session.result(Verdict.CORRECTED)
    if session.plans.versions():
        return session.result(Verdict.GONE)
    session.stop(LimitName.PLAN)
    session.answered(TaskKind.DRAFT_PLAN)
    return determination_recorded(session, replace(milestone, code=code))


def _decided(session: CaseSession, milestone: Milestone, code: str) -> MilestoneResult:
    """Another moment, or reason, of the last decision. What was decided stands: another version changes it."""
    decided = [plan for plan in session.plans.versions() if plan.decided_at]
    kind, _ = instead(milestone.code)
    state = PlanState.APPROVED if kind == EventKind.PLAN_APPROVED else PlanState.REJECTED
    if not decided or decided[-1].state != state:
        return session.result(Verdict.GONE)
    decided[-1].decided_at, decided[-1].reason = milestone.at, code
    return session.result(Verdict.CORRECTED, str(decided[-1].version))


CORRECT: Mapping[EventKind | None, Correcting] = {
    EventKind.CONSENT_GIVEN: _moment_only,
    EventKind.CONSENT_WITHDRAWN: _moment_only,
    EventKind.PRESURVEY_COMPLETED: _surveyed,
    EventKind.DETERMINATION_RETURNED: _determined,
    EventKind.PLAN_APPROVED: _decided,
    EventKind.PLAN_REJECTED: _decided,
    EventKind.REFERRAL_ACCEPTED: _accepted,
    EventKind.REFERRAL_PARTLY_ACCEPTED: _accepted,  # of the line, which is the part since then
    EventKind.REFERRAL_DECLINED: _declined,
    EventKind.VISIT_COMPLETED: _visit_took_place,
    EventKind.VISIT_MISSED: _visit_missed,
    EventKind.CHECK_COMPLETED: _checked,
    EventKind.CHECK_FAILED: _not_checked,
}

WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.CORRECTED: corrected,
}
