"""The running help that the rejection of a plan would end: lines that a provider took before the decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from console.connections import Connections
from console.errors import NotFoundError
from console.moments import local, stamp
from handoff.store.queries import reads
from handoff.store.queries.reads import CaseWhole
from handoff.store.record.plans import ENDED
from handoff.store.record.referrals import AGREED
from handoff.vocabulary.states import PlanState, VisitState


@dataclass(frozen=True)
class RunningHelp:
    """One line in service.

    Attributes:
        next_visit: id of the next planned visit; "" if there is none.
        next_visit_at: when it is planned.
    """

    line: str
    service: str
    provider: str
    next_visit: str
    next_visit_at: datetime | None

    def __str__(self) -> str:
        visit = f"next visit {local(self.next_visit_at)}" if self.next_visit else "no visit planned"
        return f"{self.line}  {self.service}, {self.provider}, {visit}"

    def content(self) -> dict[str, object]:
        """The line as JSON."""
        return {**vars(self), "next_visit_at": stamp(self.next_visit_at) if self.next_visit_at else None}


def ended_by_rejection(whole: CaseWhole, version: int = 0) -> list[RunningHelp]:
    """The lines of the version that awaits its decision that providers have accepted. A rejection ends them.

    Lines of the plan in force that the version keeps go on. `version`: the one that is rejected; 0: the submitted one.
    """
    plans = [plan.version for plan in whole.plans if plan.state == PlanState.SUBMITTED]
    submitted = [number for number in plans if version in (0, number)]
    taken = {referral.line_id for referral in whole.referrals if referral.state in AGREED}
    lines = [line for line in whole.lines if line.version in submitted and line.line_id in taken]
    return [_running(line.line_id, line.service, line.provider, whole) for line in lines if line.state not in ENDED]


async def running_help(connections: Connections, case: str, version: int = 0) -> list[RunningHelp]:
    """What the rejection of the submitted plan would end; empty: nothing, or there is no such case or version."""
    async with connections.engine.connect() as conn:
        whole = await reads.whole(conn, case, connections.now())
    return ended_by_rejection(whole, version) if whole else []


async def confirm_end(connections: Connections, case: str, version: int, *, confirmed: bool) -> list[RunningHelp]:
    """The running help that a rejection ends, once a person has confirmed it.

    Raises:
        NotFoundError: nobody has confirmed it. The text lists the lines, and the option that confirms it.
    """
    ends = await running_help(connections, case, version)
    if ends and not confirmed:
        raise NotFoundError(
            "Nothing was written. Rejecting this plan ends help that is running already:\n"
            f"{in_lines(ends)}\nTo reject it all the same, add --end-running-help."
        )
    return ends


def in_lines(ends: Sequence[RunningHelp]) -> str:
    """Each line in a row of text."""
    return "\n".join(f"    {line}" for line in ends)


def _running(line: str, service: str, provider: str, whole: CaseWhole) -> RunningHelp:
    planned = [visit for visit in whole.visits if visit.line_id == line and visit.state == VisitState.SCHEDULED]
    first = planned[0] if planned else None
    return RunningHelp(line, service, provider, first.visit_id if first else "", first.planned_at if first else None)
