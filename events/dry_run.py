"""What would happen to a record: the same decisions as at intake, and nothing is written or sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from os import urandom
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from events.contract import EVENT_TYPES, may_say
from events.outcome import Outcome, Taken
from events.readers import Record, read
from events.readers.fields import FieldsRead, fields_read
from events.reading import INCOMING, Arrival, Arrived, Reading, reading
from events.reception import Reception
from events.register import Register, load
from events.triage import take
from handoff.fact import Doubt, Fact, Unreadable
from handoff.profile.model import Profile
from handoff.store.vault import KEY_BYTES, Vault

ANSWER = "answer"  # what it answers is known to the record only, and nobody was asked


@dataclass(frozen=True)
class Store:
    """The record of people and cases, which knows whether a notice is a resend or about an open case."""

    engine: AsyncEngine
    vault: Vault


@dataclass(frozen=True)
class DryRun:
    """What a record says, and what it would lead to.

    Attributes:
        sender: the institution whose topic it would come by.
        message_id: the id that the answer names.
        fields: each field of ours, with its place, raw and understood.
        doubts: what contradicts itself.
        outcome: `opened`, `joined`, `entered`, `held`, `early`, `late`, `resent`, `rejected`; or `answer`, if it
            answers something of ours and nobody could be asked whether that is awaited.
        code: why it would be rejected; `reason` and `place` as the sender is told them.
        settle: what a person would have to settle of a held one: code, place, words.
        told: event type and data of each answer; without our ids, which it would get then.
        asked: whether the record was asked; else the person counts as unknown.
    """

    sender: str
    kind: str
    message_id: str
    fields: FieldsRead
    doubts: tuple[Doubt, ...]
    outcome: str
    asked: bool
    case_id: str = ""
    code: str = ""
    reason: str = ""
    place: str = ""
    settle: tuple[Mapping[str, str], ...] = ()
    told: tuple[tuple[str, Mapping[str, Any]], ...] = ()


async def dry_run(record: Record, profile: Profile, now: datetime, store: Store | None = None) -> DryRun:
    """Read a record and decide about it, as if it had come now.

    Args:
        record: with the institution that would send it, which the profile knows.
        profile: the municipality's.
        now: the moment of its coming, aware.
        store: the record of people and cases; None: nobody is asked, the person counts as unknown.

    Raises:
        sqlalchemy.exc.SQLAlchemyError, OSError: the store is away.
    """
    fact = read(record, now)
    vault = store.vault if store else Vault(urandom(KEY_BYTES))
    told = _prepared(fact, record, vault, now)
    arrived = Arrived(Arrival(record, f"{INCOMING}{record.institution}"), told)
    outcome = Outcome(vault, profile, now)
    register = await _known(store, told) if store else Register()
    if store is None and _answers_by_right(fact, profile):
        taken = Taken(ANSWER)
    else:
        taken = take(arrived, Reception(register, outcome))
    return _said(record, told, fields_read(record, fact, now), (taken, outcome, store is not None))


def _answers_by_right(fact: Fact | Unreadable, profile: Profile) -> bool:
    """Whether it answers something of ours that an institution of its role may answer at all."""
    body = profile.institution(fact.sender) if isinstance(fact, Fact) and fact.subject else None
    return isinstance(fact, Fact) and body is not None and may_say(fact.kind, body.role)


def _prepared(fact: Fact | Unreadable, record: Record, vault: Vault, now: datetime) -> Reading | Unreadable:
    return fact if isinstance(fact, Unreadable) else reading(fact, record.value or b"", vault, now)


async def _known(store: Store, told: Reading | Unreadable) -> Register:
    """What the record knows of it; what was locked for the look is let go at once."""
    if isinstance(told, Unreadable):
        return Register()
    async with store.engine.connect() as conn:  # without a commit: nothing stays
        return await load(conn, store.vault, [told])


def _said(
    record: Record, told: Reading | Unreadable, fields: FieldsRead, became: tuple[Taken, Outcome, bool]
) -> DryRun:
    taken, outcome, asked = became
    refusal = outcome.parked[0] if outcome.parked else None
    return DryRun(
        sender=record.institution,
        kind=told.row.kind if isinstance(told, Reading) else _claimed_kind(fields),
        message_id=told.message_id if isinstance(told, Unreadable) else told.row.message_id,
        fields=fields,
        doubts=told.doubts if isinstance(told, Reading) else (),
        outcome=taken.outcome,
        asked=asked,
        case_id="" if taken.outcome == "opened" else taken.case_id,
        code=taken.code,
        reason=taken.reason,
        place=refusal.place if refusal else "",
        settle=tuple(each for task, _ in outcome.tasks for each in task.about.get("settle", ())),
        told=tuple((letter.kind, _without_new_ids(letter.payload, taken)) for letter, _ in outcome.letters),
    )


def _claimed_kind(fields: FieldsRead) -> str:
    """The type that a refused event claims, if it is one of the contract's."""
    raw = next((each.raw for each in fields.fields if each.ours == "kind"), "")
    return raw if raw in EVENT_TYPES else ""


def _without_new_ids(payload: Mapping[str, Any], taken: Taken) -> dict[str, Any]:
    """The case that would be opened has no id before it is opened, and the record no offset before it is sent."""
    blank = {"case_id": ""} if taken.outcome == "opened" else {}
    return {name: blank.get(name, value) for name, value in payload.items() if name != "offset"}
