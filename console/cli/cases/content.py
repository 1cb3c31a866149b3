"""Cases as JSON."""

from collections.abc import Mapping
from datetime import datetime

from console.case_view import CaseView, LineView, MilestoneView
from console.moments import stamp
from console.worklist import TaskView
from handoff.store.queries.reads import CaseRead
from handoff.vocabulary.states import VisitState
from handoff.worklist.next_action import Next, RunningClock

Json = dict[str, object]


def case_content(view: CaseView) -> Json:
    """One case, without the person's identity."""
    return {
        "case": view.case,
        "stage": view.stage,
        "next": _next(view.next),
        "waits": [{"for": wait.for_, "why": wait.why, "since": _moment(wait.since)} for wait in view.waits],
        "timeline": [_happened(milestone) for milestone in view.timeline],
        "lost": view.lost or None,
        "lost_at": _moment(view.lost_at),
        "consent": view.consent or None,
        "eligibility": view.eligibility or None,
        "priority": view.priority or None,
        "facility": view.facility,
        "expected_at": _moment(view.expected_at),
        "discharged_at": _moment(view.discharged_at),
        "admitted_at": _moment(view.admitted_at),
        "died_at": _moment(view.died_at),
        "closed_at": _moment(view.closed_at),
        "end": view.end or None,
        "lines": [_line(line) for line in view.lines],
        "checks": [
            {"check": check.check_id, "state": check.state, "planned_at": _moment(check.planned_at)}
            for check in view.checks
        ],
        "clocks": [_clock(clock) for clock in view.clocks],
        "tasks": [_task(task) for task in view.tasks],
    }


def listed_content(read: CaseRead) -> Json:
    """A case in a list."""
    return {
        "case": read.case,
        "stage": read.stage,
        "lost": read.lost or None,
        "lost_at": _moment(read.lost_at),
        "next": _next(read.next),
        "overdue": read.overdue,
        "opened_at": _moment(read.opened_at),
        "discharged_at": _moment(read.discharged_at),
        "expected_at": _moment(read.expected_at),
        "closed_at": _moment(read.closed_at),
        "end": read.end or None,
        "delivered": vars(read.delivered),
    }


def _next(following: Next | None) -> Json | None:
    if following is None:
        return None
    action = f"{following.action}: {following.command}" if following.command else following.action
    return {"action": action, "owner": following.owner, "due_at": _moment(following.due_at)}


def _task(view: TaskView) -> Json:
    task = view.task
    return {
        "task": task.task,
        "kind": task.kind,
        "owner": task.owner,
        "due_at": None if task.rests else _moment(task.due_at),
        "rests": task.rests or None,
        "ends": [line.content() for line in view.ends],
        "do": view.do,
    }


def _happened(milestone: MilestoneView) -> Json:
    return {
        "occurred_at": _moment(milestone.occurred_at),
        "known_at": _moment(milestone.known_at),
        "who": milestone.who,
        "what": milestone.what,
        "why": milestone.why,
        "verdict": milestone.verdict or None,
        "taken": milestone.taken,
        "quantity": milestone.quantity,
        "in_time": list(milestone.in_time),
    }


def _line(view: LineView) -> Json:
    line = view.line
    return {
        "line": line.line_id,
        "service": line.service,
        "kind": line.kind,
        "quantity": line.quantity,
        "per": line.per or None,
        "urgent": line.urgent,
        "safety": line.safety,
        "state": line.state,
        "provider": line.provider or None,
        "reason": line.reason or None,
        "offer": view.offer or None,
        "offer_state": view.offer_state or None,
        "delivered": _delivered(view),
        "until": _moment(view.until),
        "ended": view.ended or None,
        "ended_by": line.ended_by or None,
        "ended_who": line.ended_who or None,
        "visits": {VisitState.COMPLETED: view.delivered.tally.delivered, "planned": view.planned},
        "next_visit": view.next_visit or None,
        "next_visit_at": _moment(view.next_visit_at),
        "proposed_by_the_engine": view.proposed,
        "starts_on": line.starts_on or None,
        "weekdays": [word for word in line.weekdays.split(",") if word],
        "changes": [
            {
                **change,
                "begins_at": _moment(datetime.fromisoformat(str(change["begins_at"]))),
                "weekdays": [word for word in str(change["weekdays"]).split(",") if word],
            }
            for change in line.changes
        ],
        "dates": [
            {"planned_at": _moment(date.planned_at), "slot": date.slot.isoformat(), "holiday": date.holiday or None}
            for date in view.dates
        ],
    }


def _delivered(view: LineView) -> Json:
    delivered = view.delivered
    return {
        "visits": delivered.tally.delivered,
        "of": delivered.planned,
        "units": delivered.units,
        VisitState.MISSED: delivered.tally.missed,
        "not_reported": delivered.tally.unreported,
        "providers": list(delivered.providers),
        "reported_by": list(delivered.reporters),
        "last_at": _moment(delivered.last_at),
    }


def _clock(clock: RunningClock) -> Json:
    return {
        "clock": clock.name,
        "owner": clock.owner,
        "started_at": _moment(clock.started_at),
        "due_at": None if clock.stands else _moment(clock.due_at),
        "pauses": [_pause(pause) for pause in clock.pauses],
        "stands_still": clock.stands[-1]["why"] if clock.stands else None,
    }


def _pause(pause: Mapping[str, str | None]) -> Json:
    moments = {name: datetime.fromisoformat(word) for name in ("from", "until") if (word := pause[name])}
    return {**pause, **{name: stamp(moment) for name, moment in moments.items()}}


def _moment(moment: datetime | None) -> str | None:
    return stamp(moment) if moment else None
