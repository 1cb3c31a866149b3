"""A record that fails alone is ours to mend: kept, its sender not told, tried again by each new build."""

from datetime import datetime

import pytest
from sqlalchemy.exc import DataError

from events.intake.inbox import Inbox
from events.intake.writes import Taken
from events.readers import InboundRecord
from handoff.store import tables
from tests.events.consumer.stumbling import Stumbling, stumbling
from tests.events.desk import NOW, Desk
from tests.events.hospitals import Town, until


@pytest.mark.parametrize("trouble", [ZeroDivisionError(), DataError("INSERT", {}, ValueError()), MemoryError()])
async def test_a_record_that_fails_alone_is_ours_to_mend_and_its_sender_hears_nothing(
    desk: Desk, town: Town, trouble: Exception
) -> None:
    inbox = stumbling(town)
    inbox.trouble = trouble
    await town.say(*town.notices(7))
    async with town.intake(inbox) as intake:
        await until(lambda: intake.moved(7))
    assert len(await desk.rows(tables.cases)) == 6
    [parked] = await desk.rows(tables.parked)
    assert (parked.code, parked.build, parked.sender) == ("ours", "b1", town.hospitals[0])
    assert [kind for kind, _ in await desk.letters(town.hospitals[0]) if kind == "notice.rejected"] == []
    [task] = await town.rows(tables.tasks, kind="parked-ours")
    assert (task.owner, task.subject) == ("duty-officer", str(parked.parked_id))


class Jammed(Stumbling):
    """It cannot even park that record, as often as it is told to."""

    unparked = 2

    async def keep_to_mend(self, arrival: InboundRecord, error: str, known_at: datetime) -> None:
        self.unparked -= 1
        if self.unparked >= 0:
            raise self.trouble
        await super().keep_to_mend(arrival, error, known_at)


async def test_a_record_that_cannot_be_parked_either_holds_its_own_hospital_only(desk: Desk, town: Town) -> None:
    inbox = Jammed(desk.engine, desk.vault, town.profile, "b1")
    await town.say(*town.notices(12))
    async with town.intake(inbox) as intake:
        await until(lambda: town.all_taken(9))
        assert inbox.unparked >= 0  # the others did not wait for it
        await until(lambda: intake.moved(12))
    assert len(await desk.rows(tables.cases)) == 11
    assert [row.code for row in await desk.rows(tables.parked)] == ["ours"]


class Retrying(Inbox):
    """An inbox that fails to take a parked record, as often as it is told to."""

    times = 1_000_000
    tries = 0

    async def retry(self, parked_id: int, who: str, now: datetime) -> Taken:
        self.tries += 1
        if self.tries <= self.times:
            raise ZeroDivisionError
        return await super().retry(parked_id, who, now)


async def test_a_build_tries_again_what_failed_for_a_passing_reason(desk: Desk, town: Town) -> None:
    await town.say(*town.notices(7))
    async with town.intake(stumbling(town)) as intake:
        await until(lambda: intake.moved(7))
    mended = Retrying(desk.engine, desk.vault, town.profile, "b2")
    mended.times = 2
    assert [await mended.try_again(NOW) for _ in range(4)] == [0, 0, 1, 0]
    assert len(await desk.rows(tables.cases)) == 7


async def test_a_build_gives_up_after_three_rounds(desk: Desk, town: Town) -> None:
    await town.say(*town.notices(7))
    async with town.intake(stumbling(town)) as intake:
        await until(lambda: intake.moved(7))
    failing = Retrying(desk.engine, desk.vault, town.profile, "b2")
    for _ in range(5):
        await failing.try_again(NOW)
    assert failing.tries == 3


async def test_the_next_build_takes_what_the_one_before_failed_of(desk: Desk, town: Town) -> None:
    await town.say(*town.notices(7))
    async with town.intake(stumbling(town)) as intake:
        await until(lambda: intake.moved(7))
    assert await stumbling(town).try_again(NOW) == 0  # the same build does not try again
    mended = Inbox(desk.engine, desk.vault, town.profile, "b2")
    assert await mended.try_again(NOW) == 1
    assert len(await desk.rows(tables.cases)) == 7
    [parked] = await desk.rows(tables.parked)
    [task] = await town.rows(tables.tasks, kind="parked-ours")
    assert (parked.state, task.closed_by) == ("retried", "build b2")
    assert await mended.try_again(NOW) == 0
