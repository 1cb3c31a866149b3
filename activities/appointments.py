"""Writes appointments: the visits of a line are planned one by one, and moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from activities import outgoing, rejections
from activities.case_session import CaseSession, Writer
from activities.first_visits import (
    VISITED,
    ask,
    flag_if_late,
    has_to_be_named,
    impossible,
    named,
    proposal,
)
from activities.giving_back import is_given_back
from activities.release import end_referral, finish_line, is_of_another, time_is_over
from activities.rhythm_changes import a_change, await_report, change_rhythm, move, take_effect
from handoff.case.messages import Milestone, MilestoneResult
from handoff.rules.appointment import PAST
from handoff.rules.calendar import DAY
from handoff.rules.clocks import runs
from handoff.rules.rhythm import WEEKDAYS
from handoff.rules.schedule import first_visit_at
from handoff.rules.series import WITHDRAWN, before_next, begins_at, next_date, regular, rhythm_at, series_of, slot_of
from handoff.store.record.plans import ENDED, LineRow
from handoff.store.record.referrals import AGREED, ReferralRow
from handoff.store.record.visits import VisitRow
from handoff.subjects import is_visit, line_of
from handoff.vocabulary.awaited import LimitName
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.services import Namer
from handoff.vocabulary.states import LineKind, LineState, ReferralState, VisitState
from handoff.vocabulary.words import MilestoneName

WEEKDAYS_UNFIT = "Name one weekday for each visit a week. Only a line with a number of visits a week has weekdays."
BEGINNING = (ReferralState.ACCEPTED, ReferralState.IN_PROGRESS)  # referrals that visits may be planned for


async def visit_planned(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Plan the next visit of a line.

    Verdict: `planned`, with the visit as subject and its moment; `over` if the line has ended, or all its visits have
    taken place; `lost` if the line has no provider any more.
    """
    line = session.lines.all()[milestone.subject]
    referral = session.referrals.open().get(line.line_id)
    if line.state in ENDED or referral is None or referral.state not in BEGINNING:
        return session.result(Verdict.OVER if line.state in ENDED else Verdict.LOST, line.line_id)
    visits = await session.visits.of_line(line.line_id)
    ended = line.ends_at is not None and line.ends_at <= session.at
    awaited = next((visit for visit in visits if visit.state == VisitState.SCHEDULED), None)
    if awaited is None and not ended:
        awaited = _unreported(line, visits)
    if awaited:
        return session.result(Verdict.PLANNED, awaited.visit_id, at=awaited.planned_at)
    services = _Services(line, referral, visits, _make_ups(session, line))
    unwanted = _ends_before_first(session, services)
    if not ended and not unwanted and _is_asked(session, services):
        return session.result(Verdict.TO_BE_NAMED, line.line_id)
    following = None if unwanted else _following(session, services, milestone)
    if following is None or _is_after_end(line, following):
        await _over(session, line, referral)
        return session.result(Verdict.OVER, line.line_id)
    if is_given_back(session, referral, following.at):
        return session.result(Verdict.TO_BE_NAMED, line.line_id)
    visit = await _plan(session, services, following)
    return session.result(Verdict.PLANNED, visit.visit_id, at=visit.planned_at)


