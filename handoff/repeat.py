"""Doing something again: every so many seconds, until it gives something, or until it raises nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import stamina
import stamina.instrumentation

T = TypeVar("T")

# stamina's own log lines name what was called with which values. Ours say what is away, once a minute.
stamina.instrumentation.set_on_retry_hooks(())


async def every(
    seconds: float | Callable[[], float],
    work: Callable[[], Awaitable[object]],
    *,
    stop: asyncio.Event | None = None,
    on_error: Callable[[Exception], object] | None = None,
) -> None:
    """Do the work at once and then again and again, until `stop` is set.

    Args:
        seconds: the pause between two runs, or a function that returns the next pause.
        work: what to do.
        stop: ends the pause at once, but not the work that runs. None: it never ends by itself.
        on_error: called with what the work raised, which is then tried again; None: an error ends this and is raised.
    """
    stop = stop or asyncio.Event()
    while not stop.is_set():
        try:
            await work()
        except Exception as error:  # the caller decides what it means
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
    """Look every so many seconds until there is something; returns what was found.

    Args:
        look: returns what is waited for; None, False or anything else that is empty: not yet.
        seconds: the pause between two looks.
        on_error: as for `every`.
    """
    found: list[T] = []
    enough = asyncio.Event()

    async def once() -> None:
        if seen := await look():
            found.append(seen)
            enough.set()

    await every(seconds, once, stop=enough, on_error=on_error)
    return found[0]


def again_after(seconds: float) -> stamina.AsyncRetryingCaller:
    """Return a caller that tries for ever, with so many seconds between two tries.

    Use it as `await again_after(1.0)(ERRORS, function, arguments)`. ERRORS are the kinds of errors after which it tries
    again, or a function that tells for an error whether it does. Any other error is raised. For a limit, put it into
    `asyncio.timeout`.
    """
    return stamina.AsyncRetryingCaller(
        attempts=None, timeout=None, wait_initial=seconds, wait_max=seconds, wait_jitter=0.0, wait_exp_base=1.0
    )
