from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import write
from handoff.store.engine import connect
from handoff.store.record.clocks import ClockRow, ClockRows
from handoff.store.record.tasks import TaskRow, Tasks
from handoff.store.tables import cases, persons
from tests.store.databases import create, migrated

NOON = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
EARLIER = NOON - timedelta(hours=1)


@pytest.fixture
async def conn(postgres_url: str) -> AsyncIterator[AsyncConnection]:
    engine = connect(await create(postgres_url, "sheets", like=await migrated(postgres_url)))
    async with engine.begin() as conn:
        await conn.execute(insert(persons).values(person_id="P1", created_at=NOON))
        opened = {"profile": "p", "profile_version": 1, "stage": "screening", "facility": "h", "opened_at": NOON}
        await conn.execute(insert(cases).values(case_id="C1", person_id="P1", **opened))
        yield conn
    await engine.dispose()


async def tasks_of(conn: AsyncConnection) -> Tasks:
    tasks = Tasks()
    await tasks.read(conn, tasks.where, "C1")
    return tasks


async def clocks_of(conn: AsyncConnection) -> ClockRows:
    clocks = ClockRows()
    await clocks.read(conn, clocks.where, "C1")
    return clocks


async def test_an_answered_task_gives_its_place_to_the_next_of_its_kind(conn: AsyncConnection) -> None:
    tasks = Tasks()
    first = tasks.add(TaskRow("T1", "C1", "contact", "coordinator", NOON, NOON))
    await write(conn, [tasks.part()])
    first.closed_at, first.closed_by = NOON, "kim"
    tasks.add(TaskRow("T2", "C1", "contact", "coordinator", NOON, NOON))
    await write(conn, [tasks.part()])
    assert [task.task_id for task in (await tasks_of(conn)).open().values()] == ["T2"]


async def test_a_clock_that_ended_may_be_started_anew_in_the_same_moment(conn: AsyncConnection) -> None:
    clocks = ClockRows()
    ended = clocks.add(ClockRow("C1", "presurvey", "presurvey", "coordinator", NOON, None, NOON))
    await write(conn, [clocks.part()])
    ended.ended_at, ended.ended_by = NOON, "x"
    clocks.add(ClockRow("C1", "presurvey", "presurvey", "duty-officer", NOON, None, NOON))
    await write(conn, [clocks.part()])
    assert (await clocks_of(conn)).running()["presurvey"].owner == "duty-officer"


async def test_what_was_read_stays_as_it_was_changed_until_it_is_written(conn: AsyncConnection) -> None:
    clocks = ClockRows()
    clock = clocks.add(ClockRow("C1", "plan", "plan", "coordinator", NOON, None, NOON))
    await write(conn, [clocks.part()])
    clock.owner = "team-lead"
    assert clocks.running()["plan"].owner == "team-lead"
    assert (await clocks_of(conn)).running()["plan"].owner == "coordinator"


async def test_only_what_was_changed_since_it_was_read_is_written(conn: AsyncConnection) -> None:
    clocks = ClockRows()
    for name in ("plan", "decision"):
        clocks.add(ClockRow("C1", name, name, "coordinator", NOON, None, NOON))
    await write(conn, [clocks.part()])
    read = await clocks_of(conn)
    assert read.part().rows == []
    read.running()["plan"].owner = "team-lead"
    assert [row["name"] for row in read.part().rows] == ["plan"]
    assert read.part().rows == []


async def test_clocks_are_read_in_the_same_order_wherever_their_rows_lie(conn: AsyncConnection) -> None:
    clocks = ClockRows()
    for name, started_at in (("plan", NOON), ("presurvey", NOON), ("decision", NOON), ("first-contact", EARLIER)):
        clocks.add(ClockRow("C1", name, name, "coordinator", started_at, None, NOON))
    await write(conn, [clocks.part()])
    in_order = ["first-contact", "decision", "plan", "presurvey"]
    assert list((await clocks_of(conn)).running()) == in_order
    again = await clocks_of(conn)
    again.running()["decision"].owner = "team-lead"  # PostgreSQL writes the row again, behind the others
    await write(conn, [again.part()])
    assert list((await clocks_of(conn)).running()) == in_order
