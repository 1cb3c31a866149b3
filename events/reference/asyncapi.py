"""The contract as an AsyncAPI 3.0 document, docs/event-contract/asyncapi.yaml.

To write it: `python -m events.reference.asyncapi`.
"""

import json
import re
from pathlib import Path
from typing import Any

import yaml
from pydantic.json_schema import models_json_schema

from events.contract.event_types import EVENT_TYPES, Code, EventType

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "event-contract" / "asyncapi.yaml"
SCHEMAS = "#/components/schemas/"
_SUFFIX = "Fields"

_TITLES = {"from": "Events that an institution sends", "to": "Events that an institution receives"}
_ADT = "adt"


def document() -> dict[str, Any]:
    """The whole contract, in a fixed order."""
    return _published(_document())


def _document() -> dict[str, Any]:
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "discharge handoff",
            "version": "1.0.0",
            "description": "Events between a municipality's handoff engine and its institutions. "
            "CloudEvents 1.0 in Kafka's binary mode, with JSON data. HL7 v2 ADT is read too. "
            "Generated from events/contract/event_types.py: do not edit.",
        },
        "defaultContentType": "application/json",
        "channels": {direction: _channel(direction) for direction in ("from", "to")},
        "operations": {
            "hear": {"action": "receive", "channel": {"$ref": "#/channels/from"}},
            "tell": {"action": "send", "channel": {"$ref": "#/channels/to"}},
        },
        "components": {"messages": _messages(), "schemas": _schemas(), "parameters": _parameters()},
    }


def _channel(direction: str) -> dict[str, Any]:
    names = [str(event_type.kind) for event_type in EVENT_TYPES.values() if event_type.direction == direction]
    return {
        "title": _TITLES[direction],
        "address": f"handoff.{direction}.{{institution}}",
        "parameters": {"institution": {"$ref": "#/components/parameters/institution"}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _with_adt(direction, names)},
        "bindings": {"kafka": {"partitions": 1, "topicConfiguration": {"cleanup.policy": ["delete"]}}},
    }


def _with_adt(direction: str, names: list[str]) -> list[str]:
    return [*names, _ADT] if direction == "from" else names


def _parameters() -> dict[str, Any]:
    return {
        "institution": {
            "description": "Code of the institution in the municipality's profile. Only the institution may write its "
            "`from` topic and read its `to` topic."
        }
    }


def _messages() -> dict[str, Any]:
    adt = {
        "name": _ADT,
        "title": "HL7 v2 ADT^A01, A03, A06, A08, A11, A13 or A31",
        "contentType": "application/hl7-v2",
        "payload": {"type": "string"},
    }
    return {str(event_type.kind): _message(event_type) for event_type in EVENT_TYPES.values()} | {_ADT: adt}


def _message(event_type: EventType) -> dict[str, Any]:
    return {
        "name": str(event_type.kind),
        "summary": (event_type.model.__doc__ or "").split("\n")[0],
        "contentType": "application/json",
        "headers": _headers(event_type),
        "payload": {"$ref": SCHEMAS + event_type.model.__name__},
        "x-roles": list(event_type.roles),
        "x-starts-a-case": event_type.starts,
        "x-handled": event_type.handled,
    }


def _headers(event_type: EventType) -> dict[str, Any]:
    needed = ["ce_specversion", "ce_id", "ce_source", "ce_type"]
    subject = f"Id of the {event_type.subject} that it is about." if event_type.subject else "Id of the case, if known."
    return {
        "type": "object",
        "required": needed if event_type.starts else [*needed, "ce_time"],
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": {"type": "string", "maxLength": 200},
            "ce_source": {"type": "string", "description": "The institution's code, or a URI that ends in it."},
            "ce_type": {"const": str(event_type.kind)},
            "ce_time": {"type": "string", "format": "date-time", "description": "When it occurred."},
            "ce_subject": {"type": "string", "description": subject},
            "ce_answers": {"type": "string", "description": "Id of the event that it answers."},
        },
    }


def _schemas() -> dict[str, Any]:
    from_models = {event_type.model: None for event_type in EVENT_TYPES.values() if event_type.direction == "from"}
    to_models = {event_type.model: None for event_type in EVENT_TYPES.values() if event_type.direction == "to"}
    _, read = models_json_schema([(model, "validation") for model in from_models], ref_template=SCHEMAS + "{model}")
    _, sent = models_json_schema([(model, "serialization") for model in to_models], ref_template=SCHEMAS + "{model}")
    schemas: dict[str, Any] = {**read["$defs"], **sent["$defs"]}
    schemas["NoticeRejected"]["properties"]["code"]["x-codes"] = {
        code.value: {"cause": code.cause, "cure": code.cure} for code in Code
    }
    return dict(sorted(schemas.items()))


def _published(whole: dict[str, Any]) -> dict[str, Any]:
    """The document with its schemas under their published names: `PersonFields` in the code is `Person` there."""
    named = "|".join(name for name in whole["components"]["schemas"] if name.endswith(_SUFFIX))
    published: dict[str, Any] = json.loads(
        re.sub(rf"\b({named})\b", lambda match: match[0][: -len(_SUFFIX)], json.dumps(whole))
    )
    published["components"]["schemas"] = dict(sorted(published["components"]["schemas"].items()))
    return published


def written() -> str:
    """The document as YAML."""
    return yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=120)


if __name__ == "__main__":
    DOCUMENT.parent.mkdir(parents=True, exist_ok=True)
    DOCUMENT.write_text(written(), encoding="utf-8")
