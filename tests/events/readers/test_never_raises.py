"""Whatever the bytes: a fact or a refusal, with nothing in it that the store cannot take."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from events.contract.event_types import EVENT_TYPES, Code, told
from events.readers import InboundRecord, content, from_json, messages, read, to_json
from handoff.fact import Fact, NoEffect, Unreadable
from tests.events.readers.told import HEADERS, NOW, USUAL, adt

often = settings(max_examples=150)

header_values = st.one_of(
    st.none(), st.binary(max_size=20), st.sampled_from([text.encode() for text in HEADERS.values()])
)
headers = st.lists(st.tuples(st.sampled_from([*HEADERS, "ce_subject", "ce_answers", "x"]), header_values), max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
NAMES = [
    "person",
    "discharge",
    "consent",
    "actor",
    "name",
    "birth_date",
    "phone",
    "reference",
    "discharged_at",
    "died_at",
    "score",
    "found",
    "lines",
    "service",
    "quantity",
    "reason",
    "version",
    "given",
    "units",
]
plausible = st.recursive(json_values, lambda inner: st.dictionaries(st.sampled_from(NAMES), inner, max_size=5))


def check(sent: InboundRecord) -> None:
    for message in messages(sent):
        promised(read(message, NOW))


def promised(read_as: Fact | Unreadable | NoEffect) -> None:
    """The reader's promise about what it returns."""
    if isinstance(read_as, NoEffect):
        assert len(read_as.message_id) <= 200
        return
    if isinstance(read_as, Unreadable):
        assert read_as.code in set(Code)
        assert read_as.reason
        assert read_as.place
        return
    if isinstance(read_as, NoEffect):
        assert read_as.why
        return
    stored = to_json(read_as)
    assert from_json(stored) == read_as
    assert b"\\u0000" not in stored
    assert len(read_as.message_id) <= 200
    assert read_as.occurred_at.tzinfo is not None
    json.dumps(dict(read_as.body))
    content(read_as)
    told(read_as)


@often
@given(st.binary(max_size=400), headers)
def test_any_bytes_are_read_or_refused(value: bytes, sent: list[tuple[str, bytes | None]]) -> None:
    check(InboundRecord("gm-hospital", value, sent))


@often
@given(st.sampled_from(sorted(EVENT_TYPES)), plausible, st.text(max_size=30), st.text(max_size=30))
def test_any_json_under_any_type_is_read_or_refused(kind: str, data: object, name: str, time: str) -> None:
    named = HEADERS | {"ce_type": kind, "ce_id": name, "ce_subject": "C1.1.O1"} | ({"ce_time": time} if time else {})
    encoded = [(each, text.encode("utf-8", "surrogatepass")) for each, text in named.items()]
    check(InboundRecord("gm-hospital", json.dumps(data).encode(), encoded))


@often
@given(st.dictionaries(st.sampled_from(sorted(USUAL)), st.text(alphabet="|^~\\&0129+-.AXYT가\x00 \r", max_size=25)))
def test_any_field_of_a_message_may_hold_anything(fields: dict[str, str]) -> None:
    check(InboundRecord("gm-hospital", adt(**fields)))


@often
@given(st.integers(min_value=0), st.binary(max_size=6), st.sampled_from(["utf-8", "cp949"]))
def test_a_message_may_be_damaged_anywhere(at: int, damage: bytes, charset: str) -> None:
    sound = adt().decode().encode(charset)
    cut = at % len(sound)
    check(InboundRecord("gm-hospital", sound[:cut] + damage + sound[cut + len(damage) :]))
    check(InboundRecord("gm-hospital", sound[:cut]))
