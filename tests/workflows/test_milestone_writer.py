"""How pending milestones are divided into writes."""

import pytest

from handoff.case.messages import Milestone
from handoff.case.state import CaseState
from tests.activities.chart import MONDAY
from workflows.milestone_writer import AT_MOST, MilestoneWriter
from workflows.steps import STEPS, stepped


def pending(offers: int) -> MilestoneWriter:
    writer = MilestoneWriter(CaseState("C-1"), STEPS, one_by_one=True)
    for number in range(offers):
        writer._pending += stepped(Milestone(f"offer_made:{number}", "offer_made", MONDAY))  # noqa: SLF001
    return writer


@pytest.mark.parametrize("offers", [1, 18, AT_MOST, AT_MOST + 1, 3 * AT_MOST])
def test_a_write_has_as_many_milestones_as_builds_without_steps_wrote_and_their_steps_with_them(offers: int) -> None:
    """The id of the activity in a history names its milestones: another division would not replay."""
    writer, parts = pending(offers), list[list[Milestone]]()
    while writer._pending:  # noqa: SLF001
        parts.append(writer._next_part())  # noqa: SLF001
    counts = [sum(not entry.after for entry in part) for part in parts]
    assert counts == [AT_MOST] * (offers // AT_MOST) + [offers % AT_MOST] * bool(offers % AT_MOST)
    assert not any(part[0].after for part in parts)
    assert len([entry for part in parts for entry in part if entry.after]) == 2 * offers
