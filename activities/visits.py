"""Visits: planned one by one, completed, missed with a ladder, or reported by nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from activities import letters
from activities.page import DUTY_OFFICER, TEAM_LEAD, Page, owned
from activities.provider_offers import finish_line
from activities.undoing import end_referral
from handoff.milestones import Entry, Outcome
from handoff.rules.schedule import first_visit_at, next_visit_at, series_ends
from handoff.store.plans import ENDED, LineRow
from handoff.store.referrals import ReferralRow
from handoff.store.visits import OPEN, VisitRow

BEGINNING = ("accepted", "in-progress")  # referrals that visits may be planned for


async def visit_planned(page: Page, entry: Entry) -> Outcome:
    """Plan the next visit of a line.

    Verdict: `planned` with the visit as subject and its moment; `over` if the series is finished, the line has ended or
    a one-off is delivered; `lost` if nobody has accepted the line any more.
    """
    line = page.lines.all()[entry.subject]
    referral = page.referrals.open().get(line.line_id)
    if line.state in ENDED:
        return page.outcome("over", line.line_id)
    if referral is None or referral.state not in BEGINNING:
        return page.outcome("lost", line.line_id)
    visits = await page.visits.of_line(line.line_id)
    awaited = next((visit for visit in visits if visit.state == "scheduled"), None) or _unreported(line, visits)
    if awaited:
        return page.outcome("planned", awaited.visit_id, at=awaited.planned_at)
    following = _following(page, _Series(line, referral, visits), entry)
    if following is None:
        await _over(page, line, referral)
        return page.outcome("over", line.line_id)
    visit = await _plan(page, _Series(line, referral, visits), following)
    return page.outcome("planned", visit.visit_id, at=visit.planned_at)


async def visit_moved(page: Page, entry: Entry) -> Outcome:
    """The provider names another moment: for the visit that is scheduled, or for the one to come."""
    line_id = ".".join(entry.subject.split(".")[:2])
    for visit in page.visits.open():
        if visit.line_id == line_id and visit.state == "scheduled" and entry.until:
            await move_visit(page, visit, entry.until)
            return page.outcome("moved", visit.visit_id, at=entry.until)
    referral = page.referrals.open().get(line_id)
    if referral:
        page.referrals.change(referral, proposed_at=entry.until)
    return page.outcome("noted")


async def move_visit(page: Page, visit: VisitRow, moment: datetime) -> None:
    """Move a visit and tell its provider."""
    line = page.lines.all()[visit.line_id]
    page.visits.change(visit, planned_at=moment)
    await _await_report(page, visit, line)
    letters.visit_scheduled(page, visit, line.service)


async def visit_completed(page: Page, entry: Entry) -> Outcome:
    """A service was delivered. Verdict: `completed`, or `gone` if this visit was not awaited.

    The first of the case is when support began: what happens afterwards ends with a statutory reason.
    """
    visit = await _ended(page, entry.subject, "completed", "")
    if visit is None:
        return await _gone(page)
    await page.stop(*(f"{limit}:{visit.line_id}" for limit in ("service-start", "urgent-service", "make-up")))
    for task in page.tasks.open().values():
        ladder = ("missed-visit", "missed-visit-escalated", "safety-check")
        if task.kind in ladder and task.subject.startswith(f"{visit.line_id}.V"):
            await page.stop(f"missed-visit-call:{task.subject}")
            page.close_task(task)
    if page.case.support_began_at is None:
        await _support_began(page)
    return page.outcome("completed", visit.visit_id)


async def visit_missed(page: Page, entry: Entry) -> Outcome:
    """Nobody was served: a call on the same day; the second in a row escalates; no answer with risk is a safety check.

    Verdict: `missed`, or `gone` if this visit was not awaited.
    """
    visit = await _ended(page, entry.subject, "missed", entry.code)
    if visit is None:
        return await _gone(page)
    await page.start("make-up", visit.line_id)
    due = await page.start("missed-visit-call", visit.visit_id)
    about = {"line": visit.line_id, "reason": entry.code, "step": page.profile.ladders.missed_visit[0]}
    await page.ask("missed-visit", due, visit.visit_id, about)
    if await _missed_before(page, visit):
        await page.ask("missed-visit-escalated", owned(due, TEAM_LEAD), visit.visit_id, about)
    if entry.code == "no-answer" and page.case.priority == "high":
        await page.ask("safety-check", owned(due, DUTY_OFFICER), visit.visit_id, about)
    return page.outcome("missed", visit.visit_id)


async def visit_unreported(page: Page, entry: Entry) -> Outcome:
    """Nobody said what became of a visit: somebody asks. Verdict: `unreported`, or `gone`."""
    visit = page.visits.one(entry.subject)
    if visit is None or visit.state != "scheduled":
        return page.outcome("gone")
    page.visits.change(visit, state="unreported")
    await page.stop(f"visit-report:{visit.visit_id}")
    due = await page.start("missed-visit-call", visit.visit_id)
    await page.ask("visit-report", due, visit.visit_id, {"provider": visit.provider})
    return page.outcome("unreported", visit.visit_id)


@dataclass(frozen=True)
class _Series:
    line: LineRow
    referral: ReferralRow
    visits: Sequence[VisitRow]

    @property
    def missed(self) -> str:
        """The visit to make up: the last one, if it was missed."""
        last = next((each for each in reversed(self.visits) if each.state not in ("cancelled", "suspended")), None)
        return last.visit_id if last and last.state == "missed" else ""

    @property
    def regular(self) -> list[VisitRow]:
        """Visits that took a place of the series."""
        return [each for each in self.visits if each.state not in ("cancelled", "suspended") and not each.makes_up]


def _unreported(line: LineRow, visits: Sequence[VisitRow]) -> VisitRow | None:
    """A one-off waits for the report of its only visit instead of having another."""
    waiting = [visit for visit in visits if visit.state == "unreported"]
    return waiting[-1] if waiting and line.kind == "one-off" else None


def _following(page: Page, series: _Series, entry: Entry) -> datetime | None:
    """When the next visit is; None: there is none."""
    line, discharged = series.line, page.discharged or page.at
    if line.kind in ("on-demand", "stand-by"):
        return entry.until or page.at
    soon = first_visit_at(page.at, discharged, series.referral.proposed_at, page.profile)
    if series.missed:
        return soon
    if line.kind == "one-off":
        delivered = sum(visit.state == "completed" for visit in series.visits)
        return soon if delivered < line.quantity else None
    if not series.regular:
        return soon
    after = next_visit_at(series.regular[-1].planned_at, line.quantity, line.per, page.profile)
    moment = series.referral.proposed_at or (after if after > page.at else soon)
    over = line.days and moment >= series_ends(series.regular[0].planned_at, line.days, page.profile)
    return None if over else moment


async def _plan(page: Page, series: _Series, planned_at: datetime) -> VisitRow:
    line, referral = series.line, series.referral
    number = max((visit.number for visit in series.visits), default=0) + 1
    visit = page.visits.add(
        VisitRow(
            visit_id=f"{line.line_id}.V{number}",
            line_id=line.line_id,
            case_id=page.case.case_id,
            offer_id=referral.offer_id,
            number=number,
            provider=referral.provider,
            state="scheduled",
            planned_at=planned_at,
            makes_up=series.missed,
        )
    )
    page.referrals.change(referral, state="in-progress", proposed_at=None)
    page.lines.change(line, state="in-service")
    await _await_report(page, visit, line)
    letters.visit_scheduled(page, visit, line.service)
    return visit


async def _await_report(page: Page, visit: VisitRow, line: LineRow) -> None:
    """The report is due so long after the visit's planned end."""
    service = page.profile.service(line.service)
    lasts = timedelta(minutes=service.unit_minutes if service else 0) * page.profile.scale
    owner = visit.provider if page.reaches(visit.provider) else ""
    await page.start("visit-report", visit.visit_id, at=visit.planned_at + lasts, owner=owner)


