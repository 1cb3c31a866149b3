"""The folder of a case: the sheets that its milestones read and write, taken out and put back in one statement each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import Part, write
from handoff.store.engine import OUTBOX
from handoff.store.record.assessments import Assessments
from handoff.store.record.cases import COLUMNS, CaseRow, Facts, part
from handoff.store.record.checks import Checks
from handoff.store.record.clocks import Clocks
from handoff.store.record.persons import Persons
from handoff.store.record.plans import Lines, Plans
from handoff.store.record.referrals import Capacities, Referrals
from handoff.store.record.row_set import RowSet
from handoff.store.record.tasks import Tasks
from handoff.store.record.timeline import Timeline
from handoff.store.record.visits import Visits


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
    """The sheets of one case."""

    def __init__(self, conn: AsyncConnection, wanted: RowsWanted) -> None:
        self._conn, self._wanted = conn, wanted
        self.timeline, self.facts, self.persons = Timeline(), Facts(), Persons()
        self.tasks, self.clocks, self.checks, self.assessments = Tasks(), Clocks(), Checks(), Assessments()
        self.plans, self.lines, self.referrals = Plans(), Lines(), Referrals()
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

    async def take_out(self, case_id: str) -> CaseRow | None:
        """Lock the case until the transaction ends, so that what happens to it happens in turn, and read everything.

        None: no such case. Whoever had the lock before may have written after this statement's snapshot was taken; the
        case's row is then a later version than the snapshot has, since nobody writes without changing it. So it is read
        again, under the lock.
        """
        sheets: tuple[RowSet[Any], ...] = (*self._kept, self.facts, self.persons)
        statement = _locking(tuple(sheet.selecting() for sheet in sheets))
        wanted = self._wanted
        values = case_id, list(wanted.keys), list(wanted.facts), list(wanted.lines)
        while found := (await self._conn.exec_driver_sql(statement, values)).all():
            [(case, stands, *rows)] = map(tuple, found)
            if stands:
                for sheet, of_sheet in zip(sheets, rows, strict=True):
                    sheet.take(of_sheet)
                return CaseRow(*case)
        return None

    async def put_back(self, case: CaseRow, letters: Sequence[Part]) -> None:
        """Write the case, whatever was changed on the sheets, and letters; the relay is rung for once it commits."""
        sheets = [sheet.part() for sheet in (*self._kept, self.capacities)]
        await write(self._conn, [part(case), *sheets, *letters], OUTBOX if letters else "")


@lru_cache
def _locking(sheets: tuple[str, ...]) -> str:
    case = ", ".join(f"held.{name}" for name in COLUMNS)
    stands = "held.xmin = (SELECT seen.xmin FROM cases AS seen WHERE seen.case_id = $1)"
    return (
        f"SELECT ROW({case}), {stands}, {', '.join(sheets)} "  # noqa: S608 - names of ours
        "FROM cases AS held WHERE held.case_id = $1 FOR NO KEY UPDATE OF held"
    )
