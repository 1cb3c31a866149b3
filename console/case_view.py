"""One case as every screen shows it. Text, JSON and pages are made from this view."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from console.connections import Connections
from console.details import details, quantity
from console.in_time import in_time
from console.line_ends import line_ended
from console.lost import in_full
from console.no_effect import taken, verdict_of
from console.reasons import in_order, what, what_and_why
from console.running_help import ended_by_rejection
from console.worklist import TaskView, task_view
from handoff.rules.rhythm import Occurrence
from handoff.rules.series import dates_to_come, series_of
from handoff.store.joins import CaseJoin
from handoff.store.queries.delivered import LineDelivered, line_delivered
from handoff.store.queries.reads import CaseWhole
from handoff.store.queries.stored import StoredCheck, StoredLine, StoredMilestone
from handoff.vocabulary.services import Namer
from handoff.vocabulary.states import LINE_OVER, VisitState
from handoff.worklist.next_action import Next, RunningClock, WaitingReason, following, waits


@dataclass(frozen=True)
class MilestoneView:
    """One row of the timeline.

    Attributes:
        who: `engine` if no person or institution did it.
        what: the milestone, and in brackets the part of the case that it is about.
        why: the reason as a code; "" if the row has none.
        said: what happened and why, and whether a clock was kept, in words.
        verdict: what came of it, as a code; "" if it has none.
        quantity: the score or the units that it tells; None: none.
        taken: whether it happened so. False: it was refused, or came too late, and nothing was changed.
        in_time: of each clock that it stopped late, whether it was kept, in words.
    """

    occurred_at: datetime
    known_at: datetime
    who: str
    what: str
    why: str
    said: str
    verdict: str = ""
    taken: bool = True
    quantity: int | None = None
    in_time: Sequence[str] = ()


@dataclass(frozen=True)
class LineView:
    """One line of the plan, with its last offer and its visits.

    Attributes:
        offer: id of the last offer; "" before the first.
        offer_state: state of that offer.
        delivered: what was delivered, of how much, and by whom.
        until: when the series ends, or when the line ended; None: that is open.
        ended: how and by whom it ended, in words; "" while it goes on.
        planned: how many visits have a moment, and are to come.
        next_visit: id of the next planned visit; "" if there is none.
        next_visit_at: when it is planned.
        proposed: whether the engine proposed its moment, since nobody named one.
        dates: the dates of the series after it, until its end, also those that a holiday skips.
    """

    line: StoredLine
    offer: str
    offer_state: str
    delivered: LineDelivered
    until: datetime | None
    ended: str
    planned: int
    next_visit: str
    next_visit_at: datetime | None
    dates: Sequence[Occurrence] = ()
    proposed: bool = False


@dataclass(frozen=True)
class CaseView:
    """One case, without the person's identity. Unknown codes are "". Commands are ready to be typed.

    Attributes:
        death: a `Death`; "": none was told.
        died_at: the date of death, as it was told.
        consent_until: when the consent that stands ends; None: it names no end.
        refused: the parts that the person refuses: `lookup`, `provider:CODE`.
        papers_at: when the papers came that the person brings in place of the lookup.
        restricted: access to the person's data is restricted: no further institution is told before a person answers.
        end: `reason-1` to `reason-5`, `outcome-X`, or "" while it is open.
        next: the next action; None: the case is closed, or no action has an owner.
        overdue: whether the next action is overdue.
        tasks: the open tasks, overdue first.
        clocks: the running clocks, by due time.
        lost: how the case lost its workflow, a `WorkflowLoss`; "": it has it. `lost_says` says it with the command.
        joins: with other cases of the person, also those that were undone.
    """

    case: str
    stage: str
    facility: str
    consent: str
    consent_until: datetime | None
    refused: Sequence[str]
    papers_at: datetime | None
    eligibility: str
    priority: str
    expected_at: datetime | None
    discharged_at: datetime | None
    admitted_at: datetime | None
    death: str
    died_at: datetime | None
    restricted: bool
    closed_at: datetime | None
    end: str
    next: Next | None
    overdue: bool
    waits: Sequence[WaitingReason]
    timeline: Sequence[MilestoneView]
    lines: Sequence[LineView]
    checks: Sequence[StoredCheck]
    clocks: Sequence[RunningClock]
    tasks: Sequence[TaskView]
    lost: str
    lost_at: datetime | None
    lost_says: str
    joins: Sequence[CaseJoin] = ()


def case_view(whole: CaseWhole, connections: Connections) -> CaseView:
    """Make the view of a case as it is now."""
    row, now = whole.case, connections.now()
    rows = in_order(whole.timeline, details(whole, connections.profile.scale))
    action = None if row.closed_at else following(whole.tasks, whole.clocks, now)
    return CaseView(
        case=row.case_id,
        stage=row.stage,
        facility=row.facility,
        consent=row.consent,
        consent_until=row.consent_until,
        refused=row.refused,
        papers_at=row.papers_at,
        eligibility=row.eligibility,
        priority=row.priority,
        expected_at=row.expected_at,
        discharged_at=row.discharged_at,
        admitted_at=row.admitted_at,
        death=row.death,
        died_at=row.died_at,
        restricted=row.restricted,
        closed_at=row.closed_at,
        end=row.end,
        next=to_type(action, connections),
        overdue=action is not None and action.due_at <= now,
        waits=[] if row.closed_at else waits(whole.tasks, whole.clocks, now),
        timeline=[_happened(milestone, why, whole) for milestone, why in rows],
        lines=[_line(line, whole, connections) for line in whole.lines],
        checks=whole.checks,
        clocks=whole.clocks,
        tasks=[task_view(task, connections, ended_by_rejection(whole)) for task in whole.tasks],
        lost=row.loss,
        lost_at=row.lost_at if row.loss else None,
        lost_says=in_full(row, connections),
        joins=whole.joins,
    )


def to_type(action: Next | None, connections: Connections) -> Next | None:
    """The next action with its command as a person types it on the same connections."""
    return replace(action, command=connections.to_type(action.command)) if action and action.command else action


def _happened(row: StoredMilestone, why: str, whole: CaseWhole) -> MilestoneView:
    kept = in_time(row, whole.stopped, whole.timeline)
    return MilestoneView(
        occurred_at=row.occurred_at,
        known_at=row.known_at,
        who=row.who or "engine",
        what=what(row),
        why=row.why or row.code,
        said="; ".join((what_and_why(row, why), *kept)),
        verdict=verdict_of(row),
        taken=taken(row),
        quantity=quantity(row, whole),
        in_time=kept,
    )


def _line(line: StoredLine, whole: CaseWhole, connections: Connections) -> LineView:
    offers = [offer for offer in whole.referrals if offer.line_id == line.line_id]
    visits = [visit for visit in whole.visits if visit.line_id == line.line_id]
    planned = [visit for visit in visits if visit.state == VisitState.SCHEDULED]
    series = series_of(line, visits, connections.profile)
    return LineView(
        line=line,
        offer=offers[-1].offer_id if offers else "",
        offer_state=offers[-1].state if offers else "",
        delivered=line_delivered(line, visits, connections.profile),
        until=line.ended_at or (series.ends_at if series else line.ends_at),
        ended=line_ended(line),
        planned=len(planned),
        next_visit=planned[0].visit_id if planned else "",
        next_visit_at=planned[0].planned_at if planned else None,
        dates=[]
        if line.state in LINE_OVER or whole.case.closed_at
        else dates_to_come(line, visits, connections.profile),
        proposed=bool(planned) and planned[0].named_by == Namer.ENGINE,
    )
