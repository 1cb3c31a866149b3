"""An institution's two topics, for a terminal."""

import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from console.cli.order import Answer
from console.cli.streams import in_json
from console.connections import Connections
from console.institutions.topics import Heard, heard_by, publish_files
from handoff.timezone import KST


async def publish(connections: Connections, sender: str, files: list[Path]) -> Answer:
    """Send each file as one record, in order."""
    sent = await publish_files(connections, sender, files)
    lines = [f"{record.file}: {record.topic}, offset {record.offset}" for record in sent]
    return Answer([asdict(record) for record in sent], lines)


async def listen_as(connections: Connections, institution: str, *, once: bool, as_json: bool) -> Answer:
    """Print the institution's answers from the beginning of its topic, one event per line.

    Raises:
        UsageError: no such institution, or it has no topic.
        TryAgainError: Kafka cannot be reached.
    """
    heard = []
    async for event in heard_by(connections, institution, once=once):
        heard.append(_content(event))
        line = in_json(heard[-1]) if as_json else _line(event)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return Answer(heard, [])


def _content(event: Heard) -> dict[str, object]:
    """An event as JSON: its own attributes, and its place on the topic."""
    ours = {"offset": event.offset, "key": event.key}
    return {**ours, **event.attributes, "data": event.data, "sha256": event.sha256}


def _local(moment: str) -> str:
    """An event's time in Korea, to the second; as it is if it is no moment."""
    try:
        return f"{datetime.fromisoformat(moment).astimezone(KST):%Y-%m-%d %H:%M:%S}"
    except ValueError:
        return moment


def _line(event: Heard) -> str:
    data = event.data if isinstance(event.data, dict) else {}
    details = " ".join(str(data[name]) for name in ("status", "code", "place", "reason") if data.get(name))
    moment, kind, subject, name = (
        event.attributes.get(attribute, "") for attribute in ("time", "type", "subject", "id")
    )
    return f"{_local(moment)}  {kind:<20}  {subject:<18}  {name}  {details}".rstrip()
