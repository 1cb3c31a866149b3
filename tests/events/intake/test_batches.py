"""A record of several HL7 messages on a real database: one transaction, an index each, nothing twice."""

import asyncio

import pytest

from events.intake.inbox import Inbox
from events.readers import InboundRecord
from events.readers.hl7v2 import facts as hl7_facts
from handoff.store import tables
from handoff.store.intake import offsets
from tests.events.desk import NOW, PROFILE, Desk
from tests.events.intake.doors import turn_away
from tests.events.readers.told import adt

HOSPITAL = "gm-hospital"
TOPIC = f"handoff.from.{HOSPITAL}"


def notice(number: int, **fields: str) -> bytes:
    """A discharge of one of several people."""
    person = {"name": f"한소망{number}^^^^^^L", "numbers": f"{number:08}^^^GMH^MR", "phone": f"010-0000-1{number:03}"}
    visit = {"control": f"C-{number}", "visit": f"V-{number}", "sent": "20260504103000+0900"}
    moments = {"recorded": "202605041005", "admitted": "202604201000", "discharged": "202605041000"}
    return adt(**{**person, **visit, **moments, **fields})


def batch(*messages: bytes, offset: int = 7) -> InboundRecord:
    value = b"FHS|^~\\&|HIS\rBHS|^~\\&|HIS\r" + b"".join(messages) + f"BTS|{len(messages)}\rFTS|1\r".encode()
    return InboundRecord(HOSPITAL, value, (), TOPIC, 0, offset, "t-1", due=0 if offset == 7 else offset)


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    """A desk that reads the hospital's topic from the beginning."""
    async with desk.engine.begin() as conn:
        await offsets.due(conn, TOPIC, "t-1", 0)
    return desk


async def test_each_message_is_taken_under_its_index_and_the_offset_moves_once(desk: Desk) -> None:
    taken = await desk.take(batch(notice(1), notice(2), notice(1, trigger="A13", control="C-3")))
    assert [result.outcome for result in taken] == ["opened", "opened", "entered"]
    rows = await desk.rows(tables.facts)
    assert sorted((row.offset, row.index_in_record, row.message_id) for row in rows) == [
        (7, 0, "C-1"),
        (7, 1, "C-2"),
        (7, 2, "C-3"),
    ]
    [due] = await desk.rows(tables.offsets_due)
    assert due.next_offset == 8
    letters = [letter for kind, letter in await desk.letters(HOSPITAL) if kind == "notice.acknowledged"]
    assert {(letter["message_id"], letter["offset"], letter["index"]) for letter in letters} == {
        ("C-1", 7, 0),
        ("C-2", 7, 1),
    }


async def test_what_was_read_ahead_is_taken_as_it_was_read(desk: Desk) -> None:
    records = [batch(notice(1), notice(2), offset=7), batch(notice(3), offset=8)]
    read = await desk.inbox.read(records, NOW)
    taken = await desk.inbox.take(records, NOW, read)
    assert [result.outcome for result in taken] == ["opened"] * 3


async def test_while_a_large_batch_is_read_others_have_a_turn_every_fifty_messages(desk: Desk) -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    waiting = asyncio.create_task(other())
    assert len(await desk.inbox.read([batch(*[notice(1)] * 120), batch(*[notice(2)] * 120)], NOW)) == 240
    waiting.cancel()
    assert turns >= 5


@pytest.mark.parametrize("bad", [0, 1, 2])
async def test_a_bad_message_is_refused_alone_under_its_own_index(desk: Desk, bad: int) -> None:
    messages = [notice(number, **({"name": ""} if number == bad else {})) for number in range(3)]
    taken = await desk.take(batch(*messages))
    assert [result.outcome for result in taken] == ["rejected" if number == bad else "opened" for number in range(3)]
    [parked] = await desk.rows(tables.parked)
    assert (parked.offset, parked.index_in_record, parked.size) == (7, bad, len(messages[bad]))
    [letter] = [letter for kind, letter in await desk.letters(HOSPITAL) if kind == "notice.rejected"]
    assert (letter["message_id"], letter["offset"], letter["index"]) == (f"C-{bad}", 7, bad)
    assert (letter["code"], letter["place"]) == ("name-missing", "PID-5")


async def test_messages_that_are_refused_for_the_same_reason_get_an_answer_each(desk: Desk) -> None:
    nameless = notice(1, name="")
    await desk.take(batch(nameless, nameless, nameless))
    assert [row.index_in_record for row in await desk.rows(tables.parked)] == [0, 1, 2]
    letters = [letter for kind, letter in await desk.letters(HOSPITAL) if kind == "notice.rejected"]
    assert sorted(letter["index"] for letter in letters) == [0, 1, 2]


