"""A visit takes place neither in the past, nor before the person is home, nor outside of its line."""

from datetime import datetime, timedelta

import pytest

from handoff.rules.appointment import Bounds, impossible_visit
from handoff.timezone import KST

NOW = datetime(2026, 12, 1, 10, tzinfo=KST)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("moment", "bounds", "code", "says"),
    [
        (NOW - timedelta(minutes=14), Bounds(NOW), None, ""),
        (NOW - timedelta(minutes=16), Bounds(NOW), "past", "2026-12-01 09:44 has passed"),
        (NOW - timedelta(seconds=9), Bounds(NOW, scale=8 / 86400), None, ""),
        (NOW - timedelta(seconds=11), Bounds(NOW, scale=8 / 86400), "past", "2026-12-01 09:59 has passed"),
        (NOW + DAY, Bounds(NOW, discharged_at=NOW + DAY), None, ""),
        (
            NOW + DAY,
            Bounds(NOW, discharged_at=NOW + 2 * DAY),
            "before-discharge",
            "the discharge was on 2026-12-03 10:00, after 2026-12-02 10:00",
        ),
        (NOW + 2 * DAY, Bounds(NOW, expected_at=NOW + 2 * DAY + timedelta(hours=5)), None, ""),
        (
            NOW + DAY,
            Bounds(NOW, expected_at=NOW + 2 * DAY),
            "before-discharge",
            "the discharge is expected on 2026-12-03, after 2026-12-02 10:00",
        ),
        (NOW + DAY, Bounds(NOW, discharged_at=NOW, expected_at=NOW + 2 * DAY), None, ""),
        (NOW + DAY, Bounds(NOW, starts_on="2026-12-02"), None, ""),
        (
            NOW + DAY,
            Bounds(NOW, starts_on="2026-12-03"),
            "before-start",
            "the plan starts the line on 2026-12-03, after 2026-12-02 10:00",
        ),
        (
            NOW + DAY,
            Bounds(NOW, ends_at=NOW + DAY),
            "after-end",
            "the line ends on 2026-12-02 10:00, not after 2026-12-02 10:00",
        ),
    ],
)
def test_a_visit_cannot_take_place_at_such_a_moment(
    moment: datetime, bounds: Bounds, code: str | None, says: str
) -> None:
    reason = impossible_visit(moment, bounds)

    assert (reason.code if reason else None, reason.says if reason else "") == (code, says)
