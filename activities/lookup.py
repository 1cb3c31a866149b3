"""Writes that the person refuses the lookup of records, or allows it, and the papers that come instead.

The insurer looks records up for its determination: it is told, if it was asked for that and has not answered.
"""

from collections.abc import Mapping

from activities.case_session import CaseSession, Writer
from activities.lookup_news import tell_insurer
from handoff.case.messages import Milestone, MilestoneResult
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.consents import ConsentScope
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.words import MilestoneName


def lookup_refused(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Ask the person for papers. Verdict: `noted`: the case goes on."""
    session.case.refused = [*session.case.refused, ConsentScope.LOOKUP]
    session.case.papers_at = None
    due = session.start(LimitName.PAPERS)
    session.ask(TaskKind.ASK_FOR_PAPERS, due)
    tell_insurer(session)
    return session.result(Verdict.NOTED)


def lookup_allowed(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Papers are not awaited any more. Verdict: `noted`."""
    session.case.refused = [part for part in session.case.refused if part != ConsentScope.LOOKUP]
    _no_longer_awaited(session)
    tell_insurer(session)
    return session.result(Verdict.NOTED)


def papers_received(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store that the papers came. Verdict: `noted`."""
    session.case.papers_at = milestone.at
    _no_longer_awaited(session)
    tell_insurer(session)
    return session.result(Verdict.NOTED)


def _no_longer_awaited(session: CaseSession) -> None:
    session.stop(LimitName.PAPERS)
    session.answered(TaskKind.ASK_FOR_PAPERS)


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.LOOKUP_REFUSED: lookup_refused,
    MilestoneName.LOOKUP_ALLOWED: lookup_allowed,
    MilestoneName.PAPERS_RECEIVED: papers_received,
}
