"""The commands of tasks: a moment that they name has not passed when the task is read."""

from datetime import datetime, timedelta

import pytest

from handoff.timezone import KST
from handoff.vocabulary.awaited import TaskKind
from handoff.worklist.task_kinds import Question, commands

NOW = datetime(2026, 12, 1, 10, tzinfo=KST)


@pytest.mark.parametrize("kind", [TaskKind.FIRST_VISIT, TaskKind.LATE_FIRST_VISIT, TaskKind.FIRST_SERVICE_LATE])
@pytest.mark.parametrize(
    ("until", "moment"),
    [
        (NOW + timedelta(hours=2), "2026-12-01T12:00:00+09:00"),
        (NOW - timedelta(minutes=1), "now"),
        (None, "now"),
    ],
)
def test_a_first_visit_is_never_proposed_for_a_moment_that_has_passed(
    kind: TaskKind, until: datetime | None, moment: str
) -> None:
    about = {"visit": "C1.1.V1", "offer": "C1.1.O1", **({"until": until.isoformat()} if until else {})}
    first, *others = commands(Question("T1", kind, "C1", NOW, "C1.1", about), "kim")
    assert first == f"handoff visit C1.1.V1 --move {moment} --as kim"
    assert "handoff answer C1.1.O1 --withdraw --as kim" in others
