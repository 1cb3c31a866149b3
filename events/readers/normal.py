"""A fact as bytes: the content that is the same in a resend, and the whole fact for the store."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_json as json_of

from events.contract.event_types import EVENT_TYPES
from events.contract.telling import TellingFields
from handoff.fact import Discharge, Fact, Person

_FACT = TypeAdapter(Fact)

_NAMES = {of: sorted(field.name for field in fields(of)) for of in (Fact, Person, Discharge)}

# Fields that differ in a resend, or if the same bytes are read twice.
_OF_THE_MESSAGE = frozenset({"message_id", "form", "doubts", "written_at", "written_within"})


def content(fact: Fact) -> bytes:
    """Canonical bytes of a fact's content.

    A notice of a discharge names its own moments, so the content does not include when it was written. The content of
    an answer includes `occurred_at`. Empty fields are left out, so that a field that is added to the contract later
    does not change older contents. A flag that restricts access to the person's data is content, though it is a doubt.
    """
    plain = _told(fact)
    for name in _OF_THE_MESSAGE:
        plain.pop(name, None)
    plain.get("discharge", {}).pop("precision", None)
    if EVENT_TYPES[fact.kind].model is TellingFields:
        del plain["occurred_at"]
    if fact.doubts and fact.restricted:
        plain = dict(sorted({**plain, "restricted": True}.items()))
    return json_of(plain)


def written_moment(fact: Fact) -> bytes:
    """When a word about a stay was written (EVN-2, else MSH-7; CloudEvents `time`), as bytes; b"" for other facts.

    The same content that was written at another moment is another word: something in between may have undone the first.
    """
    if fact.written_at is None or EVENT_TYPES[fact.kind].model is not TellingFields:
        return b""
    return fact.written_at.astimezone(UTC).isoformat().encode()


def _told(value: Any) -> dict[str, Any]:
    """The fields that are not empty, at any depth, in the order of their names."""
    values = value if isinstance(value, Mapping) else vars(value)
    names = _NAMES.get(type(value)) or sorted(values)
    return {
        name: one if type(one) is str else _plain(one)  # most are text
        for name in names
        if (one := values[name]) or one == 0
    }


def _plain(value: Any) -> Any:
    """The value for JSON. Moments are in UTC."""
    convert = _CONVERTED.get(type(value))
    if convert is not None:
        return convert(value)
    if isinstance(value, str):  # a member of a vocabulary
        return str(value)
    return _told(value)


def _all_plain(values: Sequence[Any]) -> list[Any]:
    return [_plain(value) for value in values]


_CONVERTED: Mapping[type, Callable[[Any], Any]] = {
    str: str,
    int: int,
    float: float,
    bool: bool,
    datetime: lambda moment: moment.astimezone(UTC).isoformat(),
    date: date.isoformat,
    list: _all_plain,
    tuple: _all_plain,
}


def to_json(fact: Fact) -> bytes:
    """The whole fact as JSON. It has personal data: seal it before storing it."""
    return _FACT.dump_json(fact)


def from_json(stored: bytes) -> Fact:
    """The fact that `to_json` wrote. Fields that were added since have their default.

    Raises:
        pydantic.ValidationError: the bytes are not a fact.
    """
    return _FACT.validate_json(stored)
