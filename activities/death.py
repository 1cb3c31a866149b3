"""Writes a death: contact to the household stops, and the case waits until it closes or the death is taken back."""

from collections.abc import Mapping

from activities.case_session import CaseSession, Writer
from activities.outgoing import confirm_held
from activities.standstill import resume_services, suspend_services
from handoff.case.messages import Due, Milestone, MilestoneResult
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import Verdict, WithdrawalReason
from handoff.vocabulary.states import Death
from handoff.vocabulary.words import MilestoneName


async def death_told(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Stop all contact to the household, and start the clock after which the case closes.

    Verdict: `suspended`, or `doubted` if a visit took place after the date of death: then a person closes the case.
    `lines` of the result: the lines that have lost their provider.
    """
    session.case.died_at = milestone.until or session.case.died_at
    if session.case.death == Death.CLEAR:  # told again, perhaps with another date
        return session.result(Verdict.NOTED)
    lost = await suspend_services(session, WithdrawalReason.DIED)
    session.wait_for_death(Death.CLEAR)
    if session.case.died_at and await session.visits.completed_since(session.case.case_id, session.case.died_at):
        _ask(session, milestone, session.start(LimitName.DEATH_CONFIRMATION))
        return session.result(Verdict.DOUBTED, lines=lost)
    session.stop(LimitName.DEATH_CONFIRMATION)
    _ask(session, milestone, session.start(LimitName.DEATH_CLOSING))
    return session.result(Verdict.SUSPENDED, lines=lost)


def death_doubted(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Open a task to confirm a death whose report contradicts itself. Until then nobody contacts the household.

    Services that are planned already go on: data in doubt stops nothing alone. Verdict: `doubted`.
    """
    session.case.died_at = milestone.until or session.case.died_at
    session.wait_for_death(Death.DOUBTED)
    _ask(session, milestone, session.start(LimitName.DEATH_CONFIRMATION))
    return session.result(Verdict.DOUBTED)


async def death_taken_back(session: CaseSession, _milestone: Milestone) -> MilestoneResult:
    """Let the case go on as it was. Clocks go on with the time that they had left, and confirmations are sent.

    Verdict: `resumed`. `lines` of the result: the lines that kept their provider.
    """
    stood_still = session.case.death == Death.CLEAR
    session.case.died_at = None
    session.stop(LimitName.DEATH_CLOSING, LimitName.DEATH_CONFIRMATION)
    session.answered(TaskKind.CONFIRM_DEATH)
    session.wait_for_death("")
    await confirm_held(session)
    kept = resume_services(session, WithdrawalReason.DIED) if stood_still else []
    return session.result(Verdict.RESUMED, lines=kept)


def _ask(session: CaseSession, milestone: Milestone, due: Due) -> None:
    died_at = milestone.until.isoformat() if milestone.until else ""
    about = {"who": milestone.who, "died_at": died_at, "discharge": str(session.case.discharged_at or "")}
    task = session.ask(TaskKind.CONFIRM_DEATH, due, about=about)
    task.due_at = due.due_at or task.due_at


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.DEATH_TOLD: death_told,
    MilestoneName.DEATH_DOUBTED: death_doubted,
    MilestoneName.DEATH_TAKEN_BACK: death_taken_back,
}
