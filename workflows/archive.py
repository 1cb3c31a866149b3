"""Stores the history of every finished run, before Temporal deletes it at the end of the retention.

A run cannot store its own last event. So the archive looks for runs that have ended and are not stored. Its progress is
in the store only, so it continues after a crash. While PostgreSQL or Temporal is away, it tries again.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from time import monotonic

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handoff.repeat import every
from handoff.store import histories
from handoff.store.engine import say_away
from handoff.store.histories import Kept
from handoff.store.vault import Vault
from workflows.losses import LossWatch
from workflows.runs import EndedRun, Run, Runs

_LOG = structlog.get_logger("archive")
_LOOK_EVERY = 5.0  # seconds
_LOOK_BACK = timedelta(hours=1)  # how late Temporal's visibility may list a run that has ended
_WHOLE_EVERY = 6 * 3600.0  # seconds between looks at all runs that Temporal has
_AT_ONCE = 20  # histories in one transaction


class Archive:
    """Stores histories. Several archives may run on one database: a lock lets one of them work at a time."""

    def __init__(self, engine: AsyncEngine, vault: Vault, chapters: Runs, now: Callable[[], datetime]) -> None:
        self._engine, self._vault, self._chapters, self._now = engine, vault, chapters, now
        self._losses = LossWatch(engine, vault, chapters, now)
        self._stop = asyncio.Event()
        self._whole_at = float("-inf")

    def stop(self) -> None:
        """End `run` after the current transaction."""
        self._stop.set()

    async def run(self) -> None:
        """Store the runs that end, until stopped."""
        say = partial(say_away, _LOG, "histories_wait")
        await every(_LOOK_EVERY, self._look, stop=self._stop, on_error=say)

    async def keep_ended(self, *, whole: bool = False) -> int:
        """Store the runs that have ended and are not stored, and return how many it stored.

        `whole`: look at all runs that Temporal has, otherwise only at those that ended lately.

        Raises:
            SQLAlchemyError, OSError: PostgreSQL is away. The runs stored before stay.
            RPCError: Temporal is away.
        """
        async with self._engine.connect() as conn:
            last = None if whole else await histories.last_closed(conn)
        # A run whose server's clock ran ahead has ended in the future. It hides no run that ends meanwhile.
        since = min(last, self._now()) - _LOOK_BACK if last else None
        ended = iter(await self._chapters.ended(since))
        kept = 0
        while (some := list(islice(ended, 50 * _AT_ONCE))) and not self._stop.is_set():
            kept += await self._keep_new(some)
        return kept

    async def _look(self) -> None:
        whole = monotonic() - self._whole_at > _WHOLE_EVERY
        kept = await self.keep_ended(whole=whole)
        if whole:
            self._whole_at = monotonic()
        if kept:
            _LOG.info("histories_kept", runs=kept)

    async def _keep_new(self, ended: Sequence[EndedRun]) -> int:
        async with self._engine.connect() as conn:
            stored = await histories.known(conn, [run.run for run in ended])
        new = iter([run for run in ended if run.run not in stored])
        kept = 0
        while (some := list(islice(new, _AT_ONCE))) and not self._stop.is_set():
            async with self._engine.begin() as conn:
                kept += await self._keep(conn, some)
        return kept

    async def _keep(self, conn: AsyncConnection, ended: Sequence[EndedRun]) -> int:
        if not await histories.alone(conn):
            return 0
        read = [await self._chapters.read(run.case, run.run) for run in ended]
        finished = [chapter for chapter in read if chapter and chapter.ended]
        await histories.keep(conn, self._vault, [as_kept(chapter) for chapter in finished], self._now())
        await self._losses.ended(conn, finished)
        return len(finished)


def as_kept(chapter: Run) -> Kept:
    """A finished run as a row of the store."""
    return Kept(
        case_id=chapter.case,
        run_id=chapter.run,
        previous_run_id=chapter.previous,
        ended=chapter.ended,
        builds=chapter.builds,
        events=len(chapter.events),
        began_at=chapter.began_at,
        closed_at=chapter.closed_at,
        content=chapter.content,
    )
