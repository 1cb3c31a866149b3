"""Service gaps: plan lines that no provider is left for, and how the municipality answers."""

from collections.abc import Mapping

from activities.case_session import CaseSession, Writer
from activities.ranking import ranked
from activities.release import set_line
from handoff.case.messages import Milestone, MilestoneResult
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.states import GapAnswer, LineState
from handoff.vocabulary.words import LimitName, MilestoneName, TaskKind
from handoff.worklist.task_kinds import COORDINATOR


async def gap_opened(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """No provider is left for the line: the municipality gets it as a task. Verdict: `gap`."""
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
    """The municipality answers a gap: another provider, another service, a wait, or an end with a reason.

    Verdict: that word. A new round begins: whoever declined before may be asked again.
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
