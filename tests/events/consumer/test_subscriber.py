import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from events.intake.inbox import Inbox
from events.intake.prepared import ReadRecord
from events.intake.writes import Taken
from events.readers import InboundRecord
from handoff.store import tables
from handoff.store.engine import SessionSettings, connect
from tests.events.desk import Desk, notice
from tests.events.hospitals import Intake, Town, until
from tests.proxy import FaultProxy


async def test_poison_among_good_records_is_parked_and_no_other_record_waits(desk: Desk, town: Town) -> None:
    first, second, third = town.hospitals
    good = town.notices(6)
    poison = [
        InboundRecord(first, b"{}", [("ce_id", b"\xff\xfe"), ("ce_type", b"discharge.notified")]),
        replace(good[1], institution=second, headers=[("ce_id", None)]),
        InboundRecord(third, b"\x00\x01 not a record", []),
        InboundRecord(first, b"{" + b" " * 900_000, []),
        InboundRecord(second, None, []),
    ]
    await town.say(*good[:3], *poison, *good[3:])
    async with town.intake() as intake:
        await until(lambda: intake.moved(11))
        assert intake.subscriber.ready()
    assert len(await desk.rows(tables.cases)) == 6
    codes = sorted(row.code for row in await desk.rows(tables.parked))
    assert codes == ["header-not-utf8", "header-not-utf8", "unreadable", "unreadable", "unreadable"]


async def test_records_that_come_again_change_nothing(desk: Desk, town: Town) -> None:
    await town.say(*town.notices(10))
    for group in ("one", "other"):
        async with town.intake(group=f"{town.name}-{group}") as intake:
            await until(lambda member=intake: member.moved(10))
    assert len(await desk.rows(tables.cases)) == 10
    assert len(await desk.rows(tables.facts)) == 10
    assert len(await desk.rows(tables.outbox)) == 10


async def test_a_rebalance_amid_the_work_loses_and_doubles_nothing(desk: Desk, town: Town) -> None:
    await town.say(*town.notices(60))
    async with town.intake() as first:
        await until(lambda: first.moved(7))
        async with town.intake():
            await town.say(*town.notices(90)[60:])

            async def all_opened() -> bool:
                return len(await desk.rows(tables.cases)) == 90

            await until(all_opened)
    assert len(await desk.rows(tables.facts)) == 90
    assert {case.facts for case in await desk.rows(tables.cases)} == {1}


async def test_readiness_and_lag_are_told_all_through_rebalances(town: Town) -> None:
    await town.say(*town.notices(9))
    async with town.intake() as first:
        await until(lambda: first.moved(9))
        rebalanced = asyncio.Event()

        async def asked() -> None:
            while not rebalanced.is_set():
                first.subscriber.ready()
                assert first.subscriber.lag() == 0
                await asyncio.sleep(0.005)

        asking = asyncio.create_task(asked())
        for _ in range(2):
            async with town.intake() as second:
                await until(lambda members=(first, second): all_placed(*members))
                async with town.intake() as third:  # now the first waits until the second has heard of it
                    await until(lambda members=(first, second, third): all_placed(*members))
        await until(lambda: all_placed(first))
        rebalanced.set()
        await asking
        feed = first.subscriber.taker.feed()
        assert feed is not None
        assert set(feed.lanes) == set(feed.assignment())


async def all_placed(*intakes: Intake) -> bool:
    feeds = [each.subscriber.taker.feed() for each in intakes]
    return all(feed and feed.joined() and not feed.unplaced() for feed in feeds)


async def test_while_postgresql_is_away_the_batch_is_held_and_nothing_is_lost(desk: Desk, town: Town) -> None:
    async with FaultProxy.before(desk.url) as cable:
        engine = connect(cable.url)
        inbox = Inbox(engine, desk.vault, town.profile)
        notices = town.notices(20)
        async with town.intake(inbox) as intake:
            await town.say(*notices[:5])
            await until(lambda: intake.moved(5))
            cable.refuse()
            await town.say(*notices[5:])
            await until(lambda: held(intake))
            assert len(await desk.rows(tables.cases)) == 5
            await cable.mend()
            await until(lambda: intake.moved(20))
        await engine.dispose()
    assert len(await desk.rows(tables.cases)) == 20


async def test_a_connection_whose_other_end_is_gone_without_a_word_is_made_anew(desk: Desk, town: Town) -> None:
    async with FaultProxy.before(desk.url) as cable:
        engine = connect(cable.url, session=SessionSettings(answers_within=0.5))
        async with town.intake(Inbox(engine, desk.vault, town.profile)) as intake:
            await town.say(*town.notices(5))
            await until(lambda: intake.moved(5))
            cable.silent = True
            await town.say(*town.notices(20)[5:])
            await until(lambda: held(intake))
            cable.silent = False  # new connections pass; what the old ones had asked is never answered
            await until(lambda: intake.moved(20))
        await engine.dispose()
    assert len(await desk.rows(tables.cases)) == 20
    assert await desk.rows(tables.parked) == []


async def held(intake: Intake) -> bool:
    await asyncio.sleep(0)
    return intake.subscriber.taker.holds_since is not None


class Stumbling(Inbox):
    """An inbox with a mistake that nobody foresaw: one person's record brings it down."""

    async def take(
        self, arrivals: Sequence[InboundRecord], known_at: datetime, read: Sequence[ReadRecord] | None = None
    ) -> list[Taken]:
        if any("사람3".encode() in (each.value or b"") for each in arrivals):
            raise ZeroDivisionError
        return await super().take(arrivals, known_at, read)


async def test_a_record_that_nobody_foresaw_is_parked_alone(desk: Desk, town: Town) -> None:
    await town.say(*town.notices(7))
    async with town.intake(Stumbling(desk.engine, desk.vault, town.profile)) as intake:
        await until(lambda: intake.moved(7))
    assert len(await desk.rows(tables.cases)) == 6
    [parked] = await desk.rows(tables.parked)
    assert parked.code == "ours"


async def test_a_new_institutions_topic_is_read_without_a_restart(desk: Desk, town: Town) -> None:
    async with town.intake() as intake:
        await town.say(*town.notices(3))
        await until(lambda: intake.moved(3))
        newcomer = f"{town.name}-new"
        await town.kafka.provision(newcomer)
        await town.say(notice(newcomer))

        async def parked() -> bool:
            return len(await desk.rows(tables.parked)) == 1

        await until(parked)  # read, though the profile does not know it: shown to operators
    assert [row.code for row in await desk.rows(tables.parked)] == ["sender-unknown"]
