"""A fault of a reader's own: logged with its stack and without data, counted, ours to mend at once."""

from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from events.intake.context import IntakeContext
from events.intake.dry_run import dry_run
from events.intake.inbox import Inbox
from events.intake.prepared import OursToMend, prepare
from events.readers import InboundRecord, cloudevents
from events.readers.hl7v2 import facts as hl7_facts
from handoff.store import tables
from handoff.store.intake import parked
from handoff.store.vault import Vault
from tests.events.desk import NOW, PROFILE, Desk, notice
from tests.events.readers.told import message

CONTEXT = IntakeContext(Vault(bytes(range(32))), PROFILE, NOW, "b1")
PRIVATE = "김복순"  # in the fault's text, as in that of a KeyError
FAULT = [
    ZeroDivisionError(PRIVATE),
    KeyError(PRIVATE),
    RecursionError(PRIVATE),
    UnicodeDecodeError("x", b"", 0, 1, PRIVATE),
]
Break = Callable[..., None]


def counted(reader: str) -> float:
    return REGISTRY.get_sample_value("handoff_reader_faults_total", {"reader": reader}) or 0.0


@pytest.fixture
def break_reader(monkeypatch: pytest.MonkeyPatch) -> Break:
    """Make all readers raise a fault."""

    def broken(fault: Exception) -> None:
        def fail(*_: Any) -> None:
            private = PRIVATE  # noqa: F841 - a value in a frame
            raise fault

        for reader, name in ((hl7_facts, "read"), (cloudevents, "read_binary"), (cloudevents, "read_structured")):
            monkeypatch.setattr(reader, name, fail)

    return broken


@pytest.mark.parametrize("fault", FAULT, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize(("record", "reader"), [(message(), "hl7v2"), (notice(), "cloudevents")])
def test_the_log_has_the_stack_and_the_error_s_class_and_nothing_of_the_record(
    fault: Exception, record: InboundRecord, reader: str, break_reader: Break
) -> None:
    break_reader(fault)
    with capture_logs() as lines:
        ours = prepare(record, CONTEXT)
    assert isinstance(ours, OursToMend)
    assert (ours.record, ours.error, ours.build) == (record, type(fault).__name__, "b1")
    [line] = lines
    assert (line["event"], line["log_level"], line["reader"]) == ("reader_fault", "error", reader)
    assert line["error"] == type(fault).__name__
    assert line["at"][-1].endswith(" fail")
    assert any(frame.startswith("events/readers/record.py:") for frame in line["at"])
    assert PRIVATE not in repr(line)
    assert "exc_info" not in line


def test_a_process_that_has_no_memory_left_says_nothing_about_the_record(break_reader: Break) -> None:
    break_reader(MemoryError())
    with pytest.raises(MemoryError):
        prepare(message(), CONTEXT)


@pytest.mark.parametrize(
    ("record", "reader", "other"), [(message(), "hl7v2", "cloudevents"), (notice(), "cloudevents", "hl7v2")]
)
def test_faults_are_counted_by_reader(record: InboundRecord, reader: str, other: str, break_reader: Break) -> None:
    before = counted(reader), counted(other)
    break_reader(ZeroDivisionError())
    prepare(record, CONTEXT)
    assert (counted(reader), counted(other)) == (before[0] + 1, before[1])


@pytest.mark.parametrize("record", [message(), notice()], ids=["hl7v2", "cloudevents"])
async def test_a_dry_run_says_that_the_fault_is_ours(record: InboundRecord, break_reader: Break) -> None:
    break_reader(ZeroDivisionError())
    ran = await dry_run(record, PROFILE, NOW)
    assert (ran.outcome, ran.code, ran.told) == ("kept", "ours", ())


async def test_the_record_is_parked_as_ours_at_once_with_a_task_and_without_a_letter(
    desk: Desk, break_reader: Break
) -> None:
    sound = notice(id="n-0")
    await desk.take(sound)
    break_reader(ZeroDivisionError())
    inbox = Inbox(desk.engine, desk.vault, PROFILE, "b1")
    [taken] = await inbox.take([notice(id="n-1")], NOW)
    assert (taken.outcome, taken.code) == ("kept", "ours")
    [row] = await desk.rows(tables.parked)
    assert (row.code, row.build, row.state) == (parked.OURS, "b1", "parked")
    assert [task.kind for task in await desk.rows(tables.tasks)] == ["parked-ours"]
    assert [kind for kind, _ in await desk.letters("gm-hospital")] == ["notice.acknowledged"]


async def test_the_build_that_fails_again_leaves_it_to_the_next_at_once(
    desk: Desk, break_reader: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_reader(ZeroDivisionError())
    await Inbox(desk.engine, desk.vault, PROFILE, "b1").take([notice(id="n-1")], NOW)
    second = Inbox(desk.engine, desk.vault, PROFILE, "b2")
    assert await second.try_again(NOW) == 0
    [row] = await desk.rows(tables.parked)
    assert (row.code, row.build, row.state) == (parked.OURS, "b2", "parked")
    with capture_logs() as lines:
        assert await second.try_again(NOW) == 0
    assert lines == []  # not read again
    monkeypatch.undo()
    assert await Inbox(desk.engine, desk.vault, PROFILE, "b3").try_again(NOW) == 1
    assert len(await desk.rows(tables.cases)) == 1


async def test_a_refused_record_that_we_fail_to_read_again_stays_as_it_is(desk: Desk, break_reader: Break) -> None:
    await desk.take(notice(who={"name": None}))
    [before] = await desk.rows(tables.parked)
    break_reader(ZeroDivisionError())
    taken = await Inbox(desk.engine, desk.vault, PROFILE, "b1").retry(before.parked_id, "kim", NOW)
    assert (taken.outcome, taken.code) == ("kept", "ours")
    [after] = await desk.rows(tables.parked)
    assert (after.code, after.state, after.raw_sealed) == (before.code, "parked", before.raw_sealed)