async def _over(page: Page, line: LineRow, referral: ReferralRow) -> None:
    await end_referral(page, referral, "completed")
    await finish_line(page, line, "completed", "delivered")


async def _ended(page: Page, visit_id: str, state: str, reason: str) -> VisitRow | None:
    """End an awaited visit; None: it was not awaited, and nothing is changed."""
    visit = page.visits.one(visit_id)
    if visit is None or visit.state not in OPEN:
        return None
    page.visits.change(visit, state=state, reason=reason, ended_at=page.entry.at)
    await page.running.stop_about(visit_id)
    await page.answered("visit-report", subject=visit_id)
    return visit


async def _gone(page: Page) -> Outcome:
    await letters.rejected(page, letters.No("visit-gone", page.entry.subject))
    return page.outcome("gone")


async def _support_began(page: Page) -> None:
    page.update(support_began_at=page.entry.at, stage="follow-up")
    await page.stop("first-service")
    await page.answered("first-service-late")
    await letters.tellers_progressed(page, letters.News("first-service"))


async def _missed_before(page: Page, visit: VisitRow) -> bool:
    earlier = [each for each in await page.visits.of_line(visit.line_id) if each.number < visit.number]
    served = [each for each in earlier if each.state in ("completed", "missed")]
    return bool(served) and served[-1].state == "missed"
