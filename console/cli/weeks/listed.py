"""The visits of a provider's week, before and after they were confirmed."""

from console.cli.order import Answer
from console.moments import local
from console.weeks import WeekView
from handoff.vocabulary.states import VisitState


def listed(view: WeekView, command: str) -> Answer:
    """What a confirmation would record, and the command that records it."""
    if not view.visits:
        return Answer(_content(view, done=False), [_nothing(view), *_away(view)])
    rows = [
        f"{local(visit.planned_at)}  {visit.visit_id}  {visit.service}: {_state(view, visit.visit_id)}"
        for visit in view.visits
    ]
    heading = f"Nobody has reported these visits of {view.provider} in {view.week.name}. They would be recorded as:"
    return Answer(
        _content(view, done=False), [heading, *rows, *_away(view), f"Nothing was changed. To record it:\n    {command}"]
    )


def confirmed(view: WeekView) -> Answer:
    """What was recorded."""
    if not view.visits:
        return Answer(_content(view, done=True), [_nothing(view), *_away(view)])
    missed = sum(visit.visit_id in view.missed for visit in view.visits)
    says = f"{view.provider}, {view.week.name}: {len(view.visits) - missed} visits took place, {missed} did not."
    return Answer(_content(view, done=True), [says, "Each case gets its visits within a moment.", *_away(view)])


def _nothing(view: WeekView) -> str:
    return f"Nothing to confirm: no visit of {view.provider} in {view.week.name} waits for a report."


def _away(view: WeekView) -> list[str]:
    if not view.away:
        return []
    rows = [f"{local(visit.planned_at)}  {visit.visit_id}  {visit.service}" for visit in view.away]
    return ["Left out, since the person was in hospital then. Name with --missed what did not take place:", *rows]


def _state(view: WeekView, visit: str) -> VisitState:
    return VisitState.MISSED if visit in view.missed else VisitState.COMPLETED


def _content(view: WeekView, *, done: bool) -> dict[str, object]:
    return {
        "provider": view.provider,
        "week": view.week.name,
        "begins_at": view.week.begins.isoformat(),
        "ends_at": view.week.ends.isoformat(),
        "visits": [
            {
                "visit": visit.visit_id,
                "service": visit.service,
                "planned_at": visit.planned_at.isoformat(),
                "state": _state(view, visit.visit_id),
            }
            for visit in view.visits
        ],
        "in_hospital": [visit.visit_id for visit in view.away],
        "confirmed": done,
    }