async def test_messages_that_are_ours_to_mend_get_a_task_each(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hl7_facts, "read", lambda *_: 1 / 0)
    await desk.take(batch(notice(1), notice(1), notice(1)))
    numbers = {str(row.parked_id) for row in await desk.rows(tables.parked)}
    assert {row.subject for row in await desk.rows(tables.tasks)} == numbers
    assert len(numbers) == 3


async def test_a_batch_that_is_sent_again_doubles_nothing(desk: Desk) -> None:
    messages = [notice(number) for number in range(3)]
    await desk.take(batch(*messages))
    again = await desk.take(batch(*messages, offset=8))
    overlapping = await desk.take(batch(messages[2], messages[2], notice(4), offset=9))
    assert [result.outcome for result in again] == ["resent"] * 3
    assert [result.outcome for result in overlapping] == ["resent", "resent", "opened"]
    assert len(await desk.rows(tables.cases)) == 4


async def test_a_batch_that_is_read_again_from_its_topic_was_taken_before(desk: Desk) -> None:
    record = batch(notice(1), notice(2, name=""), notice(3))
    await desk.take(record)
    async with desk.engine.begin() as conn:
        await offsets.read_again(conn, ("t-1", 0), 0)
    again = await desk.take(record)
    assert [result.outcome for result in again] == ["resent", "rejected", "resent"]
    assert (len(await desk.rows(tables.facts)), len(await desk.rows(tables.parked))) == (2, 1)
    assert len([1 for kind, _ in await desk.letters(HOSPITAL) if kind == "notice.rejected"]) == 1


async def test_a_batch_without_a_message_is_parked_and_told_once(desk: Desk) -> None:
    [taken] = await desk.take(batch())
    assert (taken.outcome, taken.code) == ("rejected", "unreadable")
    assert "batch without a message" in taken.reason
    [parked] = await desk.rows(tables.parked)
    assert parked.index_in_record == 0


async def test_a_message_that_was_parked_out_of_a_batch_is_tried_again_alone(desk: Desk) -> None:
    [_, refused] = await desk.take(batch(notice(1), notice(2, name="")))
    assert refused.outcome == "rejected"
    [parked] = await desk.rows(tables.parked)
    again = await desk.inbox.retry(parked.parked_id, "kim", NOW)
    assert (again.outcome, again.code) == ("rejected", "name-missing")
    assert len(await desk.rows(tables.parked)) == 1
    assert len(await desk.rows(tables.cases)) == 1


async def test_a_batch_that_was_parked_whole_is_tried_again_message_by_message(desk: Desk) -> None:
    await desk.inbox.keep_to_mend(batch(notice(1), notice(2, name=""), notice(3)), "ZeroDivisionError", NOW)
    [whole] = await desk.rows(tables.parked)
    assert await Inbox(desk.engine, desk.vault, PROFILE, "b2").try_again(NOW) == 1
    states = {row.parked_id: (row.code, row.state, row.index_in_record) for row in await desk.rows(tables.parked)}
    assert states.pop(whole.parked_id) == ("ours", "retried", 0)
    assert list(states.values()) == [("name-missing", "parked", 1)]
    assert sorted(row.index_in_record for row in await desk.rows(tables.facts)) == [0, 2]


async def test_a_message_that_a_reader_fails_of_is_ours_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = hl7_facts.read

    def failing(value: bytes, *rest: object) -> object:
        if b"C-2|" in value:
            raise ZeroDivisionError
        return sound(value, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(hl7_facts, "read", failing)
    taken = await Inbox(desk.engine, desk.vault, PROFILE, "b1").take([batch(notice(1), notice(2), notice(3))], NOW)
    assert [result.outcome for result in taken] == ["opened", "kept", "opened"]
    [parked] = await desk.rows(tables.parked)
    assert (parked.code, parked.build, parked.index_in_record) == ("ours", "b1", 1)
    monkeypatch.undo()
    assert await Inbox(desk.engine, desk.vault, PROFILE, "b2").try_again(NOW) == 1
    assert sorted(row.index_in_record for row in await desk.rows(tables.facts)) == [0, 1, 2]


async def test_the_second_answer_names_the_place_of_the_record_too(desk: Desk) -> None:
    taken = await desk.take(batch(notice(1), notice(2, control="", born="19880302")))
    assert [result.outcome for result in taken] == ["opened", "at-door"]
    [number] = [row.fact_id for row in await desk.rows(tables.facts) if row.state == "at-door"]
    await turn_away(desk, number)
    [rejected] = [letter for kind, letter in await desk.letters(HOSPITAL) if kind == "notice.rejected"]
    assert (rejected["message_id"], rejected["offset"], rejected["index"], rejected["settled"]) == ("", 7, 1, True)
