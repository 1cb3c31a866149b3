import asyncio
from time import monotonic

import pytest

from handoff.repeat import again_after, every, until


async def test_work_is_done_again_until_it_is_stopped_and_a_stop_does_not_wait_for_the_pause() -> None:
    stop, done = asyncio.Event(), list[int]()

    async def work() -> None:
        done.append(len(done))
        if len(done) == 3:
            asyncio.get_running_loop().call_soon(stop.set)  # in the pause

    async with asyncio.timeout(5):
        await every(lambda: 0.001 if len(done) < 3 else 600.0, work, stop=stop)
    assert done == [0, 1, 2]


async def test_nothing_is_done_once_it_is_stopped() -> None:
    stop = asyncio.Event()
    stop.set()

    async def work() -> None:
        raise AssertionError("it was stopped")

    await every(600.0, work, stop=stop)


async def test_an_error_is_told_and_the_work_tried_again_or_raised_where_nobody_is_told() -> None:
    told, tried = list[Exception](), list[int]()

    async def look() -> int | None:
        tried.append(1)
        if len(tried) < 3:
            raise ConnectionError
        return 7

    assert await until(look, 0.001, on_error=told.append) == 7
    assert [type(each) for each in told] == [ConnectionError] * 2
    tried.clear()
    with pytest.raises(ConnectionError):
        await until(look, 0.001)


async def test_what_is_waited_for_is_returned_and_what_is_empty_is_not_it() -> None:
    answers: list[str | None] = [None, "", "there"]

    async def look() -> str | None:
        return answers.pop(0)

    assert await until(look, 0.001) == "there"
    assert answers == []


async def test_work_that_is_cancelled_ends_at_once() -> None:
    async def work() -> None:
        pass

    working = asyncio.create_task(every(600.0, work))
    await asyncio.sleep(0.01)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(working, 5)


async def test_a_call_is_tried_again_at_the_same_pace_for_ever_and_says_nothing(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    began, tries = monotonic(), list[str]()

    async def ask(secret: str) -> str:
        tries.append(secret)
        if len(tries) < 30:
            raise ConnectionError
        return "answer"

    assert await again_after(0.01)(ConnectionError, ask, "a name") == "answer"
    assert monotonic() - began < 20  # it would be years, were each pause twice the one before
    assert ("".join(capsys.readouterr()), caplog.text) == ("", "")  # stamina by itself logs the arguments


async def test_an_error_that_nobody_named_is_raised_at_the_first_try() -> None:
    tries = list[int]()

    async def ask() -> None:
        tries.append(1)
        raise KeyError

    with pytest.raises(KeyError):
        await again_after(600.0)(lambda error: isinstance(error, ConnectionError), ask)
    assert tries == [1]
