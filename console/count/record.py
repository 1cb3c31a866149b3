"""What the record says of a run's cases: who owns the next step, and how soon somebody came."""

from datetime import datetime

from handoff.store.queries.notice_cases import Counted
from handoff.store.queries.stored import StoredClock
from handoff.vocabulary.states import CheckState


def is_owned(record: Counted, case: str) -> bool:
    """Somebody owns what comes next: an open task, or a clock that runs and has an owner."""
    if any(task.case_id == case and task.closed_at is None and task.owner for task in record.tasks):
        return True
    return any(clock.case_id == case and runs(clock) and clock.owner for clock in record.clocks)


def runs(clock: StoredClock) -> bool:
    """The clock has not ended and does not stand still."""
    return clock.ended_at is None and all(pause.get("until") for pause in clock.pauses)


def past_first_check(record: Counted, case: str) -> bool:
    """Somebody looked after the person at least once since the discharge."""
    return any(
        check.case_id == case and check.ended_at and check.state != CheckState.CANCELLED for check in record.checks
    )


def first_service_days(record: Counted, discharges: dict[str, list[datetime]], seconds_per_day: float) -> list[float]:
    """Days from each case's actual discharge to its first delivered service.

    Args:
        record: what PostgreSQL says.
        discharges: what the journal says, by case: for somebody discharged again since, the discharge before counts.
        seconds_per_day: of the demonstration.
    """
    days = []
    for case, row in record.cases.items():
        began, left = row.support_began_at, row.discharged_at
        if began is None:
            continue
        if left is None or left > began:
            left = max((moment for moment in discharges.get(case, []) if moment <= began), default=None)
        if left is not None:
            days.append((began - left).total_seconds() / seconds_per_day)
    return sorted(days)
