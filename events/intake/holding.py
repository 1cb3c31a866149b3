"""Holds a fact for a person: one task lists everything unclear, and says whether it is urgent."""

from typing import Any

from events.contract.event_types import starts_case
from events.contract.words import IntakeOutcome
from events.intake.batch import IntakeBatch
from events.intake.judgement import Hold
from events.intake.known import tells_of_death
from events.intake.letters import acknowledgement
from events.intake.prepared import Prepared, seal
from events.intake.tasks import fact_task
from events.intake.writes import Taken, put_fact
from handoff.store.intake import tasks
from handoff.vocabulary.states import FactState
from handoff.worklist.task_kinds import URGENT


def hold(judgement: Hold, prepared: Prepared, batch: IntakeBatch) -> Taken:
    """Keep the fact, and open one task that lists everything unclear.

    A death that may be that of somebody with an open case is urgent: visits and calls go on until it is settled.
    """
    row, context, writes = prepared.row, batch.context, batch.writes
    about: dict[str, Any] = {
        "settle": list(judgement.unsettled),
        "cases": sorted(set(judgement.cases)),
        "kind": row.kind,
        "sender": row.sender,
        "message": row.message_id,  # by which its sender finds it
    }
    if row.state == FactState.EARLY and prepared.fact.person is None:
        about["without_person"] = True  # there is neither a name nor a byte of it
    if judgement.cases and tells_of_death(prepared):
        about[URGENT] = True
    seal(prepared, context.vault.own, None)
    row.sought = _found_again_by(prepared, judgement)
    if row.sought:
        batch.known.kept.append(prepared)
    put_fact(row, FactState.HELD, writes)
    if starts_case(row.kind) and row.fact_id is None:  # a notice at the door has been acknowledged before
        unclear = [{"code": point["code"], "place": point["place"]} for point in judgement.unsettled]
        writes.letters += acknowledgement(prepared, None, {"status": IntakeOutcome.HELD, "unclear": unclear}, context)
    task = fact_task(row, tasks.HELD_NOTICE, about, context)
    writes.tasks.append((task, row))
    return Taken(IntakeOutcome.HELD, task_id=task.task_id)


def _found_again_by(prepared: Prepared, judgement: Hold) -> frozenset[bytes]:
    """Digests by which later words find it, to wait with it. News find a notice also by what they likely are about."""
    if starts_case(prepared.row.kind):
        return prepared.digests | prepared.likely
    return prepared.digests if judgement.whom else frozenset()
