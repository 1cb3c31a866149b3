"""Writes the individual support plan: versions that are submitted, approved or rejected, and their lines."""

from collections.abc import Mapping
from dataclasses import dataclass

from activities import outgoing, rejections
from activities.case_session import CaseSession, Writer, owned
from activities.release import drop_line, living, recorded
from handoff.case.messages import Due, Milestone, MilestoneResult
from handoff.case.plan_draft import LineMistake, PlanError, PlanLine, draft
from handoff.store.record.plans import ENDED, LineRow, PlanRow
from handoff.store.record.referrals import OPEN
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import Progress, Verdict, WithdrawalReason
from handoff.vocabulary.states import EndedBy, PlanState, ReferralState, Stage
from handoff.vocabulary.words import MilestoneName
from handoff.worklist.task_kinds import TEAM_LEAD


def plan_submitted(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store a version of the plan, and submit it to the deciding body.

    A line that keeps a line of the previous version continues it, under the same id.
    Verdict: `submitted`, with the version as subject and all its lines; or `refused` if the draft has mistakes, whose
    places are sent to the author.
    """
    try:
        drafted = draft({"lines": session.body().get("lines")}, session.profile)
        lines = _lines(session, drafted)
    except PlanError as error:
        return _refused(session, error)
    version = len(session.plans.versions()) + 1
    for earlier in session.plans.versions():
        if earlier.state == PlanState.SUBMITTED:
            earlier.state = PlanState.REPLACED
    fact = milestone.fact or None
    session.plans.add(
        PlanRow(session.case.case_id, version, PlanState.SUBMITTED, milestone.who, session.at, fact_id=fact)
    )
    rows = [_new_or_kept(session, line, version) for line in lines]
    session.answered(TaskKind.DRAFT_PLAN, TaskKind.PLAN_ESCALATED)
    session.stop(LimitName.PLAN_REVISION)
    _ask_decision(session, version, rows)
    recorded_lines = [
        recorded(row, provisional=row.urgent and not line.draft.keeps, keeps=line.draft.keeps)
        for line, row in zip(lines, rows, strict=True)
    ]
    return session.result(Verdict.SUBMITTED, str(version), lines=recorded_lines)


async def plan_approved(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Put a version in force. Lines that are not in it end, and provisional offers are ratified.

    Verdict: `approved`, with the lines now in force; or `gone` if no such version awaits a decision.
    """
    plan = _awaiting(session, milestone)
    if plan is None:
        return session.result(Verdict.GONE)
    _decided(session, plan, PlanState.APPROVED)
    for earlier in session.plans.versions():
        if earlier.state == PlanState.APPROVED and earlier.version != plan.version:
            earlier.state = PlanState.REPLACED
    in_force = await _put_in_force(session, plan)
    session.stop(LimitName.PLAN, LimitName.PLAN_REVISION, LimitName.REVIEW_END)
    session.answered(TaskKind.DRAFT_PLAN, TaskKind.PLAN_ESCALATED, TaskKind.REVIEW_END)
    if session.case.plan_first_approved_at is None:
        _first_plan(session)
    await outgoing.senders_progressed(session, outgoing.News(Progress.PLAN_APPROVED))
    return session.result(Verdict.APPROVED, str(plan.version), lines=[recorded(line) for line in in_force])


async def plan_rejected(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Reject a version. Its new lines end, also those offered provisionally.

    Verdict: `revise`; `escalated` if more in a row were rejected than the profile allows; `gone` if no such version
    awaits a decision. `lines` of the result: the lines that have ended.
    """
    plan = _awaiting(session, milestone)
    if plan is None:
        return session.result(Verdict.GONE)
    _decided(session, plan, PlanState.REJECTED)
    rejected_lines = [line for line in living(session) if line.version == plan.version]
    for line in rejected_lines:
        await drop_line(session, line, WithdrawalReason.PLAN_REJECTED, EndedBy.PLAN_CHANGED)
    outgoing.progressed(session, plan.submitted_by, outgoing.News(Progress.PLAN_REJECTED, milestone.code))
    rejections = _rejections(session)
    due = session.start(LimitName.PLAN_REVISION)
    about = {"version": plan.version, "reason": milestone.code, "rejections": rejections}
    escalated = rejections > session.profile.plan.max_rejections
    if escalated:
        session.ask(TaskKind.PLAN_ESCALATED, owned(due, TEAM_LEAD), about=about)
    else:
        session.ask(TaskKind.DRAFT_PLAN, due, about=about)
    lines = [recorded(line) for line in rejected_lines]
    return session.result(Verdict.ESCALATED if escalated else Verdict.REVISE, str(plan.version), lines=lines)


@dataclass(frozen=True)
class _Line:
    """A drafted line, with the row that it keeps, or with the number of its new row."""

    draft: PlanLine
    kept: LineRow | None
    seq: int


def _lines(session: CaseSession, drafted: tuple[PlanLine, ...]) -> list[_Line]:
    existing = session.lines.all()
    last = max((line.seq for line in existing.values() if not line.part_of), default=0)
    lines, mistakes = [], []
    for place, line in enumerate(drafted, 1):
        kept = existing.get(line.keeps)
        if line.keeps and (kept is None or kept.state in ENDED or kept.part_of or kept.service != line.service):
            mistakes.append(LineMistake(place, "keeps", "no living line of this case with this service"))
        last += not line.keeps
        lines.append(_Line(line, kept, last))
    if mistakes:
        raise PlanError(mistakes)
    return lines


def _refused(session: CaseSession, error: PlanError) -> MilestoneResult:
    places = ", ".join(
        f"/lines/{mistake.line - 1}/{mistake.key}" if mistake.line else f"/{mistake.key}" for mistake in error.mistakes
    )
    rejections.rejected(session, rejections.Rejection("field-invalid", places, rejections.REASONS["plan-refused"]))
    clock = session.clocks.all().get(LimitName.PLAN_REVISION) or session.clocks.all().get(LimitName.PLAN)
    session.ask(TaskKind.DRAFT_PLAN, Due("", clock.due_at if clock else session.at), about={"mistakes": places})
    return session.result(Verdict.REFUSED)


def _new_or_kept(session: CaseSession, line: _Line, version: int) -> LineRow:
    if line.kept:
        return line.kept
    drafted = line.draft
    row = LineRow(
        line_id=f"{session.case.case_id}.{line.seq}",
        case_id=session.case.case_id,
        version=version,
        service=drafted.service,
        kind=drafted.kind,
        quantity=drafted.quantity,
        per=drafted.per,
        days=drafted.days,
        urgent=drafted.urgent,
        prefers=drafted.prefers,
        seq=line.seq,
        safety=list(drafted.safety),
        starts_on=drafted.starts_on,
        weekdays=",".join(drafted.weekdays),
    )
    return session.lines.add(row)


def _ask_decision(session: CaseSession, version: int, lines: list[LineRow]) -> None:
    body = outgoing.deciding_body(session)
    reached = session.reaches(body)
    due = session.start(LimitName.DECISION, owner=body if reached else "")
    if not outgoing.plan_submitted(session, version, lines, due.due_at):
        session.ask(TaskKind.DECIDE, due, about={"version": version, "body": body})


def _awaiting(session: CaseSession, milestone: Milestone) -> PlanRow | None:
    waiting = [plan for plan in session.plans.versions() if plan.state == PlanState.SUBMITTED]
    return next((plan for plan in reversed(waiting) if milestone.quantity in (0, plan.version)), None)


def _decided(session: CaseSession, plan: PlanRow, state: PlanState) -> None:
    entry = session.milestone
    plan.state = state
    plan.decided_by = entry.who
    plan.decided_at = entry.at
    plan.reason = entry.code
    session.stop(LimitName.DECISION)
    session.answered(TaskKind.DECIDE)


async def _put_in_force(session: CaseSession, plan: PlanRow) -> list[LineRow]:
    """End the lines that the version leaves out, keep the others, and ratify provisional offers."""
    keeps = _keeps(session, plan)
    in_force = []
    for line in living(session):
        root = line.part_of or line.line_id
        if line.version == plan.version or root in keeps:
            line.version = plan.version
            in_force.append(line)
        else:
            await drop_line(session, line, WithdrawalReason.PLAN_CHANGED, EndedBy.PLAN_CHANGED)
    _ratify(session, plan)
    return in_force


def _ratify(session: CaseSession, plan: PlanRow) -> None:
    """Ratify the provisional offers of a version, also those whose services are delivered already."""
    lines = session.lines.all()
    for referral in session.referrals.all():
        if not referral.provisional or lines[referral.line_id].version != plan.version:
            continue
        if referral.state in OPEN or referral.state == ReferralState.COMPLETED:
            referral.provisional = False
            news = outgoing.News(Progress.RATIFIED, line_id=referral.line_id)
            outgoing.progressed(session, referral.provider, news, referral.offer_id)


def _keeps(session: CaseSession, plan: PlanRow) -> set[str]:
    """The ids of the lines that a version keeps. They are in the author's event, and not in a column."""
    fact = session.facts.one(plan.fact_id)
    return {str(line["keeps"]) for line in (fact.body.get("lines") or () if fact else ()) if line.get("keeps")}


def _first_plan(session: CaseSession) -> None:
    session.case.plan_first_approved_at = session.milestone.at  # the Act counts the checks from the plan itself
    if session.case.support_began_at is None:
        session.case.stage = Stage.SERVICES


def _rejections(session: CaseSession) -> int:
    """How many versions in a row were rejected, up to the last one."""
    states = [plan.state for plan in session.plans.versions() if plan.decided_at]
    after = max((place for place, state in enumerate(states) if state != PlanState.REJECTED), default=-1)
    return len(states) - 1 - after


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.PLAN_SUBMITTED: plan_submitted,
    MilestoneName.PLAN_APPROVED: plan_approved,
    MilestoneName.PLAN_REJECTED: plan_rejected,
}
