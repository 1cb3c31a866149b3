"""Parked records, as tables and sentences."""

from collections.abc import Sequence
from dataclasses import asdict

from rich.console import RenderableType

from console.cli.order import Answer
from console.cli.output import table
from console.connections import Connections
from console.moments import local
from console.parked import Page, ParkedView, Retried
from events.intake.writes import Taken
from handoff.store.intake.parked import Count, Filter, Parked, ParkedLine


def page(connections: Connections, found: Page, wanted: Filter) -> Answer:
    """A page of the list."""
    if not found.records:
        return Answer([], ["Nothing of this kind is parked." if wanted != Filter() else "Nothing is parked."])
    rows = [
        (str(r.parked_id), local(r.parked_at), r.sender or r.topic, r.code, r.place, r.reason) for r in found.records
    ]
    shown: list[RenderableType] = [table(("No", "Since", "From", "Code", "Place", "Reason"), rows)]
    if found.more:
        following = connections.to_type(f"handoff parked list --after {found.records[-1].parked_id}")
        count = connections.to_type("handoff parked count")
        shown.append(f"{found.more} more: {following}; by institution and code: {count}")
    return Answer([_content(record) for record in found.records], shown)


def counts(found: Sequence[Count]) -> Answer:
    """What is parked, by institution and code."""
    if not found:
        return Answer([], ["Nothing is parked."])
    rows = [(r.sender, r.code, str(r.count), str(r.records), str(r.size), local(r.oldest)) for r in found]
    content = [{**asdict(each), "oldest": each.oldest.isoformat()} for each in found]
    return Answer(content, [table(("From", "Code", "Parked", "Records", "Bytes", "Since"), rows)])


def one(view: ParkedView) -> Answer:
    """One record, a line a field."""
    content = {**_content(view.record), "kept": view.kept}
    if view.whole:
        content["headers"] = [[name, None if raw is None else _text(raw)] for name, raw in view.record.headers]
        content["bytes"] = _text(view.record.value)
    return Answer(content, ["\n".join(f"{name}: {value}" for name, value in content.items())])


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


def _content(record: Parked | ParkedLine) -> dict[str, object]:
    """A parked record as JSON has it, without its bytes."""
    return {
        "number": record.parked_id,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "last_offset": record.last_offset,
        "records": record.records,
        "sender": record.sender,
        "code": record.code,
        "reason": record.reason,
        "place": record.place,
        "size": record.size,
        "parked_at": record.parked_at.isoformat(),
        "state": record.state,
    }


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
