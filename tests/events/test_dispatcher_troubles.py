"""What the dispatcher does with trouble: of one case, of many, of Temporal, and of the clock."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, Literal

import pytest
from sqlalchemy import text

from events import dispatcher as dispatching
from events.dispatcher import Dispatcher
from handoff.case.messages import CaseEvent
from handoff.store import losses, tables
from handoff.store.engine import FACTS, listening
from handoff.vocabulary.losses import WorkflowLoss
from tests.events.cases import Cases
from tests.events.desk import PROFILE, Desk, at_home, notice, person
from workflows import client
from workflows.client import in_one_signal
from workflows.messages import Facts

UNREADY, LONG = 30.0, 60.0  # seconds


@pytest.fixture
def cases() -> Cases:
    return Cases()


@pytest.fixture
async def dispatcher(desk: Desk, cases: Cases) -> AsyncIterator[Dispatcher]:
    async with listening(desk.url, FACTS) as bell:
        yield Dispatcher(desk.engine, desk.vault, PROFILE, cases, bell)


async def open_cases(desk: Desk, count: int, first: int = 0) -> list[str]:
    """Open cases of as many people, in this order."""
    who = [
        person(name=f"사람{number}", registration_number=None, phone=f"0109999{number:04}", **at_home(number))
        for number in range(first, first + count)
    ]
    taken = await desk.take(*(notice(who=each, discharge={"reference": each["phone"]}) for each in who))
    return [each.case_id for each in taken]


def failing(dispatcher: Dispatcher, cases: Cases, *those: str, trouble: Exception) -> list[str]:
    """From now on these cases cannot be told; returns which of them were tried, as it grows."""
    tried: list[str] = []

    async def tell(case_id: str, told: Facts, /, *, opened: bool) -> Literal["told", "closed"]:
        if case_id in those:
            tried.append(case_id)
            raise trouble
        return await cases(case_id, told, opened=opened)

    dispatcher.deliver = tell
    return tried


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets seconds pass on the teller's clock at once."""
    ahead = [0.0]
    monkeypatch.setattr(dispatching, "monotonic", lambda: monotonic() + sum(ahead))
    return ahead.append


def silent(dispatcher: Dispatcher) -> bool:
    return dispatching.monotonic() - dispatcher.progressed_at > UNREADY


@pytest.mark.parametrize("trouble", [ValueError(), ConnectionError(), TimeoutError()])
async def test_cases_with_a_trouble_of_their_own_make_nobody_unready(
    desk: Desk, dispatcher: Dispatcher, cases: Cases, passes: Callable[[float], None], trouble: Exception
) -> None:
    tried = failing(dispatcher, cases, *await open_cases(desk, 3), trouble=trouble)
    for _ in range(2):
        passes(LONG)
        for _ in range(2):  # they fail; then they rest
            assert await dispatcher.deliver_once() == 0
            assert not silent(dispatcher)
    assert len(tried) == 6
    assert [fact.told_at for fact in await desk.rows(tables.facts)] == [None] * 3


async def test_while_temporal_does_not_answer_facts_that_wait_make_the_dispatcher_unready(
    desk: Desk, dispatcher: Dispatcher, cases: Cases, passes: Callable[[float], None]
) -> None:
    cases.away = True
    await desk.opened()
    await dispatcher.deliver_once()
    assert not silent(dispatcher)
    for _ in range(2):
        passes(LONG)
        await dispatcher.deliver_once()
        assert silent(dispatcher)
    cases.away = False
    passes(LONG)
    assert await dispatcher.deliver_once() == 1
    assert not silent(dispatcher)


async def test_what_another_teller_told_meanwhile_is_no_longer_waited_for(
    desk: Desk, dispatcher: Dispatcher, cases: Cases, passes: Callable[[float], None]
) -> None:
    cases.away = True
    await desk.opened()
    await dispatcher.deliver_once()
    async with desk.engine.begin() as conn:
        await conn.execute(text("UPDATE facts SET told_at = now()"))
    passes(LONG)
    assert await dispatcher.deliver_once() == 0
    assert not silent(dispatcher)


async def test_a_whole_round_of_failing_cases_keeps_no_other_case_waiting(
    desk: Desk, dispatcher: Dispatcher, cases: Cases, passes: Callable[[float], None]
) -> None:
    broken = await open_cases(desk, 70)  # they have waited longest
    tried = failing(dispatcher, cases, *broken, trouble=ValueError())
    for _ in range(2):
        assert await dispatcher.deliver_once() == 0
    assert sorted(tried) == sorted(broken)
    others = await open_cases(desk, 48, first=70)
    passes(LONG)
    assert await dispatcher.deliver_once() == len(others)  # though all that failed could be tried again
    assert cases.known == {case_id: [1] for case_id in others}
    tried.clear()
    for _ in range(5):
        passes(1)
        await open_cases(desk, 1, first=200 + len(tried))
        assert await dispatcher.deliver_once() == 1
    assert set(tried) == set(broken)  # and each of those gets its turn


