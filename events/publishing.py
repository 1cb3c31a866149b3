"""Turns a file into the record that an institution sends. Bytes and event id stay as they are in the file."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from events.readers.hl7v2.frames import is_message

HL7 = "application/hl7-v2"
JSON = "application/json"
BLANKS = " \t\r\n"


@dataclass(frozen=True)
class Publication:
    """A record for `handoff.from.<institution>`. It has no key."""

    value: bytes
    headers: tuple[tuple[str, bytes], ...]


def publication(file: Path) -> Publication:
    """Read a file as the record to send.

    A structured CloudEvent is sent in binary mode: each attribute becomes a `ce_` header, and the bytes of `data`
    become the value. Any other file is sent unchanged, even a broken one: the engine decides about it. A file is HL7 v2
    by its first bytes, or by its ending `.hl7`.

    Raises:
        OSError: The file cannot be read.
    """
    content, ending = file.read_bytes(), file.suffix.lower()
    if ending == ".hl7" or is_message(content):
        return Publication(content, (("content-type", HL7.encode()),))
    event, text = _event(content)
    if event is None:
        return Publication(content, (("content-type", JSON.encode()),) if ending == ".json" else ())
    return Publication(_data(text), _headers(event))


def _event(content: bytes) -> tuple[dict[str, Any] | None, str]:
    """The structured CloudEvent in these bytes, or None; and the bytes as text."""
    try:
        text = content.decode("utf-8-sig")
        event = json.loads(text)
    except (ValueError, RecursionError):
        return None, ""
    return (event if isinstance(event, dict) and "specversion" in event else None), text


def _headers(event: dict[str, Any]) -> tuple[tuple[str, bytes], ...]:
    content_type = str(event.get("datacontenttype", JSON))
    attributes = {
        f"ce_{name}": value if isinstance(value, str) else json.dumps(value)
        for name, value in event.items()
        if name not in ("data", "datacontenttype") and value is not None
    }
    named = {"content-type": content_type, **attributes}
    return tuple((name, value.encode("utf-8", "surrogatepass")) for name, value in named.items())


def _data(text: str) -> bytes:
    return _member(text, "data").encode("utf-8", "surrogatepass")


def _member(text: str, name: str) -> str:
    """The value of an object's member, letter for letter; "" without it. The text has to be a JSON object."""
    decoder, at, value = json.JSONDecoder(), text.index("{") + 1, ""
    while (at := _next(text, at)) < len(text) and text[at] == '"':
        key, at = decoder.raw_decode(text, at)
        begin = _next(text, _next(text, at) + 1)  # past the colon
        _, end = decoder.raw_decode(text, begin)
        value = text[begin:end] if key == name else value
        at = _next(text, end) + 1  # past the comma
    return value


def _next(text: str, at: int) -> int:
    """The next place without a blank."""
    while at < len(text) and text[at] in BLANKS:
        at += 1
    return at
