"""Ten thousand hostile records: none breaks a reader, each is answered, and none takes long."""

import json
from itertools import islice
from time import process_time

import pytest

from events.intake.context import IntakeContext
from events.intake.prepared import Ignored, Prepared, Refused, prepare
from events.readers import InboundRecord, messages
from events.readers.fields import fields_read
from handoff.fact import NoEffect
from handoff.store.vault import Vault
from tests.events.desk import PROFILE
from tests.events.readers.hostile import damaged
from tests.events.readers.hostile_large import large
from tests.events.readers.test_never_raises import promised
from tests.events.readers.told import NOW

CONTEXT = IntakeContext(Vault(bytes(range(32))), PROFILE, NOW)
AT_MOST = 0.05  # seconds of CPU time
TRIES = 5  # the least counts: other processes share this machine
REFERENCE = 0.02  # seconds of CPU time that `reference` takes on an idle machine of 2026
OF_MANY = json.dumps({f"k{number}": str(number) for number in range(50_000)})
SMALL, A_PART = 9_200, 460
SIZES = (100_000, 1_000_000)


def seconds(record: InboundRecord) -> float:
    """CPU time in which a record is split, or a message read: the longest of these steps."""
    began = process_time()
    parts = messages(record)
    took = process_time() - began
    for part in islice(parts, 20):
        began = process_time()
        prepare(part, CONTEXT)
        took = max(took, process_time() - began)
    return took


def reference() -> float:
    """CPU time of work that is always the same, and asks as much of the memory as a large record."""
    began = process_time()
    json.loads(OF_MANY)
    return process_time() - began


def paced(record: InboundRecord) -> float:
    """`seconds`, had the machine been idle: a second of a busy core is worth less."""
    before, took, after = reference(), seconds(record), reference()
    return took / max(1.0, min(before, after) / REFERENCE)


def check(record: InboundRecord, name: str) -> None:
    """The record is answered as promised, and in time."""
    for part in islice(messages(record), 20):
        match prepare(part, CONTEXT):
            case Prepared(fact=fact):
                promised(fact)
            case Refused(why=why):
                promised(why)
            case Ignored(message_id=message_id):
                promised(NoEffect(message_id))
            case fault:
                pytest.fail(f"{name}: {fault}")
    if (took := seconds(record)) > AT_MOST:
        took = min(paced(record) for _ in range(TRIES))
    assert took <= AT_MOST, f"{name}: {took * 1000:.0f} ms"


@pytest.mark.parametrize("first", range(0, SMALL, A_PART))
def test_a_damaged_record_is_read_or_refused(first: int) -> None:
    for seed in range(first, first + A_PART):
        check(damaged(seed), f"damaged({seed})")


@pytest.mark.parametrize("size", SIZES)
def test_a_large_record_that_is_made_to_be_slow_is_answered_in_time(size: int) -> None:
    for name, record in large(size):
        check(record, name)


def test_there_are_ten_thousand() -> None:
    assert SMALL + len(SIZES) * sum(1 for _ in large(1000)) >= 10_000


def test_what_a_damaged_record_says_is_shown_field_by_field() -> None:
    for seed in range(0, SMALL, 10):
        for part in messages(damaged(seed)):
            match prepare(part, CONTEXT):
                case Prepared(fact=result) | Refused(why=result):
                    fields_read(part, result, NOW)
