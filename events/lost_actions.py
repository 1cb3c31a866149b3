"""The task to repeat people's actions that were lost with a record or with a workflow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from events.duties import due_at
from handoff.profile.model import Profile
from handoff.store.intake import tasks
from handoff.store.intake.restores import LostAction
from handoff.store.intake.tasks import Task
from handoff.store.vault import Vault
from handoff.worklist.task_kinds import COORDINATOR, DUTY_OFFICER


@dataclass(frozen=True)
class LostActions:
    """Makes the tasks. One task lists all actions that a case lost at once, so that writing it twice opens one."""

    vault: Vault
    profile: Profile

    def task(self, case: str, actions: Sequence[LostAction], now: datetime, *, known_case: bool = True) -> Task:
        """The task. Not `known_case`: the record does not know the case, so that the duty officer finds the person."""
        settle = [
            {"code": action.kind, "says": f"{action.at:%Y-%m-%d %H:%M} UTC, by {action.who}"} for action in actions
        ]
        numbers = ",".join(str(action.fact) for action in actions)
        task_id = "T" + self.vault.short_id("task", tasks.LOST_IN_RESTORE, case, numbers)
        owner = COORDINATOR if known_case else DUTY_OFFICER
        due, of_case = due_at(now, self.profile), case if known_case else None
        about = {"case": case, "settle": settle}
        subject = numbers if known_case else case  # of two open tasks of one case with one subject, the second is lost
        return Task(task_id, tasks.LOST_IN_RESTORE, owner, now, due, of_case, subject, about=about)
