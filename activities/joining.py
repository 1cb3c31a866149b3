"""Writes a join of two cases of one person: the case that goes on takes over the open lines of the other one.

A line is offered again, first to the provider that had accepted it. Its booked visits were taken back with the other
case, so a task lists them: until the provider has accepted again, a person makes sure that nobody is left without help.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from activities.case_session import CaseSession, Writer
from activities.informing import due_soon
from activities.release import living, lose_provider, recorded, withdraw
from handoff.case.messages import Milestone, MilestoneResult, RecordedLine
from handoff.rules.remaining import left
from handoff.store.record.joined import JoinedLine
from handoff.store.record.plans import LineRow
from handoff.store.record.referrals import AGREED
from handoff.timezone import KST
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import WithdrawalReason
from handoff.vocabulary.states import EndedBy, PlanState
from handoff.vocabulary.words import MilestoneName
from handoff.worklist.task_kinds import COORDINATOR


@dataclass
class _Taken:
    """What a case takes over: the lines to offer, and what a person has to look through."""

    lines: list[RecordedLine] = field(default_factory=list)
    points: list[dict[str, str]] = field(default_factory=list)

    def ask(self, code: str, place: str, says: str) -> None:
        """Add a point to the task."""
        self.points.append({"code": code, "place": place, "says": says})


def case_joined(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Note that the case ends by a join. The milestone `closed` then ends it."""
    return session.result()


async def case_absorbed(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Take over the open lines of the case that is the code of the milestone. `lines`: those to offer.

    A service that both cases have is not taken over twice: of the two lines the one of this case goes on.
    """
    taken = _Taken()
    for joined in await session.lines_of_joined(milestone.code):
        await _take(session, joined, taken)
    if taken.lines:
        session.stop(LimitName.REVIEW_END)
        session.answered(TaskKind.REVIEW_END)
    body = session.body()
    for name in body.get("differs", ()):
        taken.ask("other-details", str(name), "the two cases have different words here; those of this case stand")
    for word in body.get("answered", ()):
        says = f"its {word['kind']} was answered in {milestone.code}, so it is not asked about again: it does not hold"
        taken.ask("word-answered", str(word["sender"]), says)
    _count_support(session, body.get("support_began_at"))
    if taken.points:
        session.ask(
            TaskKind.JOINED_CASE, due_soon(session), milestone.code, {"case": milestone.code, "settle": taken.points}
        )
    return session.result(subject=milestone.code, lines=taken.lines)


async def _take(session: CaseSession, joined: JoinedLine, taken: _Taken) -> None:
    line, name = joined.line, joined.line.line_id
    version = next((plan.version for plan in session.plans.versions() if plan.state == PlanState.APPROVED), 0)
    own = next((own for own in living(session) if own.service == line.service), None)
    if own:
        taken.ask("service-in-both", name, f"{own.line_id} has the same service, and goes on alone: compare the two")
        if joined.provider and not _accepted(session, own):
            taken.lines.append(await _offer_again(session, own, joined.provider))
    elif joined.approved and version:
        taken.lines.append(recorded(_added(session, joined, version)))
    else:
        taken.ask("line-not-approved", name, "no decision approved this line: plan it in this case if it is needed")
    if visit := joined.booked(session.at):
        at = f"{visit.planned_at.astimezone(KST):%Y-%m-%d %H:%M}"
        says = f"{visit.provider} had booked it for {at}: make sure that somebody comes then"
        taken.ask("visit-booked", visit.visit_id, says)


def _accepted(session: CaseSession, line: LineRow) -> bool:
    referral = session.referrals.open().get(line.line_id)
    return referral is not None and referral.state in AGREED


async def _offer_again(session: CaseSession, line: LineRow, provider: str) -> RecordedLine:
    """Offer a line of this case that nobody has accepted to the provider that had accepted it in the other case."""
    if referral := session.referrals.open().get(line.line_id):
        await withdraw(session, referral, WithdrawalReason.JOINED)
    line.prefers = provider
    lose_provider(session, line, WithdrawalReason.JOINED, new_round=True)
    return recorded(line)


def _added(session: CaseSession, joined: JoinedLine, version: int) -> LineRow:
    """Add a line to the plan in force: its help is approved already. It has what is left of the other line."""
    line, seqs = joined.line, [own.seq for own in session.lines.all().values() if not own.part_of]
    seq = max(seqs, default=0) + 1
    quantity, days = left(line, joined.visits, session.at)
    row = LineRow(
        line_id=f"{session.case.case_id}.{seq}",
        case_id=session.case.case_id,
        version=version,
        service=line.service,
        kind=line.kind,
        quantity=quantity,
        per=line.per,
        days=days,
        urgent=line.urgent,
        prefers=joined.provider or line.prefers,
        seq=seq,
        safety=list(line.safety),
        starts_on=line.starts_on,
        weekdays=line.weekdays,
    )
    _keep_end(session, row, line)
    return session.lines.add(row)


def _keep_end(session: CaseSession, row: LineRow, line: LineRow) -> None:
    """Keep an end that the municipality or the person has set. That of the provider ends with its acceptance."""
    if line.ends_at and line.ending and line.ended_by != EndedBy.PROVIDER and line.ends_at > session.at:
        row.ends_at, row.ending, row.ended_by, row.ended_who = line.ends_at, line.ending, line.ended_by, line.ended_who
        name = f"{LimitName.LINE_END}:{row.line_id}"
        session.clocks.appoint(name, line.ends_at, COORDINATOR, row.line_id)


def _count_support(session: CaseSession, began_at: str | None) -> None:
    """Count the person once: support began with the first visit of either case."""
    if began_at and session.case.support_began_at:
        session.case.support_began_at = min(session.case.support_began_at, datetime.fromisoformat(began_at))


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.CASE_JOINED: case_joined,
    MilestoneName.CASE_ABSORBED: case_absorbed,
}