async def test_facts_of_one_case_are_told_in_parts_one_right_after_the_other(
    desk: Desk, dispatcher: Dispatcher, cases: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    await thousands_less(desk, 450)
    await without_a_wait(dispatcher, monkeypatch)
    assert [(len(numbers), opened) for _, numbers, opened in cases.calls] == [(200, True), (200, False), (51, False)]


async def test_a_part_is_no_larger_than_a_signal(
    desk: Desk, dispatcher: Dispatcher, cases: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    await thousands_less(desk, 30)
    monkeypatch.setattr(client, "SIGNAL_BYTES", 3000)  # some twelve facts
    await without_a_wait(dispatcher, monkeypatch)
    [case_id] = cases.known
    assert cases.known[case_id] == list(range(1, 32))
    assert all(5 < len(numbers) < 15 for _, numbers, _ in cases.calls[:-1])
    assert all(fact.told_at for fact in await desk.rows(tables.facts))


async def thousands_less(desk: Desk, count: int) -> None:
    """A case, and so many more facts of it."""
    await desk.opened()
    await desk.take(*(notice(discharge={"disposition": f"x{number}"}) for number in range(count)))


async def without_a_wait(dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the dispatcher until it would wait for the bell."""

    async def wait(_: float) -> bool:
        dispatcher.stop()
        return True

    monkeypatch.setattr(dispatcher.bell, "wait", wait)
    await dispatcher.run()


def test_what_goes_into_one_signal_has_an_upper_size_however_large_facts_are() -> None:
    small, large = (CaseEvent("plan.approved", datetime.now(UTC), code="가" * length) for length in (10, 5_000))
    assert in_one_signal([small] * 200) == 200
    assert in_one_signal([large] * 200) == client.SIGNAL_BYTES // 30_250  # six bytes a letter, as JSON escapes it
    assert in_one_signal([CaseEvent("plan.approved", datetime.now(UTC), code="x" * 3_000_000), small]) == 1
    assert in_one_signal([]) == 0


async def test_a_clock_that_jumps_a_day_ahead_and_back_leaves_nothing_waiting(
    desk: Desk, dispatcher: Dispatcher, cases: Cases, passes: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(datetime):
        ahead = timedelta()

        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + cls.ahead

    monkeypatch.setattr(dispatching, "datetime", Clock)
    case_id = await desk.opened()
    cases.away, Clock.ahead = True, timedelta(days=1)
    assert await dispatcher.deliver_once() == 0  # it rests, by a clock that does not jump
    cases.away, Clock.ahead = False, timedelta()
    passes(LONG)
    assert await dispatcher.deliver_once() == 1
    for number, days in ((2, 1), (3, 0), (4, -1)):
        Clock.ahead = timedelta(days=days)
        await desk.take(notice(discharge={"disposition": f"x{number}"}))
        assert await dispatcher.deliver_once() == 1
        assert not silent(dispatcher)
    assert cases.known == {case_id: [1, 2, 3, 4]}


async def test_what_a_round_raises_is_tried_again(desk: Desk, dispatcher: Dispatcher, cases: Cases) -> None:
    case_id, once = await desk.opened(), [LookupError("whatever a connection raises")]
    connecting = desk.engine.connect

    class Engine:
        begin = desk.engine.begin

        def connect(self) -> Any:
            if once:
                raise once.pop()
            return connecting()

    dispatcher.engine = Engine()  # type: ignore[assignment]
    working = asyncio.create_task(dispatcher.run())
    await cases.heard.wait()
    dispatcher.stop()
    await working
    assert cases.known == {case_id: [1]}


async def test_facts_of_a_case_that_lost_its_workflow_wait_without_a_try_until_it_is_rebuilt(
    desk: Desk, dispatcher: Dispatcher, cases: Cases
) -> None:
    lost, other = await open_cases(desk, 2)
    await dispatcher.deliver_once()
    cases.closed.add(lost)
    dispatcher.examine = marking(desk)
    for place in (0, 1):
        same = {"reference": f"N-{place}"}
        assert await desk.outcomes(notice("nhis-gwangmyeong", who=someone(place), discharge=same)) == ["joined"]
    assert await dispatcher.deliver_once() == 1
    assert cases.known[other] == [1, 2]
    calls = len(cases.calls)
    for _ in range(3):
        assert await dispatcher.deliver_once() == 0
    assert len(cases.calls) == calls  # nobody asks in vain
    assert [fact.number for fact in await desk.rows(tables.facts) if fact.told_at is None] == [2]
    cases.closed.clear()
    async with desk.engine.begin() as conn:
        await losses.clear(conn, [lost], datetime.now(UTC), "kim")
    assert await dispatcher.deliver_once() == 1
    assert cases.known[lost] == [1, 2]


async def test_a_case_that_was_reset_runs_and_is_told(desk: Desk, dispatcher: Dispatcher, cases: Cases) -> None:
    case_id = await desk.opened()
    await marking(desk, WorkflowLoss.RESET)(case_id)
    assert await dispatcher.deliver_once() == 1
    assert cases.known == {case_id: [1]}


def someone(number: int) -> dict[str, Any]:
    """The person of a case of `open_cases`."""
    return person(name=f"사람{number}", registration_number=None, phone=f"0109999{number:04}", **at_home(number))


def marking(desk: Desk, kind: WorkflowLoss = WorkflowLoss.TERMINATED) -> Callable[[str], Awaitable[bool]]:
    """Finds every case lost that it is asked to examine."""

    async def examine(case_id: str) -> bool:
        async with desk.engine.begin() as conn:
            await losses.mark(conn, [losses.Loss(case_id, kind, "r1", f"T-{case_id}")], datetime.now(UTC))
        return kind != WorkflowLoss.RESET

    return examine


async def test_a_case_whose_loss_cannot_be_noted_rests_and_is_tried_again(
    desk: Desk, dispatcher: Dispatcher, cases: Cases, passes: Callable[[float], None]
) -> None:
    case_id = await desk.opened()
    await dispatcher.deliver_once()
    cases.closed.add(case_id)
    await desk.take(notice("nhis-gwangmyeong"))

    async def away(_: str) -> bool:
        raise ConnectionError

    dispatcher.examine = away
    for _ in range(3):
        assert await dispatcher.deliver_once() == 0
    assert len(cases.calls) == 2
    passes(LONG)
    assert await dispatcher.deliver_once() == 0
    assert len(cases.calls) == 3
