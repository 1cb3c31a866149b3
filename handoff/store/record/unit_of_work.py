"""The rows of one case that its milestones read and write: read in one statement under a lock, written in one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import RowsToWrite, write
from handoff.store.engine import OUTBOX
from handoff.store.record.assessments import Assessments
from handoff.store.record.cases import COLUMNS, CaseFacts, CaseRow, informed, part, senders
from handoff.store.record.checks import Checks
from handoff.store.record.clocks import ClockRows
from handoff.store.record.persons import Persons
from handoff.store.record.plans import Lines, PlanRows
from handoff.store.record.referrals import Capacities, Referrals
from handoff.store.record.row_set import RowSet
from handoff.store.record.tasks import Tasks
from handoff.store.record.timeline import Timeline
from handoff.store.record.visits import OPEN, Visits
from handoff.vocabulary.states import PlanState


@dataclass(frozen=True)
class RowsWanted:
    """What is read of a case besides what is read always.

    Attributes:
        keys: of milestones that may be written already.
        facts: that lead to milestones.
        lines: whose visits are all read.
    """

    keys: Collection[str]
    facts: Collection[int]
    lines: Collection[str]


class CaseRows:
    """The rows of one case, table by table."""

    def __init__(self, conn: AsyncConnection, case_id: str, wanted: RowsWanted) -> None:
        self._conn, self._case_id, self._wanted = conn, case_id, wanted
        self.timeline, self.facts, self.persons = Timeline(), CaseFacts(), Persons()
        self.tasks, self.clocks, self.checks, self.assessments = Tasks(), ClockRows(), Checks(), Assessments()
        self.plans, self.lines, self.referrals = PlanRows(), Lines(), Referrals()
        self.visits, self.capacities = Visits(conn, wanted.lines), Capacities(conn)
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
        """Lock the case until the transaction ends, so that what happens to it happens in turn, and read everything.

        None: no such case. Whoever had the lock before may have written after this statement's snapshot was taken; the
        case's row is then a later version than the snapshot has, since nobody writes without changing it. So it is read
        again, under the lock.
        """
        row_sets: tuple[RowSet[Any], ...] = (*self._kept, self.facts, self.persons)
        statement = _locking(tuple(row_set.selecting() for row_set in row_sets))
        wanted = self._wanted
        values = (
            self._case_id,
            list(wanted.keys),
            list(wanted.facts),
            list(wanted.lines),
            list(OPEN),
            PlanState.SUBMITTED,
        )
        while found := (await self._conn.exec_driver_sql(statement, values)).all():
            [(case, stands, *rows)] = map(tuple, found)
            if stands:
                for row_set, found_rows in zip(row_sets, rows, strict=True):
                    row_set.take(found_rows)
                return CaseRow(*case)
        return None

    async def senders(self) -> list[str]:
        """Everybody who sent a notice of this discharge, the desk too."""
        return await senders(self._conn, self._case_id)

    async def informed(self) -> set[str]:
        """Everybody who was told anything about this case."""
        return await informed(self._conn, self._case_id)

    async def write(self, case: CaseRow, letters: Sequence[RowsToWrite]) -> None:
        """Write the case, every row that was changed or added, and letters; the relay is rung for once it commits."""
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
