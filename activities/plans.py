"""The individual support plan: versions submitted, approved, rejected; lines that stay, end and begin."""

from dataclasses import dataclass

from activities import letters
from activities.home import plan_check
from activities.page import TEAM_LEAD, Page, owned
from activities.undoing import drop_line, living, told
from handoff.milestones import Due, Entry, Outcome
from handoff.plan import LineMistake, PlanError, PlanLine, draft
from handoff.rules.schedule import checks_after_plan
from handoff.store.plans import ENDED, LineRow, PlanRow
from handoff.store.referrals import OPEN


async def plan_submitted(page: Page, entry: Entry) -> Outcome:
    """Write a version down and put it to the deciding body.

    Verdict: `submitted` with the version as subject and all its lines; or `refused`, and whoever drafted it is told
    where. A line that keeps an earlier one goes on under its id.
    """
    try:
        drafted = draft({"lines": page.body().get("lines")}, page.profile)
        lines = await _lines(page, drafted)
    except PlanError as error:
        return await _refused(page, error)
    version = len(page.plans.versions()) + 1
    for earlier in page.plans.versions():
        if earlier.state == "submitted":
            page.plans.change(earlier, state="replaced")
    fact = entry.fact or None
    page.plans.add(PlanRow(page.case.case_id, version, "submitted", entry.who, page.at, fact_id=fact))
    rows = [_new_or_kept(page, line, version) for line in lines]
    await page.answered("draft-plan", "plan-escalated")
    await page.stop("plan-revision")
    await _ask_decision(page, version, rows)
    told_lines = [
        told(row, provisional=row.urgent and not line.draft.keeps, keeps=line.draft.keeps)
        for line, row in zip(lines, rows, strict=True)
    ]
    return page.outcome("submitted", str(version), lines=told_lines)


async def plan_approved(page: Page, entry: Entry) -> Outcome:
    """Put a version in force: what is not in it ends, what it keeps stays, provisional services are ratified.

    Verdict: `approved` with the lines now in force; `gone` if no such version awaits a decision.
    """
    plan = await _awaiting(page, entry)
    if plan is None:
        return page.outcome("gone")
    await _decided(page, plan, "approved")
    for earlier in page.plans.versions():
        if earlier.state == "approved" and earlier.version != plan.version:
            page.plans.change(earlier, state="replaced")
    in_force = await _put_in_force(page, plan)
    await page.stop("plan", "plan-revision", "review-end")
    await page.answered("draft-plan", "plan-escalated", "review-end")
    if page.case.plan_first_approved_at is None:
        await _first_plan(page)
    await letters.tellers_progressed(page, letters.News("plan-approved"))
    return page.outcome("approved", str(plan.version), lines=[told(line) for line in in_force])


async def plan_rejected(page: Page, entry: Entry) -> Outcome:
    """The version falls with what was offered provisionally. Verdict: `revise`, or `escalated` past the cap; `gone`.

    Lines: those that fell.
    """
    plan = await _awaiting(page, entry)
    if plan is None:
        return page.outcome("gone")
    await _decided(page, plan, "rejected")
    fallen = [line for line in await living(page) if line.version == plan.version]
    for line in fallen:
        await drop_line(page, line, "removed", "plan-rejected")
    letters.progressed(page, plan.submitted_by, letters.News("plan-rejected", entry.code))
    rejections = await _rejections(page)
    due = await page.start("plan-revision")
    about = {"version": plan.version, "reason": entry.code, "rejections": rejections}
    escalated = rejections > page.profile.plan.max_rejections
    if escalated:
        await page.ask("plan-escalated", owned(due, TEAM_LEAD), about=about)
    else:
        await page.ask("draft-plan", due, about=about)
    lines = [told(line) for line in fallen]
    return page.outcome("escalated" if escalated else "revise", str(plan.version), lines=lines)


@dataclass(frozen=True)
class _Line:
    """A drafted line beside the row that it keeps, or the number of its own."""

    draft: PlanLine
    kept: LineRow | None
    seq: int


