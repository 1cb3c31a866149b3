"""Versions of what is known of a person, as JSON that is sealed with the person's key."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from handoff.fact import Person
from handoff.rules.versions import Origin, Version, Versions
from handoff.vocabulary.details import Detail

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENTS = ("written_at", "known_at", "since")
_DAY = "birth_date"


def versions_as_json(versions: Versions) -> dict[str, Any]:
    """As JSON. A notice tells several details: its origin is written once."""
    origins: dict[Origin, int] = {}
    by_detail = {
        str(detail): [
            [_values(one.values), one.first_at.isoformat(), origins.setdefault(one.origin, len(origins))]
            for one in listed
        ]
        for detail, listed in versions.items()
    }
    return {"told": by_detail, "origins": [_origin(origin) for origin in origins]}


def read_versions(stored: Mapping[str, Any]) -> Versions:
    """The versions that `versions_as_json` wrote. A detail that only another build knows is left out."""
    origins = [_read_origin(origin) for origin in stored["origins"]]
    return {
        detail: [
            Version(_read_values(values), datetime.fromisoformat(first_at), origins[number])
            for values, first_at, number in listed
        ]
        for name, listed in stored["told"].items()
        if (detail := Detail.known(name))
    }


def of_an_earlier_build(person: Person, ranks: Mapping[str, Sequence[Any]]) -> Versions:
    """One version of each detail, of an unknown source. `ranks`: what earlier builds kept of phone and address."""
    versions: Versions = {}
    for detail in Detail:
        values = told_values(detail, person)
        if not values:
            continue
        knows, written, correction, message = ranks.get(detail, (1, "", 0, ""))
        moment = datetime.fromisoformat(written) if written else _LONG_AGO
        origin = Origin("", moment, moment, knows=bool(knows), correction=bool(correction), message=message)
        versions[detail] = [Version(values, moment, origin)]
    return versions


def told_values(detail: Detail, person: Person) -> dict[str, Any]:
    """The fields of one detail, if the person has any of them; empty if none."""
    values = {name: getattr(person, name) for name in detail.fields}
    return {} if all(value in ("", None) for value in values.values()) else values


def _values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _read_values(values: Mapping[str, Any]) -> dict[str, Any]:
    day = values.get(_DAY)
    return {**values, **({_DAY: date.fromisoformat(day)} if day else {})}


def _origin(origin: Origin) -> dict[str, Any]:
    default = Origin("", _LONG_AGO, _LONG_AGO)
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in vars(origin).items()
        if value != getattr(default, name) or name in ("written_at", "known_at")
    }


def _read_origin(stored: Mapping[str, Any]) -> Origin:
    moments = {name: datetime.fromisoformat(stored[name]) for name in _MOMENTS if stored.get(name)}
    return Origin(**{"source": "", **stored, **moments})
