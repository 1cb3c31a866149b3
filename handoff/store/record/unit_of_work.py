"""The rows of one case (unit of work): read in one statement under a lock, written in one statement."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import RowsToWrite, write
from handoff.store.engine import OUTBOX
from handoff.store.record.assessments import Assessments
from handoff.store.record.cases import COLUMNS, CaseFacts, CaseRow, SentLetter, part, senders, sent
from handoff.store.record.checks import Checks
from handoff.store.record.clocks import ClockRows
from handoff.store.record.joined import JoinedLine, open_lines
from handoff.store.record.persons import Persons
from handoff.store.record.plans import Lines, PlanRows
from handoff.store.record.referrals import Capacities, Referrals
from handoff.store.record.row_set import RowSet
from handoff.store.record.tasks import WAITING, Tasks
from handoff.store.record.timeline import Timeline
from handoff.store.record.visits import OPEN, Visits
from handoff.vocabulary.states import PlanState


@dataclass(frozen=True)
class RowsWanted:
    """What to read of a case besides the rows that are always read.

    Attributes:
        keys: milestone keys that may be written already.
        facts: ids of the facts that lead to milestones.
        lines: ids of the lines whose visits are all needed.
    """

    keys: Collection[str]
    facts: Collection[int]
    lines: Collection[str]


class CaseRows:
    """The rows of one case, by table."""

    def __init__(self, conn: AsyncConnection, case_id: str, needed: RowsWanted) -> None:
        self._conn, self._case_id, self._needed = conn, case_id, needed
        self.timeline, self.facts, self.persons = Timeline(), CaseFacts(), Persons()
        self.tasks, self.clocks, self.checks, self.assessments = Tasks(), ClockRows(), Checks(), Assessments()
        self.plans, self.lines, self.referrals = PlanRows(), Lines(), Referrals()
        self.visits, self.capacities = Visits(conn, needed.lines), Capacities(conn)
        self._kept = (
            self.plans,
            self.lines,
            self.referrals,
            self.visits,
            self.checks,
            self.assessments,
            self.tasks,
            self.clocks,
            self.timeline,
        )

    async def read(self) -> CaseRow | None:
        """Lock the case until the transaction ends, and read its rows; None: no such case.

        The holder of the lock before us may have written after this statement's snapshot. Each writer changes the
        row of the case, so its version then differs from the snapshot's, and everything is read again under the lock.
        """
        row_sets: tuple[RowSet[Any], ...] = (*self._kept, self.facts, self.persons)
        statement = _locking(tuple(row_set.selecting() for row_set in row_sets))
        needed = self._needed
        values = (
            self._case_id,
            list(needed.keys),
            list(needed.facts),
            list(needed.lines),
            list(OPEN),
            PlanState.SUBMITTED,
        )
        while result := (await self._conn.exec_driver_sql(statement, values)).all():
            [(case, is_current, *tables)] = map(tuple, result)
            if is_current:
                for row_set, rows in zip(row_sets, tables, strict=True):
                    row_set.take(rows)
                row = CaseRow(*case)
                if row.death or row.restricted or row.closing:
                    await self.tasks.read(self._conn, "case_id = $1 AND closed_by = $2", self._case_id, WAITING)
                return row
        return None

    async def senders(self) -> list[str]:
        """Codes of all that sent a notice of this discharge, including the desk."""
        return await senders(self._conn, self._case_id)

    async def sent(self) -> list[SentLetter]:
        """All letters about this case."""
        return await sent(self._conn, self._case_id)

    async def lines_of_joined(self, case_id: str) -> list[JoinedLine]:
        """The lines of a case that was joined into this one, as far as this one takes them over."""
        return await open_lines(self._conn, case_id)

    async def write(self, case: CaseRow, letters: Sequence[RowsToWrite]) -> None:
        """Write the case, changed and new rows, and letters; a commit with letters notifies the relay."""
        changed = [row_set.part() for row_set in (*self._kept, self.capacities)]
        await write(self._conn, [part(case), *changed, *letters], OUTBOX if letters else "")


@lru_cache
def _locking(row_sets: tuple[str, ...]) -> str:
    case = ", ".join(f"held.{name}" for name in COLUMNS)
    stands = "held.xmin = (SELECT seen.xmin FROM cases AS seen WHERE seen.case_id = $1)"
    return (
        f"SELECT ROW({case}), {stands}, {', '.join(row_sets)} "  # noqa: S608 - names of ours
        "FROM cases AS held WHERE held.case_id = $1 FOR NO KEY UPDATE OF held"
    )
