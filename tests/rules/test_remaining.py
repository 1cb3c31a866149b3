"""What is left of a line that another case takes over."""

from datetime import UTC, datetime, timedelta

import pytest

from handoff.rules.remaining import left
from handoff.store.record.plans import LineRow
from handoff.store.record.visits import VisitRow

NOW = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


def line(kind: str, quantity: int, days: int = 0) -> LineRow:
    return LineRow("C1.1", "C1", 1, "meal-delivery", kind, quantity, days=days)


def visit(days_ago: int, state: str = "completed") -> VisitRow:
    return VisitRow("V", "C1.1", "C1", "O", 1, "north", state, NOW - timedelta(days=days_ago))


@pytest.mark.parametrize(
    ("of", "visits", "is_left"),
    [
        (line("series", 5, 28), [], (5, 28)),
        (line("series", 5, 28), [visit(10), visit(3)], (5, 18)),
        (line("series", 5, 28), [visit(40)], (5, 1)),
        (line("series", 5), [visit(40)], (5, 0)),
        (line("series", 5, 28), [visit(-2, "scheduled")], (5, 28)),
        (line("one-off", 3), [visit(3), visit(1, "missed")], (2, 0)),
        (line("on-demand", 1), [visit(3)], (1, 0)),
    ],
)
def test_a_series_goes_on_until_its_day_and_other_lines_for_the_visits_that_are_left(
    of: LineRow, visits: list[VisitRow], is_left: tuple[int, int]
) -> None:
    assert left(of, visits, NOW) == is_left
