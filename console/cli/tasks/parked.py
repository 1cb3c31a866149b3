"""Parked records, as tables and sentences."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from console.cli.order import Answer
from console.cli.output import table
from console.connections import Connections
from console.moments import local
from console.parked import Page, Retried, content_of
from events.intake.writes import Taken
from handoff.store.intake.parked import Count, Filter


def page(connections: Connections, found: Page, wanted: Filter) -> Answer:
    """A page of the list."""
    if not found.records:
        return Answer([], ["Nothing of this kind is parked." if wanted != Filter() else "Nothing is parked."])
    rows = [
        (str(r.parked_id), local(r.parked_at), r.sender or r.topic, r.code, r.place, r.reason) for r in found.records
    ]
    shown: list[Any] = [table(("No", "Since", "From", "Code", "Place", "Reason"), rows)]
    if found.more:
        following = connections.to_type(f"handoff parked list --after {found.records[-1].parked_id}")
        count = connections.to_type("handoff parked count")
        shown.append(f"{found.more} more: {following}; by institution and code: {count}")
    return Answer([content_of(record) for record in found.records], shown)


def counts(found: Sequence[Count]) -> Answer:
    """What is parked, by institution and code."""
    if not found:
        return Answer([], ["Nothing is parked."])
    rows = [(r.sender, r.code, str(r.count), str(r.records), str(r.size), local(r.oldest)) for r in found]
    content = [{**asdict(each), "oldest": each.oldest.isoformat()} for each in found]
    return Answer(content, [table(("From", "Code", "Parked", "Records", "Bytes", "Since"), rows)])


def one(record: dict[str, Any]) -> Answer:
    """One record, a line a field."""
    return Answer(record, ["\n".join(f"{name}: {value}" for name, value in record.items())])


def taken(record: Taken) -> Answer:
    """A record that was tried again was taken."""
    about = f" (case {record.case_id})" if record.case_id else ""
    return Answer({"outcome": record.outcome, "case": record.case_id or None}, [f"Taken: {record.outcome}{about}."])


def retried(records: Retried) -> Answer:
    """How it went with all that were tried again."""
    tried = records.taken + records.refused
    said = f"Tried again: {tried}. Taken: {records.taken}; still parked: {records.refused}."
    return Answer({"taken": records.taken, "refused": records.refused}, [said])


def dropped(number: int) -> Answer:
    """How many were given up."""
    if not number:
        return Answer({"dropped": 0}, ["Nothing of this kind is parked: `handoff parked count` has what is."])
    return Answer({"dropped": number}, [f"Dropped: {number}; their bytes are deleted."])
