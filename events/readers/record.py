"""Reads one record of an institution's topic with the reader for its form."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from events.contract.codes import Code
from events.readers import cloudevents
from events.readers.hl7v2 import facts, frames
from events.readers.inbound import InboundRecord
from events.readers.meaning import with_meaning
from events.readers.refusal import RecordRefusedError
from handoff.fact import Fact, NoEffect, Unreadable
from handoff.profile.register import USUAL, Habits

LARGEST = 1024 * 1024  # bytes; about the same as Kafka's default limit
TOO_FAR, TOO_MANY = f"byte {LARGEST + 1}", "headers"  # places of what is too large
WHOLE = "record"  # the place of what is wrong with the record as a whole
HEADERS = (
    "content-type",
    *(f"ce_{name}" for name in ("specversion", "id", "source", "type", "time", "subject", "answers")),
)
_AS_IN_HTTP = {name.replace("_", "-") for name in HEADERS if name.startswith("ce_")}
# Likely mistakes behind records that are neither an event nor a message.
_OTHERWISE = (
    (re.compile(rb"\["), "This is a batch, an array of events: send each as a record of its own."),
    (re.compile(rb"[A-Z][A-Z0-9]{2}\|"), "This is a line of an HL7 message: send the message whole, in one record."),
    (re.compile(rb"[\"}\]]"), "This is a line of a JSON event: send the event whole, in one record."),
)


def messages(record: InboundRecord) -> Sequence[InboundRecord]:
    """The messages of a record, each as a record with its own index of the place: an HL7 batch holds several.

    A record without messages, or with too many, is returned as it is: `read` says what is wrong with it.
    """
    value = record.value or b""
    if record.unread or record.cut or len(value) > LARGEST or not frames.is_message(value):
        return (record,)
    try:
        texts = frames.messages(value)
    except RecordRefusedError:
        return (record,)
    if len(texts) == 1:
        return (record,) if texts[0] is value else (replace(record, value=texts[0]),)
    return [replace(record, value=text, index=number) for number, text in enumerate(texts)] or (record,)


def form(record: InboundRecord) -> str:
    """The reader that reads a record, as `Fact.form` names it."""
    content_types = [value for name, value in record.headers if name.lower() == "content-type"]
    is_message = frames.is_message(record.value or b"") or any(b"hl7-v2" in (value or b"") for value in content_types)
    return "hl7v2" if is_message else "cloudevents"


def read(record: InboundRecord, known_at: datetime, habits: Habits = USUAL) -> Fact | Unreadable | NoEffect:
    """Read one record, in any form.

    Args:
        record: the record, with the institution on whose topic it came.
        known_at: when we received it, aware. Later moments lie in the future.
        habits: what is peculiar to the institution's messages.

    Returns:
        The fact with its doubts; or what is wrong with the record: then it is parked, and its sender is told; or that
        it changes nothing.

    Raises:
        Exception: our own fault. Do not tell the sender that its record is unreadable.
    """
    try:
        headers = _headers(record)
    except RecordRefusedError as refused:
        return refused.told()
    try:
        fact = _read(record, headers, known_at, habits)
        return with_meaning(fact, habits.dispositions) if isinstance(fact, Fact) else fact
    except RecordRefusedError as refused:
        return refused.told(cloudevents.message_id(headers))


def _read(
    record: InboundRecord, headers: Mapping[str, str], known_at: datetime, habits: Habits
) -> Fact | Unreadable | NoEffect:
    value = record.value or b""
    _spelt_as_on_kafka(record, headers)
    if record.cut or len(value) > LARGEST:
        raise RecordRefusedError(Code.TOO_LARGE, place=record.cut.place if record.cut else TOO_FAR)
    if frames.is_message(value) or "hl7-v2" in headers.get("content-type", ""):
        return facts.read(frames.only_message(value), record.institution, known_at, habits)
    if any(name.startswith("ce_") for name in headers):
        return cloudevents.read_binary(headers, value, record.institution, known_at)
    if value[:64].lstrip(frames.BEFORE_TEXT).startswith(b"{"):
        return cloudevents.read_structured(value, record.institution, known_at)
    text = value.lstrip(frames.BEFORE_TEXT)
    says = next((says for form, says in _OTHERWISE if form.match(text)), "")
    raise RecordRefusedError(Code.UNREADABLE, says, f"byte {len(value) - len(text) + 1}" if text else WHOLE)


def _spelt_as_on_kafka(record: InboundRecord, headers: Mapping[str, str]) -> None:
    """Refuse a record whose attributes are in headers with HTTP's names, which are not read on Kafka.

    Raises:
        RecordRefusedError: it has such headers.
    """
    if any(name.startswith("ce_") for name in headers):
        return
    spelt = {name.lower(): value for name, value in record.headers if name.lower() in _AS_IN_HTTP}
    if spelt:
        says = "The headers have HTTP's names. On Kafka a CloudEvent's headers begin with `ce_`, such as `ce_id`."
        message_id = (spelt.get("ce-id") or b"").decode(errors="replace")
        raise RecordRefusedError(Code.FIELD_INVALID, says, min(spelt), cloudevents.message_id({"ce_id": message_id}))


def _headers(record: InboundRecord) -> dict[str, str]:
    """The headers that we read, with names in lower case. If a name occurs twice, the last counts.

    The `cloudevents` library decodes headers too. But it raises UnicodeDecodeError without naming the header, and gives
    an event without an id a random one, so that a resend could not be recognised.
    """
    headers: dict[str, str] = {}
    for name, value in record.headers:
        if name.lower() not in HEADERS:
            continue
        try:
            if value is None:
                raise RecordRefusedError(Code.HEADER_NOT_UTF8, place=name)
            headers[name.lower()] = value.decode()
        except UnicodeDecodeError:
            raise RecordRefusedError(Code.HEADER_NOT_UTF8, place=name) from None
    return headers
