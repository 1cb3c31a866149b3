import asyncio
import re
from collections.abc import AsyncIterator
from typing import Literal

import pytest

from events.dispatcher import Dispatcher
from handoff.case.messages import CaseEvent
from handoff.store import tables
from handoff.store.engine import FACTS, connect, listening
from tests.events.cases import Cases
from tests.events.desk import PROFILE, Desk, at_home, notice, person
from tests.proxy import FaultProxy
from workflows.messages import Facts


@pytest.fixture
def cases() -> Cases:
    return Cases()


@pytest.fixture
async def dispatcher(desk: Desk, cases: Cases) -> AsyncIterator[Dispatcher]:
    async with listening(desk.url, FACTS) as bell:
        yield Dispatcher(desk.engine, desk.vault, PROFILE, cases, bell)


async def test_an_opened_case_is_told_its_facts_in_order_once(desk: Desk, dispatcher: Dispatcher, cases: Cases) -> None:
    case_id = await desk.opened()
    await desk.take(notice("nhis-gwangmyeong"), notice("seoul-hospital"))
    assert await dispatcher.deliver_once() == 1
    assert cases.calls == [(case_id, [1, 2, 3], True)]
    assert await dispatcher.deliver_once() == 0
    assert all(fact.told_at for fact in await desk.rows(tables.facts))


async def test_a_later_fact_is_told_without_opening_again(desk: Desk, dispatcher: Dispatcher, cases: Cases) -> None:
    case_id = await desk.opened()
    await dispatcher.deliver_once()
    await desk.take(notice("nhis-gwangmyeong"))
    await dispatcher.deliver_once()
    assert cases.calls[1] == (case_id, [2], False)


async def test_what_is_told_carries_codes_and_no_names(desk: Desk, dispatcher: Dispatcher) -> None:
    await desk.opened()
    heard: list[CaseEvent] = []

    async def listen(case_id: str, told: Facts, /, *, opened: bool) -> Literal["told", "closed"]:
        del case_id, opened
        heard.extend(told.facts)
        return "told"

    dispatcher.deliver = listen
    await dispatcher.deliver_once()
    [told] = heard
    assert (told.kind, told.who, told.number) == ("discharge.notified", "gm-hospital", 1)
    assert told.until is not None
    assert "김복순" not in repr(told)
    assert "V-1" not in repr(told)
    assert re.fullmatch("[0-9a-f]{16}", told.stay)  # keyed: a visit number is personal data


async def test_while_temporal_is_away_nothing_is_lost(desk: Desk, dispatcher: Dispatcher, cases: Cases) -> None:
    cases.away = True
    case_id = await desk.opened()
    assert await dispatcher.deliver_once() == 0
    await desk.take(notice("nhis-gwangmyeong"))  # acknowledged all the same
    cases.away = False
    working = asyncio.create_task(dispatcher.run())
    await cases.heard.wait()
    dispatcher.stop()
    await working
    assert cases.known == {case_id: [1, 2]}


async def test_one_case_that_cannot_be_told_keeps_no_other_waiting(
    desk: Desk, dispatcher: Dispatcher, cases: Cases
) -> None:
    first = await desk.opened()
    other = person(name="박영수", birth_date="1951-01-01", registration_number="510101-1234567", phone="010-9999-0000")
    second = await desk.opened(who=other, discharge={"reference": "V-2"})

    async def half(case_id: str, told: Facts, /, *, opened: bool) -> Literal["told", "closed"]:
        if case_id == first:
            raise ConnectionError
        return await cases(case_id, told, opened=opened)

    dispatcher.deliver = half
    assert await dispatcher.deliver_once() == 1
    assert cases.known == {second: [1]}


async def test_a_fact_that_finds_its_case_closed_becomes_a_task(
    desk: Desk, dispatcher: Dispatcher, cases: Cases
) -> None:
    case_id = await desk.opened()
    await dispatcher.deliver_once()
    cases.closed.add(case_id)
    await desk.take(notice("nhis-gwangmyeong"))
    await desk.close(case_id)  # between inbox and workflow
    await dispatcher.deliver_once()
    [_, late] = await desk.rows(tables.facts)
    assert (late.state, late.number) == ("late", 2)
    [task] = await desk.rows(tables.tasks)
    assert (task.kind, task.owner, task.case_id) == ("after-closing", "coordinator", case_id)
    assert (await desk.rows(tables.timeline))[-1].what == "fact_after_closing"


async def test_a_fact_of_an_open_case_whose_workflow_is_gone_waits(
    desk: Desk, dispatcher: Dispatcher, cases: Cases
) -> None:
    case_id = await desk.opened()
    await dispatcher.deliver_once()
    cases.closed.add(case_id)
    await desk.take(notice("nhis-gwangmyeong"))
    await dispatcher.deliver_once()
    [_, waiting] = await desk.rows(tables.facts)
    assert (waiting.state, waiting.told_at) == ("numbered", None)
    assert await desk.rows(tables.tasks) == []


async def test_the_dispatcher_is_woken_by_a_commit(desk: Desk, dispatcher: Dispatcher, cases: Cases) -> None:
    working = asyncio.create_task(dispatcher.run())
    await desk.opened()
    await cases.heard.wait()
    dispatcher.stop()
    await working
    assert len(cases.calls) == 1


async def test_many_cases_are_told_at_once_but_not_too_many(desk: Desk, dispatcher: Dispatcher, cases: Cases) -> None:
    people = [
        person(name=f"사람{number}", registration_number=None, phone=f"0109999{number:04}", **at_home(number))
        for number in range(40)
    ]
    await desk.take(*(notice(who=who, discharge={"reference": who["phone"]}) for who in people))
    assert await dispatcher.deliver_once() == 40
    assert 8 <= cases.most_at_once <= 16


async def test_while_postgresql_is_away_the_dispatcher_waits_and_goes_on(desk: Desk, cases: Cases) -> None:
    async with FaultProxy.before(desk.url) as cable:
        engine = connect(cable.url)
        async with listening(cable.url, FACTS) as bell:
            dispatcher = Dispatcher(engine, desk.vault, PROFILE, cases, bell)
            working = asyncio.create_task(dispatcher.run())
            case_id = await desk.opened()
            await cases.heard.wait()
            cable.refuse()
            cases.heard.clear()
            await desk.take(notice("nhis-gwangmyeong"))
            await cable.mend()
            await cases.heard.wait()
            dispatcher.stop()
            await working
        await engine.dispose()
    assert cases.known == {case_id: [1, 2]}
