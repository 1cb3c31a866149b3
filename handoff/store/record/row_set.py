"""The rows of one table as one transaction sees them: read once, changed in place, written together at the end."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import RowsToWrite, records

Row = TypeVar("Row")


class RowSet(Generic[Row]):
    """What a milestone has read and changed of one table.

    The caller holds the lock of the case, so what was read stays true. Rows that were there before are written ahead of
    new ones: so a closed task gives its place to the next one of its kind.

    Attributes:
        table: where its rows stand.
        row: a dataclass whose fields are columns of the table.
        where: SQL of ours: which rows of a case are read, and in which order, if code goes through several of them;
            $1 is the case, the further ones the reader knows.
        how: its rows are written, as `Part` says.
    """

    table: ClassVar[Table]
    row: ClassVar[type[Any]]
    where: ClassVar[str] = "case_id = $1"
    how: ClassVar[Any] = "put"
    _columns: ClassVar[tuple[str, ...]]
    _name: ClassVar[Any]

    def __init_subclass__(cls) -> None:
        """What follows from table and row."""
        cls._columns = tuple(field.name for field in fields(cls.row))
        cls._name = attrgetter(*(column.name for column in cls.table.primary_key.columns))

    def __init__(self) -> None:
        self._read: dict[Any, Row] = {}
        self._before: dict[Any, dict[str, Any]] = {}  # columns as they stand in the database
        self._new: dict[Any, Row] = {}

    def __iter__(self) -> Iterator[Row]:
        """Every row read or added so far."""
        return iter(self._read.values())

    @classmethod
    def selecting(cls, where: str = "") -> str:
        """Its rows as one value: an SQL expression."""
        return records(cls.table, cls._columns, where or cls.where)

    def take(self, found: Iterable[Sequence[Any]]) -> list[Row]:
        """Rows as they stand in the database; one that was read before is given as it stands in memory."""
        return [self._as_read(self.row(*values)) for values in found]

    def _as_read(self, row: Row) -> Row:
        key = self._name(row)
        if key not in self._read:
            self._read[key], self._before[key] = row, vars(row).copy()
        return self._read[key]

    async def read(self, conn: AsyncConnection, where: str, *values: Any) -> list[Row]:
        """Further rows: those that match `where`, SQL of ours with $1 for the first value."""
        return self.take((await conn.exec_driver_sql(f"SELECT {self.selecting(where)}", values)).scalar_one())

    def add(self, row: Row) -> Row:
        """A new row."""
        key = self._name(row)
        self._new[key] = self._read[key] = row
        return row

    def part(self) -> RowsToWrite:
        """The rows that were changed since they were read, then the new ones, to be written now."""
        changed = [row for key, row in self._read.items() if key not in self._new and vars(row) != self._before[key]]
        rows = [vars(row).copy() for row in (*changed, *self._new.values())]
        self._before = {key: vars(row).copy() for key, row in self._read.items()}
        self._new.clear()
        return RowsToWrite(self.table, rows, self.how)
