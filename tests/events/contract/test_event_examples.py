"""One example for every event that an institution can send."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from events.contract.event_types import EVENT_TYPES
from events.publishing import publication
from events.readers import InboundRecord, read
from events.readers.fields import fields_read
from events.readers.hl7v2.triggers import ACTING, Trigger
from handoff.fact import Fact
from handoff.profile.load import load
from handoff.rules import plausibility

EXAMPLES = Path(__file__).parents[3] / "examples"
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
SENT = [each for each in EVENT_TYPES.values() if each.direction == "from" and each.handled]
JSON, HL7 = EXAMPLES / "events", EXAMPLES / "hl7"


def test_there_is_an_example_of_every_event_and_of_nothing_else() -> None:
    assert {file.stem for file in JSON.iterdir()} == {each.kind for each in SENT}
    assert {file.name for file in HL7.iterdir()} == {f"adt-{trigger.lower()}.hl7" for trigger in ACTING}


@pytest.mark.parametrize("kind", [each.kind for each in SENT])
def test_an_example_event_is_read_whole_and_without_a_doubt(kind: str) -> None:
    event = json.loads((JSON / f"{kind}.json").read_text(encoding="utf-8"))
    sender = event["source"].rpartition(":")[2]
    body = load("gwangmyeong").institution(sender)
    assert body is not None
    assert body.role in EVENT_TYPES[kind].roles
    sent = publication(JSON / f"{kind}.json")
    record = InboundRecord(sender, sent.value, sent.headers)
    fact = read(record, NOW)
    assert isinstance(fact, Fact), fact
    assert (fact.kind, fact.message_id, fact.doubts) == (kind, event["id"], ())
    assert plausibility.doubts(fact.discharge, fact.person, NOW) == ()
    assert bool(fact.subject) == (EVENT_TYPES[kind].subject not in ("", "case") or "subject" in event)
    understood = fields_read(record, fact, NOW)
    assert understood.unread == ()
    assert [each.ours for each in understood.fields if not each.read] == []


@pytest.mark.parametrize("trigger", ACTING)
def test_an_example_message_is_read_without_a_doubt(trigger: Trigger) -> None:
    value = (HL7 / f"adt-{trigger.lower()}.hl7").read_bytes()
    assert b"\n" not in value, "HL7 ends its lines with CR"
    fact = read(InboundRecord("gm-hospital", value), NOW)
    assert isinstance(fact, Fact), fact
    assert (fact.kind, fact.doubts) == (trigger.kind, ())
    assert fact.reference
    assert plausibility.doubts(fact.discharge, fact.person, NOW) == ()
