"""Tasks about facts, parked records and missing records."""

from collections.abc import Mapping
from typing import Any

from events.contract.codes import Code
from events.duties import due_at
from events.intake.context import IntakeContext
from events.readers import INCOMING
from handoff.store.intake import parked, tasks
from handoff.store.intake.facts import FactRow
from handoff.store.intake.offsets import Gap
from handoff.store.intake.parked import Parked
from handoff.store.intake.tasks import Task
from handoff.worklist.task_kinds import COORDINATOR, DUTY_OFFICER, URGENT

# By code of a parked record: the kind of its task, and the owner.
_OWNED: Mapping[str, tuple[str, str]] = {
    Code.TYPE_NOT_YET_HANDLED.value: (tasks.NOT_YET_HANDLED, COORDINATOR),
    parked.OURS: (tasks.PARKED_OURS, DUTY_OFFICER),
}


def fact_task(row: FactRow, kind: str, about: Mapping[str, Any], context: IntakeContext) -> Task:
    """A task of the coordinator about a fact. An urgent one is due at once."""
    task_id = "T" + context.vault.short_id("task", kind, row.code)
    due = context.now if about.get(URGENT) else due_at(context.now, context.profile)
    return Task(task_id, kind, COORDINATOR, context.now, due, row.case_id, f"F{row.code}", about=about)


def parked_task(record: Parked, number: int, context: IntakeContext) -> Task | None:
    """The task about a parked record; None: only its sender has to act."""
    if record.code not in _OWNED:
        return None
    kind, owner = _OWNED[record.code]
    about = {"parked": number, "sender": record.sender, "reason": record.reason, "place": record.place}
    task_id = "T" + context.vault.short_id("task", kind, str(number))
    due = due_at(context.now, context.profile)
    return Task(task_id, kind, owner, context.now, due, subject=str(number), about=about)


def missing_task(gap: Gap, context: IntakeContext) -> Task:
    """A task about records that Kafka deleted or lost before they were read: ask their sender."""
    about = {**vars(gap), "sender": gap.topic.removeprefix(INCOMING)}
    subject = f"{gap.topic}:{gap.partition}:{gap.first}-{gap.last}"
    task_id = "T" + context.vault.short_id("task", tasks.RECORDS_MISSING, gap.topic_id, subject)
    due = due_at(context.now, context.profile)
    return Task(task_id, tasks.RECORDS_MISSING, DUTY_OFFICER, context.now, due, subject=subject, about=about)