async def _lines(page: Page, drafted: tuple[PlanLine, ...]) -> list[_Line]:
    known = page.lines.all()
    last = max((line.seq for line in known.values() if not line.part_of), default=0)
    lines, mistakes = [], []
    for place, line in enumerate(drafted, 1):
        kept = known.get(line.keeps)
        if line.keeps and (kept is None or kept.state in ENDED or kept.part_of or kept.service != line.service):
            mistakes.append(LineMistake(place, "keeps", "no living line of this case with this service"))
        last += not line.keeps
        lines.append(_Line(line, kept, last))
    if mistakes:
        raise PlanError(mistakes)
    return lines


async def _refused(page: Page, error: PlanError) -> Outcome:
    places = ", ".join(f"/lines/{each.line - 1}/{each.key}" if each.line else f"/{each.key}" for each in error.mistakes)
    await letters.rejected(page, letters.No("field-invalid", places, letters.REASONS["plan-refused"]))
    clock = page.running.all().get("plan-revision") or page.running.all().get("plan")
    await page.ask("draft-plan", Due("", clock.due_at if clock else page.at), about={"mistakes": places})
    return page.outcome("refused")


def _new_or_kept(page: Page, line: _Line, version: int) -> LineRow:
    if line.kept:
        return line.kept
    drafted = line.draft
    row = LineRow(
        line_id=f"{page.case.case_id}.{line.seq}",
        case_id=page.case.case_id,
        version=version,
        service=drafted.service,
        kind=drafted.kind,
        quantity=drafted.quantity,
        per=drafted.per,
        days=drafted.days,
        urgent=drafted.urgent,
        prefers=drafted.prefers,
        seq=line.seq,
    )
    return page.lines.add(row)


async def _ask_decision(page: Page, version: int, lines: list[LineRow]) -> None:
    body = letters.deciding_body(page)
    reached = page.reaches(body)
    due = await page.start("decision", owner=body if reached else "")
    if not await letters.plan_submitted(page, version, lines, due.due_at):
        await page.ask("decide", due, about={"version": version, "body": body})


async def _awaiting(page: Page, entry: Entry) -> PlanRow | None:
    waiting = [plan for plan in page.plans.versions() if plan.state == "submitted"]
    return next((plan for plan in reversed(waiting) if entry.quantity in (0, plan.version)), None)


async def _decided(page: Page, plan: PlanRow, state: str) -> None:
    entry = page.entry
    page.plans.change(plan, state=state, decided_by=entry.who, decided_at=entry.at, reason=entry.code)
    await page.stop("decision")
    await page.answered("decide")


async def _put_in_force(page: Page, plan: PlanRow) -> list[LineRow]:
    """End what the version leaves out, move in what it keeps, ratify what was offered before it."""
    keeps = _keeps(page, plan)
    in_force = []
    for line in await living(page):
        root = line.part_of or line.line_id
        if line.version == plan.version or root in keeps:
            page.lines.change(line, version=plan.version)
            in_force.append(line)
        else:
            await drop_line(page, line, "removed", "plan-changed")
    await _ratify(page, plan)
    return in_force


async def _ratify(page: Page, plan: PlanRow) -> None:
    """What was offered before the decision was rightly offered, even if it is delivered already."""
    lines = page.lines.all()
    for referral in page.referrals.all():
        if not referral.provisional or lines[referral.line_id].version != plan.version:
            continue
        if referral.state in OPEN or referral.state == "completed":
            page.referrals.change(referral, provisional=False)
            news = letters.News("ratified", line_id=referral.line_id)
            letters.progressed(page, referral.provider, news, referral.offer_id)


def _keeps(page: Page, plan: PlanRow) -> set[str]:
    """The lines that a version keeps stand in what its author told, not in a column."""
    told_ = page.facts.one(plan.fact_id)
    return {str(line["keeps"]) for line in (told_.body.get("lines") or () if told_ else ()) if line.get("keeps")}


async def _first_plan(page: Page) -> None:
    page.update(plan_first_approved_at=page.at)
    if page.case.support_began_at is None:
        page.update(stage="services")
    name, planned_at = checks_after_plan(page.at, None, page.profile)
    await plan_check(page, name, planned_at)


async def _rejections(page: Page) -> int:
    """How often a version was rejected since one was in force, the last one included."""
    states = [plan.state for plan in page.plans.versions() if plan.decided_at]
    after = max((place for place, state in enumerate(states) if state != "rejected"), default=-1)
    return len(states) - 1 - after
