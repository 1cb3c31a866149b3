"""Writes a restriction: the engine tells no further institution about the person before a person has answered."""

from collections.abc import Mapping

from activities.case_session import CaseSession, Writer
from activities.outgoing import confirm_held
from handoff.case.messages import Milestone, MilestoneResult
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.words import MilestoneName


def disclosure_restricted(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Open an urgent task. What tells an institution about the person waits: letters, tasks and their clocks."""
    session.restrict(restricted=True)
    due = session.start(LimitName.RESTRICTION)
    session.ask(TaskKind.CONFIRM_RESTRICTION, due, about={"who": milestone.who, "flag": milestone.code})
    return session.result()


async def disclosure_allowed(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Go on where the case stood. Clocks go on with the time that they had left, and confirmations are sent."""
    session.stop(LimitName.RESTRICTION)
    session.answered(TaskKind.CONFIRM_RESTRICTION)
    session.restrict(restricted=False)
    await confirm_held(session)
    return session.result()


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.DISCLOSURE_RESTRICTED: disclosure_restricted,
    MilestoneName.DISCLOSURE_ALLOWED: disclosure_allowed,
}
