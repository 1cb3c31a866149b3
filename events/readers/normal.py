"""A fact as bytes: the part that makes two tellings the same, and the whole of it for the store."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from pydantic import TypeAdapter

from events.contract.event_types import EVENT_TYPES
from events.contract.incoming import TellingFields
from handoff.fact import Fact

_FACT = TypeAdapter(Fact)
_AS_IN_JSON = frozenset({str, int, float, bool})
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))

# What differs between a telling and its resend, or between two readings of the same bytes.
_OF_THE_MESSAGE = ("message_id", "form", "doubts")


def content(fact: Fact) -> bytes:
    """Canonical bytes of what was told: the same for a resend, whatever its message id and its message time (MSH-7).

    A telling of a discharge names its own moments, so when it was recorded (EVN-2, ce_time) is no part of it;
    of an answer `occurred_at` is. What is not told leaves no trace: a field added later changes no older content.
    """
    fields = _told(vars(fact))
    for name in _OF_THE_MESSAGE:
        fields.pop(name, None)
    if EVENT_TYPES[fact.kind].model is TellingFields:
        del fields["occurred_at"]
    return _CANONICAL.encode(fields).encode()


def _told(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that were told, at any depth."""
    return {name: _plain(value) for name, value in fields.items() if value or value == 0}


def _plain(value: Any) -> Any:
    """The value as JSON has it; a moment in UTC, whichever offset it was told in."""
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
    """The whole fact, personal data included: to be sealed before it is stored."""
    return _FACT.dump_json(fact)


def from_json(stored: bytes) -> Fact:
    """The fact that `to_json` wrote. A field that a later version added takes its default.

    Raises:
        pydantic.ValidationError: The bytes are not those of a fact.
    """
    return _FACT.validate_json(stored)
