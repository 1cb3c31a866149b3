"""Writes that somebody asked Temporal to cancel the workflow of a case."""

from collections.abc import Mapping

from activities.case_session import CaseSession, Writer
from handoff.case.messages import Milestone, MilestoneResult
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.words import MilestoneName


def cancellation_requested(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Note the request. It changes nothing: the case goes on."""
    return session.result(Verdict.NOTED)


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.CANCELLATION_REQUESTED: cancellation_requested,
}
