"""Everything of the product that the lives need, under one roof; all else here knows stored and wire words only."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from temporalio import activity, workflow
from temporalio.testing import ActivityEnvironment

from activities.case_record import CaseRecord
from activities.dispatch import WRITERS as KNOWN
from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState
from handoff.fact import Person
from handoff.profile.limits import Calendar
from handoff.profile.load import load
from handoff.profile.model import Profile
from handoff.store.engine import connect
from handoff.store.persons import to_json
from handoff.store.queries.of_case import StoredRows, with_events
from handoff.store.queries.stored import (
    StoredCase,
    StoredClock,
    StoredLine,
    StoredMilestone,
    StoredReferral,
    StoredVisit,
)
from handoff.store.tables import metadata
from handoff.store.vault import Vault
from workflows.discharge_handoff import DischargeHandoff
from workflows.payloads import PAYLOADS
from workflows.rebuilding import begin_from
from workflows.steps import stepped

__all__ = [
    "CONVERTER",
    "DEFINITION",
    "METADATA",
    "MILESTONES",
    "STORY",
    "VAULT",
    "Activities",
    "CaseEvent",
    "CaseState",
    "Profile",
    "StoredCase",
    "StoredClock",
    "StoredLine",
    "StoredMilestone",
    "StoredReferral",
    "StoredRows",
    "StoredVisit",
    "begin_from",
    "connect",
    "letter",
    "profile",
    "read_state",
    "sealed_person",
    "stored",
    "told",
    "with_events",
]
METADATA = metadata
MILESTONES = frozenset(KNOWN)  # the words under which they are written
CONVERTER = PAYLOADS
STORY = DischargeHandoff
DEFINITION = workflow._Definition.must_from_class(DischargeHandoff)  # noqa: SLF001 - what a worker makes of the class
VAULT = Vault(bytes(range(32)))
read_state = TypeAdapter(CaseState).validate_json
told = TypeAdapter(CaseEvent).validate_python


def stored(form: type[Any], row: Mapping[str, Any]) -> Any:
    """A typed row, as a query reads it."""
    return form(**{column.name: row[column.name] for column in fields(form)})


@cache
def profile(*, statutory: bool) -> Profile:
    """Gwangmyeong as it is, or with a calendar that always works."""
    whole = load("gwangmyeong")
    return whole if statutory else whole.model_copy(update={"calendar": Calendar(works="always")})


def sealed_person(person_id: str, *, name: str, born: date | None, phone: str) -> dict[str, bytes]:
    """The columns of a person's row that are sealed."""
    key, key_sealed = VAULT.new_key(person_id)
    told = Person(name=name, birth_date=born, phone=phone, address="광명시 철산로 12")
    return {"key_sealed": key_sealed, "identity_sealed": key.seal("identity", to_json(told))}


def letter(person_id: str | None, key_sealed: bytes | None, payload_sealed: bytes) -> Any:
    """What stands in a letter."""
    return json.loads(VAULT.key(person_id, key_sealed).open("letter", payload_sealed))


@dataclass
class Activities:
    """The record's own activity, carried out at once on an engine."""

    engine: Any
    profile: Profile
    now: Callable[[], datetime]
    loop: asyncio.AbstractEventLoop

    def __post_init__(self) -> None:
        record = CaseRecord(self.engine, VAULT, lambda _code, _version: self.profile, self.now, stepped)
        self._environment = ActivityEnvironment()
        known = activity._Definition.must_from_callable(record.write_milestones)  # noqa: SLF001 - as a worker does
        self._known = {known.name: known}

    def carried_out(self, name: str, arguments: Any) -> Any:
        """The payload of what an activity answers.

        Raises:
            Exception: whatever it raises.
        """
        definition, converter = self._known[name], CONVERTER.payload_converter
        given = converter.from_payloads(list(arguments), definition.arg_types)
        answer = self.loop.run_until_complete(self._environment.run(definition.fn, *given))
        return converter.to_payloads([answer])[0]
