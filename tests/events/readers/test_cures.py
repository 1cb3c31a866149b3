"""What cannot be read is refused by the name of the mistake, with the sender's id and the place."""

import json
import re
from collections.abc import Mapping
from time import process_time
from typing import Any

import pytest

from events.readers import InboundRecord
from tests.events.readers.told import refusal_of

DATA = {
    "person": {"name": "김복순", "birth_date": "1948-03-02"},
    "discharge": {"discharged_at": "2026-11-22T10:00:00+09:00"},
}
ATTRIBUTES = {
    "specversion": "1.0",
    "id": "x-1",
    "source": "gm-hospital",
    "type": "discharge.notified",
    "time": "2026-11-22T10:00:00+09:00",
}


def structured(**changes: Any) -> InboundRecord:
    return sent({**ATTRIBUTES, "data": DATA, **changes})


def binary(data: Any, prefix: str = "ce_") -> InboundRecord:
    return sent(data, {f"{prefix}{name}": text for name, text in ATTRIBUTES.items()})


def sent(value: Any, headers: Mapping[str, str] | None = None) -> InboundRecord:
    body = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return InboundRecord("gm-hospital", body, [(name, text.encode()) for name, text in (headers or {}).items()])


def with_date(place: str, value: Any) -> dict[str, Any]:
    part, name = place.split("/")
    return {**DATA, part: {**DATA[part], name: value}}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"type": "nonsense"}, "/type"),
        ({"data": {"person": {"name": 3}}}, "/person/name"),
        ({"source": "somebody"}, "/source"),
        ({"time": 20261122}, "/time"),
    ],
)
def test_a_structured_event_that_is_refused_is_named_by_its_id(changes: dict[str, Any], place: str) -> None:
    refusal = refusal_of(structured(**changes))
    assert (refusal.message_id, refusal.place) == ("x-1", place)


def test_a_number_as_id_is_told_and_named() -> None:
    refusal = refusal_of(structured(id=17))
    assert (refusal.code, refusal.place, refusal.message_id) == ("field-invalid", "/id", "17")
    assert refusal.reason.startswith("An attribute has to be text")


def test_a_whole_event_beside_headers_of_one_is_told_as_such() -> None:
    refusal = refusal_of(binary({**ATTRIBUTES, "data": DATA}))
    assert (refusal.code, refusal.place, refusal.message_id) == ("field-invalid", "/specversion", "x-1")
    assert refusal.reason.startswith("The value is a whole CloudEvent")


@pytest.mark.parametrize("prefix", ["ce-", "Ce-", "CE-"])
def test_headers_spelt_as_http_has_them_are_told_as_such(prefix: str) -> None:
    refusal = refusal_of(binary(DATA, prefix))
    assert (refusal.code, refusal.place, refusal.message_id) == ("field-invalid", "ce-id", "x-1")
    assert "`ce_id`" in refusal.reason


@pytest.mark.parametrize("place", ["discharge/discharged_at", "discharge/admitted_at", "person/birth_date"])
@pytest.mark.parametrize("value", [0, 20261122, 1700000000, 1.5, -1, True, "20261122", " 1700000000 ", "0"])
def test_a_number_is_no_moment_and_no_day(place: str, value: Any) -> None:
    refusal = refusal_of(binary(with_date(place, value)))
    assert (refusal.code, refusal.place, refusal.message_id) == ("date-senseless", f"/{place}", "x-1")
    assert "2026-11-22" in refusal.reason


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (b'[{"specversion": "1.0"}]', "This is a batch, an array of events"),
        (b"\xef\xbb\xbfFHS|^~\\&|A\rBHS|^~\\&|A\rBTS|0\rFTS|1\r", "This is an HL7 batch without a message"),
        (b"BHS|^~\\&|A\nBTS|0", "This is an HL7 batch without a message"),
        (b"BTS|0\r", "This is an HL7 batch without a message"),
        (b"PID|1||123", "This is a line of an HL7 message"),
        (b"ZBE|1", "This is a line of an HL7 message"),
        (b'  "name": "\xea\xb9\x80",', "This is a line of a JSON event"),
        (b"}", "This is a line of a JSON event"),
        (b'{"specversion": "1.0",', "The JSON ends too early. Perhaps a file was split into lines."),
        (b"{nonsense}", "The data is not JSON in UTF-8"),
        (b"hello", "The bytes are neither"),
    ],
)
def test_a_batch_or_a_part_is_told_as_such(value: bytes, says: str) -> None:
    refusal = refusal_of(sent(value))
    assert (refusal.code, refusal.reason.startswith(says)) == ("unreadable", True), refusal.reason


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"person": {"Name": "김복순"}}, "1 name in it is not in the contract; perhaps you mean /person/name."),
        ({"patient": DATA["person"]}, "1 name in it is not in the contract."),
        (
            {"person": {"fullName": "김복순", "birthday": "1948-03-02"}},
            "2 names in it are not in the contract; perhaps you mean /person/birth_date.",
        ),
        ({**with_date("person/birth_date", 3), "dischargedAt": 1}, "perhaps you mean /discharge/discharged_at."),
        (with_date("person/birth_date", 3) | {"KimBoksoon": "x", "M1234": 1, "김복순": 1}, "3 names in it"),
        (DATA | {"person": {**DATA["person"], "name": 3, "boksoon": "x"}}, "1 name in it is not in the contract."),
        (with_date("person/birth_date", 3), None),
    ],
)
def test_names_that_the_contract_does_not_have_are_counted_and_what_was_meant_is_named(
    data: Any, says: str | None
) -> None:
    for refusal in (refusal_of(structured(data=data)), refusal_of(binary(data))):
        assert ("not in the contract" in refusal.reason) == (says is not None)
        assert (says or "") in refusal.reason
        assert not re.search("김|boksoon|M1234|fullName", refusal.reason, re.IGNORECASE)


def test_a_record_full_of_unknown_names_is_refused_at_once() -> None:
    full = with_date("person/birth_date", 3) | {f"dischargedat{each}": each for each in range(30_000)}
    began = process_time()
    assert "30000 names in it" in refusal_of(binary(full)).reason
    assert process_time() - began < 5.0  # looking at each for what was meant took half a minute
