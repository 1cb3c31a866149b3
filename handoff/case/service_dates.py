"""Dates of services that count from the discharge: first visits that were named for a day before it."""

from collections.abc import Mapping

from handoff.case.messages import Milestone, MilestoneResult
from handoff.case.state import CaseState, Learning
from handoff.vocabulary.words import MilestoneName


def learn_dates(case: CaseState, _milestone: Milestone, result: MilestoneResult) -> None:
    """Await the first visits that were named for a day before the discharge: the record cancelled them."""
    for cancelled in result.lines:
        line = case.lines[cancelled.line]
        line.visit, line.awaits_name = "", True


RESULTS: Mapping[MilestoneName, Learning] = {
    MilestoneName.SERVICE_DATES_SET: learn_dates,
}
