"""What intake would do with a record: the same decisions, but nothing is written or sent."""

from collections.abc import Mapping, Sequence
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
from events.intake.known import Knowledge
from events.intake.loading import load
from events.intake.prepared import Ignored, OursToMend, Prepared, ReadRecord, Refused, prepare
from events.intake.writes import Taken
from events.readers import INCOMING, InboundRecord, form, messages
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
        index: number of the message in the record, from 0.
        case_id: the case; "" if it has none, or if it, or a message before it, would open the case.
    """

    sender: str
    kind: str
    message_id: str
    fields: FieldsRead
    doubts: tuple[Doubt, ...]
    outcome: IntakeOutcome
    asked: bool
    index: int = 0
    case_id: str = ""
    code: str = ""
    reason: str = ""
    place: str = ""
    settle: tuple[Mapping[str, str], ...] = ()
    look_ups: tuple[LookUp, ...] = ()
    told: tuple[tuple[str, Mapping[str, Any]], ...] = ()


async def dry_run(record: InboundRecord, profile: Profile, now: datetime, store: Store | None = None) -> DryRun:
    """The dry run of a record that holds one message. See `dry_runs`.

    Raises:
        ValueError: it holds several messages.
    """
    [ran] = await dry_runs(record, profile, now, store)
    return ran


async def dry_runs(record: InboundRecord, profile: Profile, now: datetime, store: Store | None = None) -> list[DryRun]:
    """Read a record and decide about each of its messages in turn as if it came now.

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
    read = [prepare(message, context) for message in messages(record)]
    knowledge = await _known(store, read) if store else Knowledge()
    opened: set[str] = set()  # cases that messages before it would open
    return [
        replace(_ran(message, IntakeBatch(context, knowledge), opened, store), asked=store is not None)
        for message in read
    ]


def _ran(read: ReadRecord, batch: IntakeBatch, opened: set[str], store: Store | None) -> DryRun:
    """Decide about one message. A case that it would open is added to `opened`, since its id is not given yet."""
    if store is None and isinstance(read, Prepared) and _answers_by_right(read.fact, batch.context.profile):
        taken = Taken(IntakeOutcome.ANSWER)
    else:
        taken = take(read, batch)
    if taken.outcome == IntakeOutcome.OPENED:
        opened.add(taken.case_id)
    named = replace(taken, case_id="") if taken.case_id in opened else taken
    return _described(read, named, batch)


def _answers_by_right(fact: Fact, profile: Profile) -> bool:
    """Whether it is an answer that an institution of this role may send."""
    body = profile.institution(fact.sender) if fact.subject else None
    return body is not None and may_say(fact.kind, body.role)


async def _known(store: Store, read: Sequence[ReadRecord]) -> Knowledge:
    """What the store knows about the messages. Locks are released at once."""
    prepared = [message for message in read if isinstance(message, Prepared)]
    if not prepared:
        return Knowledge()
    async with store.engine.connect() as conn:  # without a commit nothing is changed
        return await load(conn, store.vault, prepared)


def _described(read: ReadRecord, taken: Taken, batch: IntakeBatch) -> DryRun:
    writes, result = batch.writes, _result(read)
    habits = batch.context.profile.habits_of(read.record.institution)
    fields = fields_read(read.record, result, batch.context.now, habits) if result else FieldsRead(form(read.record))
    return DryRun(
        sender=read.record.institution,
        kind=read.row.kind if isinstance(read, Prepared) else _claimed_kind(fields),
        message_id=result.message_id if result else "",
        fields=fields,
        doubts=read.doubts if isinstance(read, Prepared) else (),
        outcome=taken.outcome,
        asked=False,
        index=read.record.index,
        case_id=taken.case_id,
        code=taken.code,
        reason=taken.reason,
        place=taken.place,
        settle=tuple(point for task, _ in writes.tasks for point in task.about.get("settle", ())),
        look_ups=_look_ups(read, taken, batch.context.profile),
        told=tuple((letter.kind, _without_new_ids(letter.payload, taken)) for letter, _ in writes.letters),
    )


def _look_ups(read: ReadRecord, taken: Taken, profile: Profile) -> tuple[LookUp, ...]:
    if not isinstance(read, Prepared) or taken.outcome != IntakeOutcome.AT_DOOR:
        return ()
    return questions_of(read, None, profile) or ()


def _result(read: ReadRecord) -> Fact | Unreadable | NoEffect | None:
    """What the message was read as; None: we failed to read it."""
    match read:
        case Prepared():
            return read.fact
        case Refused():
            return read.why
        case Ignored():
            return NoEffect(read.message_id, read.why)
        case OursToMend():
            return None


def _claimed_kind(fields: FieldsRead) -> str:
    """The event type in a refused event, if it is in the contract; else ""."""
    raw = next((field.raw for field in fields.fields if field.ours == "kind"), "")
    return raw if raw in EVENT_TYPES else ""


def _without_new_ids(payload: Mapping[str, Any], taken: Taken) -> dict[str, Any]:
    """The data of a letter without the case id and offset that would be made only at intake."""
    blank = {} if taken.case_id else {"case_id": ""}
    return {name: blank.get(name, value) for name, value in payload.items() if name != "offset"}
