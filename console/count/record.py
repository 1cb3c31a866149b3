"""What the record says of a run's cases: who owns the next step, and how soon the first service came."""

from datetime import datetime

from handoff.store.queries.notice_cases import Counted
from handoff.store.queries.stored import StoredClock
from handoff.vocabulary.awaited import TaskKind
from handoff.vocabulary.states import CheckState

WITHIN_DAYS = 2  # after the actual discharge: the goal of this product


def is_owned(record: Counted, case: str) -> bool:
    """Whether the next step has an owner: that of an open task or of a running clock."""
    if any(task.case_id == case and task.closed_at is None and task.owner for task in record.tasks):
        return True
    return any(clock.case_id == case and runs(clock) and clock.owner for clock in record.clocks)


def runs(clock: StoredClock) -> bool:
    """Whether the clock has neither ended nor paused."""
    return clock.ended_at is None and all(pause.get("until") for pause in clock.pauses)


def past_first_check(record: Counted, case: str) -> bool:
    """Whether at least one check on the person has ended."""
    return any(
        check.case_id == case and check.ended_at and check.state != CheckState.CANCELLED for check in record.checks
    )


def promises_broken(record: Counted, days: list[float]) -> dict[str, int]:
    """How many cases had their first service after more than two days, and how many lines a first visit named too late.

    `days`: from the discharge to the first service, of each case.
    """
    named = {task.subject for task in record.tasks if task.kind == TaskKind.LATE_FIRST_VISIT}
    return {"first_service": sum(day > WITHIN_DAYS for day in days), "named_late": len(named)}


def first_service_days(record: Counted, discharges: dict[str, list[datetime]], seconds_per_day: float) -> list[float]:
    """Days from each case's actual discharge to its first delivered service.

    Args:
        record: what PostgreSQL says.
        discharges: from the journal, by case. If the person was discharged again later, the earlier discharge counts.
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
