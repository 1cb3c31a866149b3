import asyncio

from sqlalchemy import text

from events.relay import ERASED, Relay
from handoff.store import tables
from handoff.store.engine import OUTBOX, connect, listening
from handoff.store.intake.tasks import LETTER_UNDELIVERABLE
from handoff.store.outbox import Letter
from handoff.worklist.task_kinds import DUTY_OFFICER
from tests.events.desk import NOW, PROFILE, Desk, notice
from tests.events.letters import Line, header, letter, put, said, sending
from tests.proxy import FaultProxy


async def test_letters_arrive_as_cloudevents_in_the_order_of_the_case(desk: Desk, line: Line, relay: Relay) -> None:
    ids = await put(desk, *(letter(line.names["a"], number) for number in range(300)))
    async with sending(relay):
        records = await line.read(line.names["a"], 300)
    assert [said(record)["number"] for record in records] == list(range(300))
    assert [header(record, "ce_id") for record in records] == ids
    assert {record.key for record in records} == {b"C1"}
    first = {name: value.decode() for name, value in records[0].headers}
    assert first == {
        "ce_specversion": "1.0",
        "ce_id": ids[0],
        "ce_type": "referral.offered",
        "ce_source": "urn:handoff:gwangmyeong",
        "ce_time": "2026-05-04T12:00:00+09:00",
        "ce_subject": "C1.1",
        "content-type": "application/json",
    }


async def test_a_letter_written_twice_is_sent_once(desk: Desk, line: Line, relay: Relay) -> None:
    [first] = await put(desk, letter(line.names["a"], 1))
    [again] = await put(desk, letter(line.names["a"], 1))
    assert first == again
    await put(desk, letter(line.names["a"], 2))
    async with sending(relay):
        assert [said(record)["number"] for record in await line.read(line.names["a"], 2)] == [1, 2]


async def test_a_repeat_after_a_crash_has_the_same_id_and_bytes(desk: Desk, line: Line, relay: Relay) -> None:
    await put(desk, letter(line.names["a"], 1))
    async with sending(relay):
        await line.read(line.names["a"], 1)
    async with desk.engine.begin() as conn:  # as if the relay had been killed before it could mark it
        await conn.execute(text("UPDATE outbox SET sent_at = NULL"))
    async with sending(Relay(desk.engine, desk.vault, PROFILE, line.producer, relay.bell)):
        one, other = await line.read(line.names["a"], 2)
    assert (one.key, one.value, one.headers) == (other.key, other.value, other.headers)


async def test_two_relays_keep_the_order_and_send_nothing_twice(desk: Desk, line: Line, relay: Relay) -> None:
    await put(desk, *(letter(line.names["a"], number) for number in range(500)))
    async with listening(desk.url, OUTBOX) as bell:
        other = Relay(desk.engine, desk.vault, PROFILE, line.producer, bell)
        async with sending(relay), sending(other):
            await line.read(line.names["a"], 500)
            await put(desk, letter(line.names["a"], 500))
            records = await line.read(line.names["a"], 501)
    assert [said(record)["number"] for record in records] == list(range(501))


async def test_a_receiver_without_a_topic_keeps_nobody_waiting(desk: Desk, line: Line, relay: Relay) -> None:
    await put(desk, letter("nobody-knows-it", 1), letter(line.names["b"], 2))
    async with sending(relay):
        [record] = await line.read(line.names["b"], 1)
    assert said(record)["number"] == 2
    waiting = [row.receiver for row in await desk.rows(tables.outbox) if row.sent_at is None]
    assert waiting == ["nobody-knows-it"]


async def test_an_erased_persons_letters_are_not_sent_and_block_nobody(desk: Desk, line: Line, relay: Relay) -> None:
    case_id = await desk.opened()
    [person_] = await desk.rows(tables.persons)
    receiver = line.names["a"]
    named = Letter(case_id, "offer", receiver, "referral.offered", NOW, {"name": "김복순"}, person_id=person_.person_id)
    await put(desk, named, letter(receiver, 7))
    async with desk.engine.begin() as conn:
        await conn.execute(text("UPDATE persons SET key_sealed = NULL"))
    async with sending(relay):
        assert [said(record) for record in await line.read(receiver, 1)] == [{"number": 7}]
    never = [row for row in await desk.rows(tables.outbox) if row.undeliverable_at]
    assert [row.undeliverable_why for row in never] == [ERASED, ERASED]  # the hospital's acknowledgement, too
    assert not any(row.sent_at for row in never)
    opened = await desk.rows(tables.tasks)
    assert {task.about["event"] for task in opened} == {row.event_id for row in never}
    assert {(task.kind, task.owner, task.case_id) for task in opened} == {(LETTER_UNDELIVERABLE, DUTY_OFFICER, case_id)}
    assert "김복순" not in str(opened)


async def test_the_relay_is_woken_by_a_commit(desk: Desk, line: Line, relay: Relay) -> None:
    async with sending(relay):
        reading = asyncio.create_task(line.read(line.names["a"], 3))
        for number in range(3):
            await put(desk, letter(line.names["a"], number))
        assert [said(record)["number"] for record in await reading] == [0, 1, 2]


async def test_an_acknowledgement_names_no_person_in_its_key_or_headers(desk: Desk) -> None:
    await desk.take(notice())
    [row] = await desk.rows(tables.outbox)
    plain = " ".join(str(value) for value in row if not isinstance(value, bytes))
    assert "김복순" not in plain
    assert "V-1" not in plain  # a visit number is personal data


async def test_while_postgresql_is_away_the_relay_waits_and_goes_on(desk: Desk, line: Line) -> None:
    async with FaultProxy.before(desk.url) as cable:
        engine = connect(cable.url)
        async with listening(cable.url, OUTBOX) as bell:
            relay = Relay(engine, desk.vault, PROFILE, line.producer, bell)
            async with sending(relay):
                await put(desk, letter(line.names["a"], 1))
                await line.read(line.names["a"], 1)
                cable.refuse()
                await put(desk, letter(line.names["a"], 2))
                await cable.mend()
                records = await line.read(line.names["a"], 2)
                while said(records[-1])["number"] != 2:  # cut before it could mark the first, the relay repeats it
                    records = await line.read(line.names["a"], len(records) + 1)
        await engine.dispose()
    assert len({header(record, "ce_id") for record in records}) == 2
