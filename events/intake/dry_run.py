"""What intake would do with a record: the same decisions, but nothing is written or sent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from os import urandom
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from events.contract.event_types import EVENT_TYPES, may_say
from events.contract.words import IntakeOutcome
from events.intake.batch import IntakeBatch
from events.intake.chain import take
from events.intake.context import IntakeContext
from events.intake.door import questions_of
from events.intake.known import Knowledge, load
from events.intake.prepared import Ignored, Prepared, Refused, prepare_read
from events.intake.writes import IntakeWrites, Taken
from events.readers import INCOMING, InboundRecord, read
from events.readers.fields import FieldsRead, fields_read
from handoff.fact import Doubt, Fact, NoEffect, Unreadable
from handoff.profile.model import Profile
from handoff.rules.eligibility import LookUp
from handoff.store.vault import KEY_BYTES, Vault


@dataclass(frozen=True)
class Store:
    """The record of people and cases. It shows whether a notice is a resend, or about an open case."""

    engine: AsyncEngine
    vault: Vault


@dataclass(frozen=True)
class DryRun:
    """What a record says, and what intake would do with it.

    Attributes:
        sender: the institution on whose topic it would come.
        message_id: the id that the answer would name.
        fields: each field that we read, with its place, as sent and as understood.
        doubts: contradictions in it.
        outcome: `opened`, `joined`, `entered`, `held`, `at-door`, `not-eligible`, `early`, `late`, `resent`, `ignored`,
            `rejected`; or `answer`, if it answers something of ours and there was no record to ask whether that is
            awaited.
        code: why it would be rejected. `reason` and `place` would go to the sender too.
        settle: what a person would have to settle if it is held: code, place, words.
        look_ups: what a person would have to ask before anything is decided, if it would stand at the door.
        told: event type and data of each letter, without ids that would be made only then.
        asked: whether the record was asked. If not, the person counts as unknown.
    """

    sender: str
    kind: str
    message_id: str
    fields: FieldsRead
    doubts: tuple[Doubt, ...]
    outcome: IntakeOutcome
    asked: bool
    case_id: str = ""
    code: str = ""
    reason: str = ""
    place: str = ""
    settle: tuple[Mapping[str, str], ...] = ()
    look_ups: tuple[LookUp, ...] = ()
    told: tuple[tuple[str, Mapping[str, Any]], ...] = ()


async def dry_run(record: InboundRecord, profile: Profile, now: datetime, store: Store | None = None) -> DryRun:
    """Read a record and decide about it as if it came now.

    Args:
        record: names the institution that would send it, which has to be in the profile.
        profile: the municipality's profile.
        now: when it would come, aware.
        store: the record of people and cases; None: the person counts as unknown.

    Raises:
        sqlalchemy.exc.SQLAlchemyError, OSError: the store does not answer.
    """
    vault = store.vault if store else Vault(urandom(KEY_BYTES))
    context = IntakeContext(vault, profile, now)
    record = replace(record, topic=f"{INCOMING}{record.institution}")
    fact = read(record, now, profile.habits_of(record.institution))
    prepared = prepare_read(fact, record, context)
    knowledge = await _known(store, prepared) if store else Knowledge()
    batch = IntakeBatch(context, knowledge)
    taken = Taken(IntakeOutcome.ANSWER) if store is None and _answers_by_right(fact, profile) else take(prepared, batch)
    ran = _said(prepared, fields_read(record, fact, now), taken, batch.writes)
    return replace(ran, asked=store is not None, look_ups=_look_ups(prepared, taken, profile))


def _look_ups(prepared: Prepared | Refused | Ignored, taken: Taken, profile: Profile) -> tuple[LookUp, ...]:
    if not isinstance(prepared, Prepared) or taken.outcome != IntakeOutcome.AT_DOOR:
        return ()
    return questions_of(prepared, None, profile) or ()


def _answers_by_right(fact: Fact | Unreadable | NoEffect, profile: Profile) -> bool:
    """Whether it is an answer that an institution of this role may send."""
    body = profile.institution(fact.sender) if isinstance(fact, Fact) and fact.subject else None
    return isinstance(fact, Fact) and body is not None and may_say(fact.kind, body.role)


async def _known(store: Store, prepared: Prepared | Refused | Ignored) -> Knowledge:
    """What the store knows about it. Locks are released at once."""
    if not isinstance(prepared, Prepared):
        return Knowledge()
    async with store.engine.connect() as conn:  # without a commit nothing is changed
        return await load(conn, store.vault, [prepared])


def _said(prepared: Prepared | Refused | Ignored, fields: FieldsRead, taken: Taken, writes: IntakeWrites) -> DryRun:
    refusal = writes.parked[0] if writes.parked else None
    return DryRun(
        sender=prepared.record.institution,
        kind=prepared.row.kind if isinstance(prepared, Prepared) else _claimed_kind(fields),
        message_id=_message_id(prepared),
        fields=fields,
        doubts=prepared.doubts if isinstance(prepared, Prepared) else (),
        outcome=taken.outcome,
        asked=False,
        case_id="" if taken.outcome == IntakeOutcome.OPENED else taken.case_id,
        code=taken.code,
        reason=taken.reason,
        place=refusal.place if refusal else "",
        settle=tuple(point for task, _ in writes.tasks for point in task.about.get("settle", ())),
        told=tuple((letter.kind, _without_new_ids(letter.payload, taken)) for letter, _ in writes.letters),
    )


def _message_id(prepared: Prepared | Refused | Ignored) -> str:
    match prepared:
        case Prepared():
            return prepared.row.message_id
        case Refused():
            return prepared.why.message_id
        case Ignored():
            return prepared.message_id


def _claimed_kind(fields: FieldsRead) -> str:
    """The event type in a refused event, if it is in the contract; else ""."""
    raw = next((field.raw for field in fields.fields if field.ours == "kind"), "")
    return raw if raw in EVENT_TYPES else ""


def _without_new_ids(payload: Mapping[str, Any], taken: Taken) -> dict[str, Any]:
    """The data of a letter without the case id and offset that would be made only at intake."""
    blank = {"case_id": ""} if taken.outcome == IntakeOutcome.OPENED else {}
    return {name: blank.get(name, value) for name, value in payload.items() if name != "offset"}
