"""The rows of one table within a transaction: read once, changed in place, written together at the end."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.bulk import RowsToWrite, records

Row = TypeVar("Row")


class RowSet(Generic[Row]):
    """The rows of one table that a milestone has read, changed or added.

    The caller holds the lock of the case, so the rows stay valid. Changed rows are written before new ones: a closed
    task then makes room for the next of its kind (unique index).

    Attributes:
        table: the table.
        row: a dataclass whose fields are columns of the table.
        where: SQL condition for the rows of a case, with their order if the code goes through several; $1 is the case
            id, others are numbered by `CaseRows.read`.
        how: how rows are written, see `RowsToWrite`.
    """

    table: ClassVar[Table]
    row: ClassVar[type[Any]]
    where: ClassVar[str] = "case_id = $1"
    how: ClassVar[Any] = "put"
    _columns: ClassVar[tuple[str, ...]]
    _name: ClassVar[Any]

    def __init_subclass__(cls) -> None:
        """Derive columns and key from `table` and `row`."""
        cls._columns = tuple(field.name for field in fields(cls.row))
        cls._name = attrgetter(*(column.name for column in cls.table.primary_key.columns))

    def __init__(self) -> None:
        self._read: dict[Any, Row] = {}
        self._before: dict[Any, dict[str, Any]] = {}  # values as in the database
        self._new: dict[Any, Row] = {}

    def __iter__(self) -> Iterator[Row]:
        """Every row read or added so far."""
        return iter(self._read.values())

    @classmethod
    def selecting(cls, where: str = "") -> str:
        """SQL expression that gives its rows as one value."""
        return records(cls.table, cls._columns, where or cls.where)

    def take(self, records: Iterable[Sequence[Any]]) -> list[Row]:
        """Add rows from the database; a row that was read before is returned as it is in memory."""
        return [self._as_read(self.row(*values)) for values in records]

    def _as_read(self, row: Row) -> Row:
        key = self._name(row)
        if key not in self._read:
            self._read[key], self._before[key] = row, vars(row).copy()
        return self._read[key]

    async def read(self, conn: AsyncConnection, where: str, *values: Any) -> list[Row]:
        """Read further rows that match `where`: trusted SQL, with $1 for the first value."""
        return self.take((await conn.exec_driver_sql(f"SELECT {self.selecting(where)}", values)).scalar_one())

    def add(self, row: Row) -> Row:
        """Add a new row and return it."""
        key = self._name(row)
        self._new[key] = self._read[key] = row
        return row

    def part(self) -> RowsToWrite:
        """Rows to write: those changed since they were read, then the new ones."""
        changed = [row for key, row in self._read.items() if key not in self._new and vars(row) != self._before[key]]
        rows = [vars(row).copy() for row in (*changed, *self._new.values())]
        self._before = {key: vars(row).copy() for key, row in self._read.items()}
        self._new.clear()
        return RowsToWrite(self.table, rows, self.how)
