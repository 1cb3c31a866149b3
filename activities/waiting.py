"""Which tasks and clocks of a case wait: for a death, for a restriction, or while a person ends the case."""

from handoff.store.record.cases import CaseRow
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import WithdrawalReason
from handoff.vocabulary.states import Death

# Tasks that a clear death leaves open: they contact nobody at home, outlast the case, or are about what it has lost.
GO_ON = frozenset(
    {
        TaskKind.CONFIRM_DEATH,
        TaskKind.AFTER_CLOSING,
        TaskKind.LETTER_UNDELIVERABLE,
        TaskKind.REBUILD_CASE,
        TaskKind.RETRACT,
        TaskKind.UNJOINED_CASE,
        TaskKind.LOST_IN_RESTORE,
    }
)


def waits(kind: str, case: CaseRow) -> bool:
    """Whether a task of a case waits.

    A clear death, or an end that may be taken back, lets nearly all wait; a death in doubt, those that ask to contact
    the household; a restriction, those that ask to tell an institution about the person.
    """
    task = TaskKind.known(kind)
    if case.closing:
        return task not in GO_ON - {TaskKind.CONFIRM_DEATH}  # which the end answers
    if case.death == Death.CLEAR:
        return task not in GO_ON
    if task is None:
        return False
    return (bool(case.death) and task.row.household) or (case.restricted and task.row.discloses)


def discloses(limit: str) -> bool:
    """Whether what a limit awaits tells an institution about the person."""
    named = LimitName.known(limit)
    return named is not None and any(kind.row.discloses for kind in named.row.tasks)


def pause_for(case: CaseRow) -> str:
    """Why all clocks are paused: a person ends the case, or a death is told or in doubt; "": they are not."""
    if case.closing:
        return WithdrawalReason.CLOSING
    return WithdrawalReason.DIED if case.death else ""
