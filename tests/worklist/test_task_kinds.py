"""The commands of tasks name no appointment: that is for people to say."""

from datetime import datetime, timedelta

import pytest

from handoff.timezone import KST
from handoff.vocabulary.awaited import TaskKind
from handoff.worklist.task_kinds import BLANK, Question, commands

NOW = datetime(2026, 12, 1, 10, tzinfo=KST)


@pytest.mark.parametrize("kind", [TaskKind.FIRST_VISIT, TaskKind.LATE_FIRST_VISIT, TaskKind.FIRST_SERVICE_LATE])
def test_the_moment_of_a_first_visit_is_left_for_the_provider_to_name(kind: TaskKind) -> None:
    about = {"visit": "C1.1.V1", "offer": "C1.1.O1", "until": (NOW + timedelta(hours=2)).isoformat()}
    first, *others = commands(Question("T1", kind, "C1", NOW, "C1.1", about), "kim")
    assert first == f"handoff visit C1.1.V1 --move '{BLANK}' --as kim"
    assert "handoff answer C1.1.O1 --withdraw --as kim" in others