async def visit_moved(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Move a scheduled visit to the moment that the provider or a person names, or name the first visit of a line.

    If no visit of the line is scheduled, the moment is kept for the next one. Verdict: `moved`; `named` without a
    scheduled visit; `noted` if it is planned for this moment already; `impossible` if the person is not at home then or
    the moment has passed; `gone` if the visit is not scheduled any more, or no provider has the line.
    """
    line_id, moment = line_of(milestone.subject), milestone.until
    visit, referral = _to_move(session, milestone.subject), session.referrals.open().get(line_id)
    agreed = referral is not None and referral.state in AGREED and not is_of_another(session, referral)
    if referral is None or moment is None or not agreed or (visit is None and is_visit(milestone.subject)):
        rejections.rejected(session, rejections.Rejection("visit-gone", milestone.subject))
        return session.result(Verdict.GONE)
    line = session.lines.all()[line_id]
    visits = await session.visits.of_line(line_id)
    next_at = before_next(line, visits, visit, session.profile) if visit else None
    if reason := impossible(session, line, moment, next_at):
        rejections.rejected(
            session, rejections.Rejection("date-senseless", milestone.subject, f"{reason.says}. Name another moment.")
        )
        return session.result(Verdict.IMPOSSIBLE)
    if visit is None:
        referral.proposed_at = moment
        named(session, line)
        return session.result(Verdict.NAMED)
    if visit.planned_at == moment:
        return session.result(Verdict.NOTED, visit.visit_id, at=moment)
    await _moved(session, visit, moment)
    return session.result(Verdict.MOVED, visit.visit_id, at=moment)


def _to_move(session: CaseSession, subject: str) -> VisitRow | None:
    """The scheduled visit of this id; for a line or an offer, its next one. None: it is not scheduled."""
    line_id = line_of(subject)
    scheduled = [visit for visit in session.visits.open() if visit.state == VisitState.SCHEDULED]
    name = subject if is_visit(subject) else line_id
    return next((visit for visit in scheduled if name in (visit.visit_id, visit.line_id)), None)


async def _moved(session: CaseSession, visit: VisitRow, moment: datetime) -> None:
    """Move a visit as people named it. Its place in the rhythm stays, unless the engine had proposed it."""
    if visit.named_by == Namer.ENGINE and not visit.makes_up:
        visit.slot, visit.named_by = moment, Namer.PROVIDER
    elif not visit.makes_up:
        visit.slot = visit.slot or visit.planned_at
    move(session, visit, moment)
    await flag_if_late(session, session.lines.all()[visit.line_id], visit)


async def rhythm_changed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Let the visits of a weekly series fall on other weekdays from a moment on, by default from now.

    Verdict: `changed`, with the visit as subject that is cancelled by it; `unfit` if the line is no weekly series, or
    has not one weekday for each visit; `gone` if no provider has accepted the line.
    """
    line_id = line_of(milestone.subject)
    referral, line = session.referrals.open().get(line_id), session.lines.all()[line_id]
    if referral is None or referral.state not in AGREED or is_of_another(session, referral):
        rejections.rejected(session, rejections.Rejection("offer-gone", milestone.subject))
        return session.result(Verdict.GONE)
    weekdays = tuple(sorted({str(word) for word in session.body().get("weekdays") or ()}, key=WEEKDAYS.index))
    start = max(milestone.until or session.at, session.at)
    quantity, _ = rhythm_at(line, start)
    if line.kind != LineKind.SERIES or line.per != "week" or len(weekdays) != quantity:
        rejections.rejected(session, rejections.Rejection("field-invalid", "/weekdays", WEEKDAYS_UNFIT))
        return session.result(Verdict.UNFIT)
    reduced = [change for change in line.changes if change.get("rest") and begins_at(change) > start]
    later = [a_change(begins_at(change), change["quantity"], weekdays, change) for change in reduced]
    cancelled = await change_rhythm(session, line, a_change(start, quantity, weekdays), later)
    return session.result(Verdict.CHANGED, cancelled.visit_id if cancelled else line_id)


def _is_asked(session: CaseSession, services: "_Services") -> bool:
    """Whether the next visit waits until somebody names it: it is a first visit, and the one that was named cannot be.

    A one-off line has no rhythm, so that each of its visits is named. After as many make-up visits as the profile
    allows, another one is named too.
    """
    line, referral = services.line, services.referral
    if line.kind not in VISITED or services.missed or services.delivered:
        return False
    reason = impossible(session, line, referral.proposed_at) if referral.proposed_at else None
    if reason and reason.code == PAST:
        reason = None  # it was to come when it was named: the visit is planned as named, and its report is awaited
    if reason:
        referral.proposed_at = None
    if referral.proposed_at or (line.kind == LineKind.SERIES and regular(services.visits)):
        return False
    again = line.kind == LineKind.ONE_OFF and bool(services.visits) and services.visits[-1].state == VisitState.MISSED
    if reason or again or has_to_be_named(session, line):
        ask(session, line, referral, reason.code if reason else "")
        return True
    return False


@dataclass(frozen=True)
class _Services:
    """What the next visit of a line depends on."""

    line: LineRow
    referral: ReferralRow
    visits: Sequence[VisitRow]
    make_ups: int  # visits that may make up for missed ones

    @property
    def delivered(self) -> bool:
        """Whether all visits of a one-off line were delivered."""
        completed = sum(visit.state == VisitState.COMPLETED for visit in self.visits)
        return self.line.kind == LineKind.ONE_OFF and completed >= self.line.quantity

    @property
    def missed(self) -> str:
        """The id of the last visit if a make-up visit is due for it; else "".

        A make-up visit is never made up for, and a line has at most so many of them.
        """
        held = [visit for visit in self.visits if visit.state not in WITHDRAWN]
        missed = bool(held) and held[-1].state == VisitState.MISSED and not held[-1].makes_up
        return held[-1].visit_id if missed and sum(bool(visit.makes_up) for visit in held) < self.make_ups else ""


@dataclass(frozen=True)
class _Planned:
    """The next visit: its moment, its place in the rhythm, who named it, and the missed visit that it makes up for."""

    at: datetime
    slot: datetime | None = None
    named_by: str = ""
    makes_up: str = ""


def _make_ups(session: CaseSession, line: LineRow) -> int:
    """How many visits of a line may be made up for. After a missed meal, the next one comes anyway."""
    return 0 if line.service in session.profile.by_exception else session.profile.visits.make_ups


def _unreported(line: LineRow, visits: Sequence[VisitRow]) -> VisitRow | None:
    """The unreported visit of a one-off line: its report is awaited before another visit is planned."""
    waiting = [visit for visit in visits if visit.state == VisitState.UNREPORTED]
    return waiting[-1] if waiting and line.kind == LineKind.ONE_OFF else None


def _following(session: CaseSession, services: _Services, milestone: Milestone) -> _Planned | None:
    """The next visit. None: there is no further one."""
    line, chosen = services.line, services.referral.proposed_at
    if line.kind in (LineKind.ON_DEMAND, LineKind.STAND_BY):
        return _Planned(milestone.until or session.at)
    soon = first_visit_at(session.at, session.discharged or session.at, session.profile)
    if services.missed:
        make_up = _Planned(chosen or soon, named_by=Namer.ENGINE, makes_up=services.missed)
        if not _is_after_end(line, make_up):
            return make_up
    if services.delivered:
        return None
    if line.kind == LineKind.ONE_OFF or not regular(services.visits):
        moment = chosen or proposal(session, line)
        return _Planned(moment, moment, Namer.PROVIDER if chosen else Namer.ENGINE)
    return _next_of_series(session, services)


def _ends_before_first(session: CaseSession, services: _Services) -> bool:
    """Whether the end of a line has cancelled its first visit, and leaves no whole day after an answer for another."""
    end, visits = services.line.ends_at, services.visits
    if end is None or not visits or regular(visits) or services.line.kind not in VISITED:
        return False
    answer_due = runs(LimitName.FIRST_VISIT, session.at, session.profile).due_at
    cancelled = visits[-1].state == VisitState.CANCELLED and visits[-1].planned_at >= end
    return cancelled and answer_due is not None and end <= answer_due + DAY * session.profile.scale


def _is_after_end(line: LineRow, planned: _Planned) -> bool:
    return line.ends_at is not None and planned.at >= line.ends_at


def _next_of_series(session: CaseSession, services: _Services) -> _Planned | None:
    """The next visit of a series. If another provider took it over and named a moment, its rhythm begins there."""
    line, chosen = services.line, services.referral.proposed_at
    series = series_of(line, services.visits, session.profile)
    following = next_date(line, services.visits, session.at, session.profile)
    if chosen and series:
        own = any(visit.offer_id == services.referral.offer_id for visit in regular(services.visits))
        slot = following.slot if own and following else chosen
        return _Planned(chosen, slot, "" if own else Namer.PROVIDER) if chosen < series.ends_at else None
    return _Planned(following.planned_at, following.slot) if following and following.planned_at else None


async def _plan(session: CaseSession, services: _Services, planned: _Planned) -> VisitRow:
    line, referral = services.line, services.referral
    number = max((visit.number for visit in services.visits), default=0) + 1
    if not planned.makes_up and services.visits and services.visits[-1].state == VisitState.MISSED:
        session.stop(f"{LimitName.MAKE_UP}:{line.line_id}")
    visit = session.visits.add(
        VisitRow(
            visit_id=f"{line.line_id}.V{number}",
            line_id=line.line_id,
            case_id=session.case.case_id,
            offer_id=referral.offer_id,
            number=number,
            provider=referral.provider,
            state=VisitState.SCHEDULED,
            planned_at=planned.at,
            makes_up=planned.makes_up,
            slot=planned.slot,
            named_by=planned.named_by,
        )
    )
    referral.state = ReferralState.IN_PROGRESS
    referral.proposed_at = None
    line.state = LineState.IN_SERVICE
    await take_effect(session, line, referral, slot_of(visit))
    await_report(session, visit, line)
    outgoing.visit_scheduled(session, visit, line.service)
    named(session, line)
    await flag_if_late(session, line, visit)
    return visit


async def _over(session: CaseSession, line: LineRow, referral: ReferralRow) -> None:
    ending = await time_is_over(session, line)
    await end_referral(session, referral, ReferralState.COMPLETED, ending.reason)
    await finish_line(session, line, referral, ending)


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.VISIT_PLANNED: visit_planned,
    MilestoneName.VISIT_MOVED: visit_moved,
    MilestoneName.RHYTHM_CHANGED: rhythm_changed,
}
