"""Writes service gaps: plan lines for which no provider is left, and the municipality's answers."""

from collections.abc import Mapping

from activities.case_session import CaseSession, Writer
from activities.ranking import ranked
from activities.release import set_line
from handoff.case.messages import Milestone, MilestoneResult
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.states import GapAnswer, LineState
from handoff.vocabulary.words import MilestoneName
from handoff.worklist.task_kinds import COORDINATOR


async def gap_opened(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Open a task for a line for which no provider is left. Verdict: `gap`."""
    line = session.lines.all()[milestone.subject]
    line.state = LineState.GAP
    line.provider = ""
    due = session.start(LimitName.GAP, line.line_id)
    excluded = (await ranked(session, line)).excluded
    again = [code for code, why in excluded if why in ("already-asked", "no-capacity")]
    about = {"service": line.service, "quantity": line.quantity, "asked": dict(excluded), "providers": again}
    session.ask(TaskKind.GAP, due, line.line_id, about)
    return session.result(Verdict.GAP, line.line_id)


def gap_answered(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Apply the municipality's answer to a gap: another provider, another service, a wait, or giving up with a reason.

    A new round of offers begins: providers that declined before may be asked again. Verdict: the answer's first word.
    """
    line = session.lines.all()[milestone.subject]
    word, _, what = milestone.code.partition(":")
    given_up = word == GapAnswer.GIVE_UP
    set_line(session, line, LineState.GIVEN_UP if given_up else LineState.PLANNED, what if given_up else "")
    line.asked_anew_at = session.at
    if word == GapAnswer.PROVIDER:
        line.prefers = what
    elif word == GapAnswer.SERVICE and session.profile.service(what):
        line.service = what
    elif word == GapAnswer.WAIT:
        until = milestone.until or session.at
        line.state = LineState.GAP
        session.clocks.appoint(f"{LimitName.WAIT}:{line.line_id}", until, COORDINATOR, line.line_id)
    return session.result(word)


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.GAP_OPENED: gap_opened,
    MilestoneName.GAP_ANSWERED: gap_answered,
}
