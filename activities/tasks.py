"""Writes that a person has done a task that no other event or command closes."""

from collections.abc import Mapping

from activities.case_session import CaseSession, Writer
from handoff.case.messages import Milestone, MilestoneResult
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.words import MilestoneName
from handoff.worklist.task_kinds import tasks_of


def task_settled(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Close a task and stop its clocks. The subject is the task. Verdict: `settled`, or `gone` if it is not open."""
    for task in session.tasks.open().values():
        if task.task_id == milestone.subject:
            session.close_task(task)
            for clock in session.clocks.all().values():
                if (task.kind, task.subject) in tasks_of(clock.name, clock.subject):
                    session.stop(clock.name)
            return session.result(Verdict.SETTLED, milestone.subject)
    return session.result(Verdict.GONE)


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.TASK_SETTLED: task_settled,
}
