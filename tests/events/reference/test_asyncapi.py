from typing import Any

import jsonschema
import pytest
import yaml

from events.contract.event_types import EVENT_TYPES
from events.reference.asyncapi import DOCUMENT, document, written


def test_the_document_is_in_step_with_the_contract() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == written(), "run: python -m events.reference.asyncapi"


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [each for value in node.values() for each in _references(value)]
    return [each for value in node for each in _references(value)] if isinstance(node, list) else []


def test_every_reference_in_the_document_leads_somewhere() -> None:
    whole = yaml.safe_load(written())
    for reference in _references(whole):
        node = whole
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def test_every_event_is_on_its_channel() -> None:
    channels = document()["channels"]
    for kind, each in EVENT_TYPES.items():
        assert kind in channels[each.direction]["messages"]


@pytest.mark.parametrize(
    ("schema", "data", "valid"),
    [
        ("Telling", {"person": {"name": "한소망"}, "ward": 3}, True),
        ("Telling", {"person": "한소망"}, False),
        ("ReferralDeclined", {"reason": "no-capacity"}, True),
        ("NoticeAcknowledged", {"message_id": "m-1", "status": "lost"}, False),
    ],
)  # fmt: skip
def test_the_schemas_tell_right_from_wrong(schema: str, data: dict[str, Any], *, valid: bool) -> None:
    whole = document()
    validator = jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{schema}", **whole})
    assert validator.is_valid(data) is valid
