"""Finds open cases that lost their workflow, and notes it on their rows (decision 0027).

People click *Terminate*, *Reset* or *Delete* in Temporal's pages, and databases get lost. Nothing carries such a case
on before it is rebuilt, and only the record can say so. A mark that does not hold any more is taken back by the next
look. While Temporal does not answer, nothing is marked.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handoff.repeat import every
from handoff.store import losses
from handoff.store.engine import say_away
from handoff.store.losses import Loss, Marked
from handoff.store.vault import Vault
from handoff.vocabulary.awaited import TaskKind
from handoff.vocabulary.losses import WorkflowLoss
from workflows.namespace import identity
from workflows.rewind import RESTORED
from workflows.runs import BEGINS_AGAIN, CONTINUES, LastRun, Run, Runs

_LOG = structlog.get_logger("losses")
_LOOK_EVERY = 4.0  # seconds; a loss is noted within ten
_PAGE = 1000  # open cases that a look compares with the list of what runs
_MARKED = 200  # marks that a look examines again; the pages come to the others
_AT_ONCE = 20  # cases in one transaction
_OURS = (RESTORED, BEGINS_AGAIN)  # why our own comparison after a restore terminates runs
_BY = "engine"  # who closes the task when the workflow runs again


class LossWatch:
    """Compares the open cases with what runs: page after page, and all of them at first and with a new Temporal."""

    def __init__(self, engine: AsyncEngine, vault: Vault, runs: Runs, now: Callable[[], datetime]) -> None:
        self._engine, self._vault, self._runs, self._now = engine, vault, runs, now
        self._stop = asyncio.Event()
        self._after = ""  # the last case of the last page
        self._whole = True

    def stop(self) -> None:
        """End `run` after the current look."""
        self._stop.set()

    async def run(self) -> None:
        """Look again and again, until stopped. While PostgreSQL or Temporal is away, it tries again."""
        await every(_LOOK_EVERY, self.look, stop=self._stop, on_error=partial(say_away, _LOG, "losses_unseen"))

    async def look(self) -> None:
        """Examine the marked cases, and the next page of open cases, or all pages.

        Raises:
            SQLAlchemyError, OSError: PostgreSQL is away.
            RPCError: Temporal is away.
        """
        temporal = await identity(self._runs.client)
        async with self._engine.connect() as conn:
            whole = self._whole or not await losses.is_known(conn, temporal)
            doubtful = [case.case_id for case in await losses.marked(conn, _MARKED)]
        await self._examine(doubtful, temporal)
        self._after = "" if whole else self._after
        while await self._page(temporal) and whole and not self._stop.is_set():
            pass
        if whole and not self._stop.is_set():
            async with self._engine.begin() as conn:
                await losses.compared(conn, temporal, self._now())
            self._whole = False

    async def examine(self, case_id: str) -> bool:
        """Examine a case now. Returns whether no workflow carries it. Raises errors as `look` does."""
        return case_id in await self._examine([case_id], await identity(self._runs.client))

    async def ended(self, conn: AsyncConnection, finished: Sequence[Run]) -> None:
        """Note on the rows of their cases which of these runs did not end by themselves, in the caller's transaction.

        Raises:
            RPCError: Temporal is away.
        """
        broken = {
            run.case: run
            for run in finished
            if run.ended not in (CONTINUES, WorkflowLoss.COMPLETED) and run.terminated_because not in _OURS
        }
        if broken:
            cases = await losses.locked(conn, list(broken), wait=True)  # nobody looks at an ended run twice
            await self._correct(conn, [(case, _mark_by(broken[case.case_id], case)) for case in cases])

    async def _page(self, temporal: str) -> bool:
        """Compare one page. Returns whether there is another."""
        async with self._engine.connect() as conn:
            cases = await losses.page(conn, self._after, _PAGE)
        if cases:
            running = await self._runs.running(cases[0].case_id, cases[-1].case_id)
            await self._examine(
                [case.case_id for case in cases if (case.case_id in running) == bool(case.lost)], temporal
            )
        more = len(cases) == _PAGE
        self._after = cases[-1].case_id if more else ""
        return more

    async def _examine(self, case_ids: Sequence[str], temporal: str) -> set[str]:
        """Correct the marks of cases. Returns those that no workflow carries."""
        stopped = set[str]()
        for first in range(0, len(case_ids), _AT_ONCE):
            async with self._engine.begin() as conn:
                stopped |= await self._settle(conn, case_ids[first : first + _AT_ONCE], temporal)
        return stopped

    async def _settle(self, conn: AsyncConnection, case_ids: Sequence[str], temporal: str) -> set[str]:
        """Ask Temporal about cases while nobody else changes them, and correct their marks."""
        cases = await losses.locked(conn, case_ids)
        return await self._correct(conn, [(case, case) for case in cases], temporal)

    async def _correct(
        self, conn: AsyncConnection, cases: Sequence[tuple[Marked, Marked]], temporal: str = ""
    ) -> set[str]:
        """Correct the marks of locked cases. Each is given with the mark by which its last run is judged."""
        runs = await asyncio.gather(*(self._runs.last(case.case_id) for case, _ in cases))
        if temporal and None in runs and await identity(self._runs.client) != temporal:
            return set()  # what was asked is another Temporal than the one that was compared
        examined = [(case, last, standing(by, last)) for (case, by), last in zip(cases, runs, strict=True)]
        lost = [self._loss(case, kind, last) for case, last, kind in examined if kind and kind != case.lost]
        await self._mark(conn, lost)
        runs_again = [case.case_id for case, _, kind in examined if case.lost and kind is None]
        if await losses.clear(conn, runs_again, self._now(), _BY):
            _LOG.info("workflows_run_again", cases=len(runs_again))
        return {case.case_id for case, _, kind in examined if kind not in (None, WorkflowLoss.RESET)}

    async def _mark(self, conn: AsyncConnection, lost: Sequence[Loss]) -> None:
        for case in await losses.mark(conn, lost, self._now()):
            _LOG.error("workflow_lost", case=case, loss=next(str(loss.kind) for loss in lost if loss.case_id == case))

    def _loss(self, case: Marked, kind: WorkflowLoss, last: LastRun | None) -> Loss:
        task = task_id(self._vault, case.case_id, self._now())
        return Loss(case.case_id, kind, last.first if last else "", task, was=case.lost)


def task_id(vault: Vault, case_id: str, now: datetime) -> str:
    """The id of the task for a loss that is noted now."""
    return "T" + vault.short_id("task", TaskKind.REBUILD_CASE, case_id, now.isoformat())


def standing(case: Marked, last: LastRun | None) -> WorkflowLoss | None:
    """How a case lost its workflow, by its last run. None: a workflow carries it, or none has to.

    A run that continues lost runs is what a reset in Temporal made of them. A rebuilt case has runs of its own.
    """
    if not case.carried:
        return None
    if last is None:
        return WorkflowLoss.MISSING
    if last.ended:
        return WorkflowLoss.known(last.ended)
    return WorkflowLoss.RESET if case.lost and case.first_run == last.first else None


def _mark_by(run: Run, case: Marked) -> Marked:
    """The case as if the loss of a run that did not end by itself were noted already, unless it has a mark."""
    return case if case.lost else replace(case, lost=run.ended, first_run=run.first)
