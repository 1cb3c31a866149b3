"""Keeps notices on the list "door not checked", and takes them off when their sender cancels the discharge."""

from events.contract.words import IntakeOutcome
from events.intake.batch import IntakeBatch
from events.intake.letters import acknowledgement
from events.intake.prepared import Prepared, seal
from events.intake.writes import Taken, drop_fact, put_fact
from handoff.rules.eligibility import DISABILITY
from handoff.rules.identity import FULL, STRONG
from handoff.store.intake.doors import NOTED
from handoff.store.intake.facts import FactRow
from handoff.vocabulary.states import DoorAnswer, FactState
from handoff.vocabulary.words import EventKind

NOT_CHECKED = "door-not-checked"  # what is unclear about such a notice, for its sender


def keep_at_door(prepared: Prepared, where: str, batch: IntakeBatch) -> Taken:
    """Keep a notice on the list "door not checked": sealed, without case, person and task.

    If a cancellation of the same discharge came before it, it does not get on the list.
    """
    row, context = prepared.row, batch.context
    seal(prepared, context.vault.own, None)
    row.sought = frozenset(digest for kind, digest in prepared.terms if kind in {*STRONG, FULL})
    put_fact(row, FactState.AT_DOOR, batch.writes)
    says = {"status": IntakeOutcome.HELD, "unclear": [{"code": NOT_CHECKED, "place": where}]}
    batch.writes.letters += acknowledgement(prepared, None, says, context)
    batch.known.at_door.append(prepared)
    for early in batch.known.waiting:
        call_off(early, batch)
    return Taken(IntakeOutcome.AT_DOOR)


def call_off(cancellation: Prepared, batch: IntakeBatch) -> None:
    """Take notices off the list whose discharge their sender has cancelled since."""
    cancelled = cancellation.row
    if cancelled.kind != EventKind.DISCHARGE_CANCELLED or not cancelled.reference_digest:
        return
    for notice in batch.known.at_door:
        row = notice.row
        if row.reference_digest == cancelled.reference_digest and row.occurred_at <= cancelled.occurred_at:
            noted = {"verdict": DoorAnswer.CANCELLED, "at": batch.context.now.isoformat()}
            row.body = {**row.body, NOTED: noted}
            drop_fact(row, batch.writes)
    batch.known.at_door = [notice for notice in batch.known.at_door if notice.row.state == FactState.AT_DOOR]


def found_at_door(row: FactRow) -> str:
    """The reason for a case that a person opened at the door: which door is open; "" for other facts."""
    door = row.body.get(NOTED, {}).get("found", "")
    return "disability-registered" if door == DISABILITY else f"group-{door}" if door else ""
