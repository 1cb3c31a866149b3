"""A fact as bytes: the content that is the same in a resend, and the whole fact for the store."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from pydantic import TypeAdapter

from events.contract.event_types import EVENT_TYPES
from events.contract.telling import TellingFields
from handoff.fact import Fact

_FACT = TypeAdapter(Fact)
_AS_IN_JSON = frozenset({str, int, float, bool})
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))

# Fields that differ in a resend, or if the same bytes are read twice.
_OF_THE_MESSAGE = ("message_id", "form", "doubts", "written_at", "written_within")


def content(fact: Fact) -> bytes:
    """Canonical bytes of a fact's content.

    A notice of a discharge names its own moments, so the content does not include when it was written. The content of
    an answer includes `occurred_at`. Empty fields are left out, so that a field that is added to the contract later
    does not change older contents. A flag that restricts access to the person's data is content, though it is a doubt.
    """
    fields = _told(vars(fact))
    for name in _OF_THE_MESSAGE:
        fields.pop(name, None)
    fields.get("discharge", {}).pop("precision", None)
    if fact.restricted:
        fields["restricted"] = True
    if EVENT_TYPES[fact.kind].model is TellingFields:
        del fields["occurred_at"]
    return _CANONICAL.encode(fields).encode()


def written_moment(fact: Fact) -> bytes:
    """When a word about a stay was written (EVN-2, else MSH-7; CloudEvents `time`), as bytes; b"" for other facts.

    The same content that was written at another moment is another word: something in between may have undone the first.
    """
    if fact.written_at is None or EVENT_TYPES[fact.kind].model is not TellingFields:
        return b""
    return fact.written_at.astimezone(UTC).isoformat().encode()


def _told(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are not empty, at any depth."""
    return {name: _plain(value) for name, value in fields.items() if value or value == 0}


def _plain(value: Any) -> Any:
    """The value for JSON. Moments are in UTC."""
    if type(value) in _AS_IN_JSON:
        return value
    if isinstance(value, str):  # a member of a vocabulary
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return _told(value if isinstance(value, Mapping) else vars(value))


def to_json(fact: Fact) -> bytes:
    """The whole fact as JSON. It has personal data: seal it before storing it."""
    return _FACT.dump_json(fact)


def from_json(stored: bytes) -> Fact:
    """The fact that `to_json` wrote. Fields that were added since have their default.

    Raises:
        pydantic.ValidationError: the bytes are not a fact.
    """
    return _FACT.validate_json(stored)
