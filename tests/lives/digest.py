"""The whole record at the end of a life, in stored words and columns only, and its digest."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from tests.lives.life import Life
from tests.lives.product import letter

# What is named after a milestone, or counts them: told apart, so that a split milestone shows there alone.
NAMES = {
    "cases": ("entries",),
    "timeline": ("seq", "entry_hash"),
    "tasks": ("task_id",),
    "clocks": ("ended_by",),
    "outbox": ("event_id",),
}
LEFT_OUT = {"outbox": ("outbox_id", "payload_sealed")}
ORDER: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "cases": lambda row: row["case_id"],
    "timeline": lambda row: row["seq"],
    "tasks": lambda row: (row["opened_at"], row["kind"], row["subject"], row["closed_at"] is None, row["task_id"]),
    "clocks": lambda row: row["name"],
    "plans": lambda row: row["version"],
    "plan_lines": lambda row: row["line_id"],
    "referrals": lambda row: row["offer_id"],
    "visits": lambda row: (row["line_id"], row["number"]),
    "checks": lambda row: row["check_id"],
    "assessments": lambda row: row["key"],
    "provider_capacities": lambda row: row["provider"],
    "outbox": lambda row: (row["receiver"], row["outbox_id"]),  # in order for each receiver
}
EMPTY: tuple[Any, ...] = (None, "", 0, [], {})


def record(life: Life) -> dict[str, Any]:
    """Every table, the story's own state, what people were answered; `names` holds what is named after milestones."""
    found: dict[str, Any] = {"names": {}}
    for table, order in ORDER.items():
        rows = sorted(life.twin.opened(table), key=order)
        if table == "outbox":
            rows = [_letter(life, row) for row in rows]
        names = NAMES.get(table, ())
        out = (*names, *LEFT_OUT.get(table, ()))
        found["letters" if table == "outbox" else table] = [
            {name: value for name, value in row.items() if name not in out and value not in EMPTY} for row in rows
        ]
        for name in names:
            found["names"][f"{table}.{name}"] = [row[name] for row in rows]
    found["story"], found["page"] = _story(life), _page(life)
    found["answers"] = life.driver.clients.answers
    plain: dict[str, Any] = json.loads(json.dumps(found, ensure_ascii=False, default=_plain))
    return plain


def parts(found: Mapping[str, Any]) -> dict[str, str]:
    """A digest of each part."""
    return {name: _digest(part) for name, part in found.items()}


def whole(found: Mapping[str, Any]) -> str:
    """A digest of everything."""
    return _digest(found)


def _letter(life: Life, row: Mapping[str, Any]) -> dict[str, Any]:
    [person] = life.twin.rows("persons")
    sealed = person["key_sealed"] if row["person_id"] else None
    return {**row, "payload": letter(row["person_id"], sealed, row["payload_sealed"])}


def _story(life: Life) -> dict[str, Any]:
    """What the workflow itself knows; fields that are empty count as not there."""
    driver = life.driver
    return {"state": _told(driver.query("state")), "attributes": driver.attributes, "end": driver.end}


def _page(life: Life) -> str:
    """What Temporal's own page of the case shows."""
    return str(life.driver.query("__temporal_workflow_metadata").get("currentDetails", ""))


def _told(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _told(each) for name, each in value.items() if each not in EMPTY}
    return [_told(each) for each in value] if isinstance(value, list) else value


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"{type(value).__name__} is no stored value")


def _digest(part: Any) -> str:
    return sha256(json.dumps(part, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]
