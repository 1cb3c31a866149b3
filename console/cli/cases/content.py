"""Cases as JSON has them."""

from datetime import datetime

from console.case_view import CaseView, LineView, MilestoneView
from handoff.store.queries.reads import CaseRead
from handoff.vocabulary.states import VisitState
from handoff.worklist.next_action import Next, RunningClock

Json = dict[str, object]


def case_content(view: CaseView) -> Json:
    """One case, without whose it is."""
    return {
        "case": view.case,
        "stage": view.stage,
        "next": _next(view.next),
        "waits": [{"for": each.for_, "why": each.why, "since": _moment(each.since)} for each in view.waits],
        "timeline": [_happened(each) for each in view.timeline],
        "consent": view.consent or None,
        "eligibility": view.eligibility or None,
        "priority": view.priority or None,
        "facility": view.facility,
        "expected_at": _moment(view.expected_at),
        "discharged_at": _moment(view.discharged_at),
        "admitted_at": _moment(view.admitted_at),
        "closed_at": _moment(view.closed_at),
        "end": view.end or None,
        "lines": [_line(each) for each in view.lines],
        "checks": [
            {"check": each.check_id, "state": each.state, "planned_at": _moment(each.planned_at)}
            for each in view.checks
        ],
        "clocks": [_clock(each) for each in view.clocks],
        "tasks": [
            {
                "task": each.task.task,
                "kind": each.task.kind,
                "owner": each.task.owner,
                "due_at": _moment(each.task.due_at),
                "do": each.do,
            }
            for each in view.tasks
        ],
    }


def listed_content(read: CaseRead) -> Json:
    """A case of a list."""
    return {
        "case": read.case,
        "stage": read.stage,
        "next": _next(read.next),
        "overdue": read.overdue,
        "opened_at": _moment(read.opened_at),
        "discharged_at": _moment(read.discharged_at),
        "expected_at": _moment(read.expected_at),
        "closed_at": _moment(read.closed_at),
        "end": read.end or None,
    }


def _next(found: Next | None) -> Json | None:
    if found is None:
        return None
    action = f"{found.action}: {found.command}" if found.command else found.action
    return {"action": action, "owner": found.owner, "due_at": _moment(found.due_at)}


def _happened(each: MilestoneView) -> Json:
    return {
        "occurred_at": _moment(each.occurred_at),
        "known_at": _moment(each.known_at),
        "who": each.who,
        "what": each.what,
        "why": each.why,
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
        "state": line.state,
        "provider": line.provider or None,
        "reason": line.reason or None,
        "offer": view.offer or None,
        "offer_state": view.offer_state or None,
        "visits": {VisitState.COMPLETED: view.completed, "planned": view.planned},
        "next_visit": view.next_visit or None,
        "next_visit_at": _moment(view.next_visit_at),
    }


def _clock(clock: RunningClock) -> Json:
    return {
        "clock": clock.name,
        "owner": clock.owner,
        "started_at": _moment(clock.started_at),
        "due_at": None if clock.stands else _moment(clock.due_at),
        "pauses": [dict(pause) for pause in clock.pauses],
        "stands_still": clock.stands[-1]["why"] if clock.stands else None,
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
