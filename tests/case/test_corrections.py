from dataclasses import replace

import pytest

from handoff.case.dispatch import learn
from handoff.case.messages import MilestoneResult
from tests.case.cases import NOON, serving


@pytest.mark.parametrize(
    ("verdict", "not_needed", "awaits_name"),
    [("corrected", "", False), ("corrected", "C1.1.V2", False), ("gone", "", True)],
)
def test_a_corrected_visit_lets_its_line_look_again_for_the_next_one(
    verdict: str, not_needed: str, *, awaits_name: bool
) -> None:
    telling = serving()
    line = telling.case.lines["C1.1"]
    for number, verdicts in ((1, ("planned", "C1.1.V2")), (2, ("to-be-named", "C1.1"))):
        telling.action("visit.missed", subject=f"C1.1.V{number}", code="no-answer")
        telling.learn("visit_planned", verdicts[0], verdicts[1], "C1.1")
    assert line.awaits_name
    telling.action("record.corrected", subject="C1.1.V1", code="visit.completed", corrects="visit_missed:1", why="typo")
    entry = replace(telling.written[-1], at=NOON)
    learn(telling.case, entry, MilestoneResult(entry.key, verdict, not_needed, at=NOON))
    assert (line.awaits_name, line.wants_visit) == (awaits_name, not awaits_name)
    assert (line.visit_cause == entry.key) is not awaits_name
