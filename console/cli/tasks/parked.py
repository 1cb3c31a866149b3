"""Parked records, as tables and sentences."""

from collections.abc import Sequence
from dataclasses import asdict

from rich.console import RenderableType

from console.cli.order import Answer
from console.cli.output import table
from console.connections import Connections
from console.moments import local, stamp
from console.parked import Page, ParkedView, Retried
from events.intake.writes import Taken
from handoff.store.intake.parked import Count, Filter, Parked, ParkedLine


def page(connections: Connections, listed: Page, chosen: Filter) -> Answer:
    """A page of the list."""
    if not listed.records:
        return Answer([], ["No such records are parked." if chosen != Filter() else "Nothing is parked."])
    rows = [
        (str(r.parked_id), local(r.parked_at), r.sender or r.topic, r.code, r.place, r.reason) for r in listed.records
    ]
    shown: list[RenderableType] = [table(("No", "Since", "From", "Code", "Place", "Reason"), rows)]
    if listed.more:
        following = connections.to_type(f"handoff parked list --after {listed.records[-1].parked_id}")
        count = connections.to_type("handoff parked count")
        shown.append(f"{listed.more} more: {following}; by institution and code: {count}")
    return Answer([_content(record) for record in listed.records], shown)


def counts(counted: Sequence[Count]) -> Answer:
    """How many records are parked, by institution and code."""
    if not counted:
        return Answer([], ["Nothing is parked."])
    rows = [(r.sender, r.code, str(r.count), str(r.records), str(r.size), local(r.oldest)) for r in counted]
    content = [{**asdict(count), "oldest": stamp(count.oldest)} for count in counted]
    return Answer(content, [table(("From", "Code", "Parked", "Records", "Bytes", "Since"), rows)])


def one(view: ParkedView) -> Answer:
    """One record, one line for each field."""
    content = {**_content(view.record), "kept": view.kept}
    if view.whole:
        content["headers"] = [[name, None if raw is None else _text(raw)] for name, raw in view.record.headers]
        content["bytes"] = _text(view.record.value)
    return Answer(content, ["\n".join(f"{name}: {value}" for name, value in content.items())])


def taken(record: Taken) -> Answer:
    """A record was tried again and taken."""
    about = f" (case {record.case_id})" if record.case_id else ""
    return Answer({"outcome": record.outcome, "case": record.case_id or None}, [f"Taken: {record.outcome}{about}."])


def retried(records: Retried) -> Answer:
    """How many of the records that were tried again were taken."""
    tried = records.taken + records.refused
    sentence = f"Tried again: {tried}. Taken: {records.taken}. Still parked: {records.refused}."
    return Answer({"taken": records.taken, "refused": records.refused}, [sentence])


def dropped(number: int) -> Answer:
    """How many records were dropped."""
    if not number:
        return Answer({"dropped": 0}, ["No such records are parked. `handoff parked count` shows what is."])
    return Answer({"dropped": number}, [f"Dropped: {number}. Their bytes are deleted."])


def _content(record: Parked | ParkedLine) -> dict[str, object]:
    """A parked record as JSON, without its bytes."""
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
        "parked_at": stamp(record.parked_at),
        "state": record.state,
    }


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
