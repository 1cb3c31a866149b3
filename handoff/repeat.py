"""Three loops: `every` repeats until stopped, `until` polls for a result, `again_after` retries after errors."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import stamina
import stamina.instrumentation

T = TypeVar("T")

# stamina would log calls with their arguments. Our own lines say once a minute which server is away.
stamina.instrumentation.set_on_retry_hooks(())


async def every(
    seconds: float | Callable[[], float],
    work: Callable[[], Awaitable[object]],
    *,
    stop: asyncio.Event | None = None,
    on_error: Callable[[Exception], object] | None = None,
) -> None:
    """Run `work` at once and then repeatedly, until `stop` is set.

    Args:
        seconds: the pause between two runs, or a function that returns the next pause.
        work: what to run.
        stop: ends the pause at once; a run in progress is finished. None: repeat until cancelled.
        on_error: called with each error of `work`, which is then repeated. None: an error is raised and ends the loop.
    """
    stop = stop or asyncio.Event()
    while not stop.is_set():
        try:
            await work()
        except Exception as error:  # `on_error` decides what it means
            if on_error is None:
                raise
            on_error(error)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds() if callable(seconds) else seconds)


async def until(
    look: Callable[[], Awaitable[T | None]],
    seconds: float,
    *,
    on_error: Callable[[Exception], object] | None = None,
) -> T:
    """Call `look` every so many seconds until it returns something, and return that.

    Args:
        look: returns the result; None, False or another falsy value means not yet.
        seconds: the pause between two calls.
        on_error: as for `every`.
    """
    results: list[T] = []
    enough = asyncio.Event()

    async def once() -> None:
        if result := await look():
            results.append(result)
            enough.set()

    await every(seconds, once, stop=enough, on_error=on_error)
    return results[0]


def again_after(seconds: float) -> stamina.AsyncRetryingCaller:
    """Return a caller that retries for ever, with so many seconds between two tries.

    Use it as `await again_after(1.0)(ERRORS, function, *arguments)`. ERRORS are exception types to retry after, or a
    function that decides for an exception. Any other error is raised. For a time limit use `asyncio.timeout`.
    """
    return stamina.AsyncRetryingCaller(
        attempts=None, timeout=None, wait_initial=seconds, wait_max=seconds, wait_jitter=0.0, wait_exp_base=1.0
    )
