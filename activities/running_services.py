"""Asks which services go on after consent has ended, until each was decided or consent is given again."""

from collections.abc import Mapping

from activities.case_session import CaseSession, Writer
from handoff.case.messages import Milestone, MilestoneResult
from handoff.store.record.referrals import AGREED
from handoff.store.record.tasks import TaskRow
from handoff.vocabulary.awaited import LimitName, TaskKind
from handoff.vocabulary.outcomes import Verdict
from handoff.vocabulary.states import LineState
from handoff.vocabulary.words import MilestoneName

RUNNING = frozenset({LineState.ACCEPTED, LineState.IN_SERVICE, LineState.ON_HOLD})


def ask_about_running(session: CaseSession) -> None:
    """Open the task about the lines that a provider has accepted, if there are any."""
    lines = sorted(line for line, referral in session.referrals.open().items() if referral.state in AGREED)
    if lines:
        due = session.start(LimitName.RUNNING_SERVICES)
        session.ask(TaskKind.RUNNING_SERVICES, due, about={"lines": lines})


def decided(session: CaseSession, line: str) -> bool:
    """Take a line off the task, since it goes on, has ended or has lost its provider. False: it is not asked about."""
    task = _task(session)
    if task is None or line not in task.about["lines"]:
        return False
    left = [other for other in task.about["lines"] if other != line]
    task.about = {**task.about, "lines": left}
    if not left:
        session.stop(LimitName.RUNNING_SERVICES)
        session.close_task(task)
    return True


def service_kept(session: CaseSession, milestone: Milestone) -> MilestoneResult:
    """Store that the service of a line goes on. Verdict: `settled`, or `gone` if nobody asks about it."""
    return session.result(Verdict.SETTLED if decided(session, milestone.subject) else Verdict.GONE, milestone.subject)


def _task(session: CaseSession) -> TaskRow | None:
    listed = (*session.tasks.open().values(), *session.tasks.waiting().values())
    return next((task for task in listed if task.kind == TaskKind.RUNNING_SERVICES), None)


WRITERS: Mapping[MilestoneName, Writer] = {
    MilestoneName.SERVICE_KEPT: service_kept,
}
