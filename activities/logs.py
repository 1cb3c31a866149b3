"""What the log says of each moment written: ids and codes only, and of an error its type and our own frames."""

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
    """Log one line about a moment: written with which verdicts, or not written and why, and how long it took.

    The block puts the outcomes into the list. An error's text is left out, as PostgreSQL quotes rows in it. While the
    store is away every case tries again and again: only the first try of each is a warning.
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
    """Our own frames, the innermost last, each as `module:line function`; no text of the error, no path."""
    return [
        f"{name}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if (name := str(frame.f_globals.get("__name__"))).partition(".")[0] in _OURS and name != __name__
    ]


def _named(error: BaseException) -> str:
    return (isinstance(error, ApplicationError) and error.type) or error_name(error)


def _since(began: float) -> float:
    return round(monotonic() - began, 3)
