"""An institution's two topics on a terminal."""

import sys
from pathlib import Path
from typing import Any

from console.cli.order import Answer
from console.cli.streams import in_json
from console.connections import Connections
from console.institutions.topics import heard_by, publish_files


async def publish(connections: Connections, sender: str, files: list[Path]) -> Answer:
    """Send each file as one record, in order."""
    sent = await publish_files(connections, sender, files)
    return Answer(sent, [f"{each['file']}: {each['topic']}, offset {each['offset']}" for each in sent])


async def listen_as(connections: Connections, institution: str, *, once: bool, as_json: bool) -> Answer:
    """Print what the institution was told, from the beginning of its topic, one event a line.

    Raises:
        UsageError: no such institution, or it has no topic.
        TryAgainError: Kafka cannot be reached.
    """
    heard = []
    async for event in heard_by(connections, institution, once=once):
        heard.append(event)
        line = in_json(event) if as_json else _line(event)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return Answer(heard, [])


def _line(event: dict[str, Any]) -> str:
    data = event["data"] if isinstance(event["data"], dict) else {}
    said = " ".join(str(data[name]) for name in ("status", "code", "place", "reason") if data.get(name))
    told = f"{event.get('type', ''):<20}  {event.get('subject', ''):<18}  {event.get('id', '')}"
    return f"{event.get('time', '')[:19]}Z  {told}  {said}".rstrip()
