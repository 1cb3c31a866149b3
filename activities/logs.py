"""Logs each write of milestones: ids and codes only. It logs an error by its type and the frames of our own code."""

import asyncio
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from handoff.case.messages import Milestone, MilestoneResult
from handoff.store.engine import error_name

_LOG = structlog.get_logger("record")
_OURS = ("activities", "handoff")  # packages whose frames are shown


@contextmanager
def logged(case: str, entries: Sequence[Milestone]) -> Iterator[list[MilestoneResult]]:
    """Log one line about the block: that milestones were written, or why not, and how many seconds it took.

    The block adds the results to the list. The text of an error is left out, since PostgreSQL quotes rows in it. While
    the store is away, every case tries again and again: only the first attempt is logged as a warning.
    """
    began, outcomes = monotonic(), list[MilestoneResult]()
    log = _LOG.bind(case=case, milestones=[entry.what for entry in entries if not entry.after])
    try:
        yield outcomes
    except (Exception, asyncio.CancelledError) as error:
        attempt = activity.info().attempt if activity.in_activity() else 1
        say = log.warning if attempt == 1 else log.debug
        say("not_written", error=_named(error), attempt=attempt, seconds=_since(began), frames=frames_of(error))
        raise
    log.info("written", verdicts=[str(outcome.verdict) for outcome in outcomes], seconds=_since(began))


def frames_of(error: BaseException) -> list[str]:
    """The frames of our own code, the innermost last, each as `module:line function`. No text of the error, no path."""
    return [
        f"{name}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if (name := str(frame.f_globals.get("__name__"))).partition(".")[0] in _OURS and name != __name__
    ]


def _named(error: BaseException) -> str:
    return (isinstance(error, ApplicationError) and error.type) or error_name(error)


def _since(began: float) -> float:
    return round(monotonic() - began, 3)
