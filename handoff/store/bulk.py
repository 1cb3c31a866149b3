"""Writes many rows in one statement, through `unnest(...)`: its text is the same for any number of rows."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import Column, ColumnElement, Row, Table, any_, literal
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
_QUOTE = _DIALECT.identifier_preparer.quote


def among(column: Column[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """`column = ANY(values)`: one parameter for any number of values."""
    return column == any_(literal(list(values), ARRAY(column.type)))


async def fetch(
    conn: AsyncConnection, table: Table, columns: tuple[str, ...], where: str, *values: Any
) -> list[dict[str, Any]]:
    """Rows as dictionaries by column name; `where` is trusted SQL, with $1 for the first of the values.

    It goes to the driver directly: a statement compiled by SQLAlchemy costs twice as much.
    """
    result = await conn.exec_driver_sql(_selecting(table, columns, where), values)
    json_at = [place for place, name in enumerate(columns) if name in _json_columns(table)]
    rows = []
    for row in result:
        values_read = list(row)
        for place in json_at:
            value = values_read[place]
            values_read[place] = json.loads(value) if isinstance(value, str) else value
        rows.append(dict(zip(columns, values_read, strict=True)))
    return rows


@lru_cache(maxsize=128)
def records(table: Table, columns: tuple[str, ...], where: str) -> str:
    """An SQL expression that gives rows as an array of records, so that one statement can read several tables."""
    return f"ARRAY(SELECT ROW({', '.join(map(_QUOTE, columns))}) FROM {_QUOTE(table.name)} WHERE {where})"  # noqa: S608 - names of ours


@dataclass(frozen=True)
class RowsToWrite:
    """Rows of one table, to be written in one statement with those of other tables.

    Attributes:
        rows: all have the same columns.
        how: `new`: insert; `once`: insert, skip existing keys; `put`: insert or update, in this order; `change`: update
            a single existing row, whose first column is the primary key.
    """

    table: Table
    rows: Sequence[Mapping[str, Any]]
    how: Literal["new", "once", "put", "change"]

    @property
    def shape(self) -> "Shape":
        """What the text of its statement depends on. A single row needs no arrays, which is cheaper."""
        return Shape(self.table, tuple(self.rows[0]), self.how, single=len(self.rows) == 1)

    def values(self) -> list[Any]:
        """The parameters of its statement."""
        arrays = [_array(self.table, column, self.rows) for column in self.rows[0]]
        return [array[0] for array in arrays] if len(self.rows) == 1 else arrays


class Shape(NamedTuple):
    """`RowsToWrite` without the values."""

    table: Table
    columns: tuple[str, ...]
    how: str
    single: bool

    def text(self, first: int) -> str:
        """The statement, with parameters numbered from `first`."""
        if self.how == "change":
            return self._changing(first)
        source = self._values(first) if self.single else _unnested(self.table, self.columns, first)
        names = ", ".join(map(_QUOTE, self.columns))
        return f"INSERT INTO {_QUOTE(self.table.name)} ({names}) {source}{self._known_already()}"

    def _values(self, first: int) -> str:
        return f"VALUES ({', '.join(f'${place}' for place, _ in enumerate(self.columns, first))})"

    def _changing(self, first: int) -> str:
        key, *changed = (f"{_QUOTE(name)} = ${place}" for place, name in enumerate(self.columns, first))
        return f"UPDATE {_QUOTE(self.table.name)} SET {', '.join(changed)} WHERE {key}"  # noqa: S608 - names of ours

    def _known_already(self) -> str:
        if self.how != "put":
            return " ON CONFLICT DO NOTHING" if self.how == "once" else ""
        key = [column.name for column in self.table.primary_key.columns]
        change = ", ".join(f"{_QUOTE(name)} = excluded.{_QUOTE(name)}" for name in self.columns if name not in key)
        return f" ON CONFLICT ({', '.join(map(_QUOTE, key))}) DO UPDATE SET {change}"


async def insert(conn: AsyncConnection, part: RowsToWrite, returning: tuple[str, ...] = ()) -> Sequence[Row[Any]]:
    """Insert rows of one table, in their order; none is fine. Their columns may hold Python objects as JSONB.

    Args:
        conn: in the caller's transaction.
        part: what to insert, as `new` or `once`.
        returning: columns of what was really inserted, which are returned.
    """
    if not part.rows:
        return []
    shape = part.shape._replace(single=False)
    values = tuple(_array(part.table, column, part.rows) for column in shape.columns)
    result = await conn.exec_driver_sql(_inserting(shape, returning), values)
    return result.all() if returning else []


async def write(conn: AsyncConnection, parts: Sequence[RowsToWrite], ring: str = "") -> None:
    """Write rows of several tables in one statement; `ring`: a channel to notify on commit. Empty parts are skipped.

    No part sees the rows of another. Foreign keys between parts are checked after all are written.
    """
    parts = [part for part in parts if part.rows]
    if not parts:
        return
    statement = _together(tuple(part.shape for part in parts), ring)
    await conn.exec_driver_sql(statement, tuple(value for part in parts for value in part.values()))


async def rewrite(conn: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Update existing rows; the first column of each is the primary key, the others are changed."""
    if not rows:
        return
    columns = tuple(rows[0])
    await conn.exec_driver_sql(_rewriting(table, columns), tuple(_array(table, column, rows) for column in columns))


@lru_cache(maxsize=128)
def _selecting(table: Table, columns: tuple[str, ...], where: str) -> str:
    return f"SELECT {', '.join(map(_QUOTE, columns))} FROM {_QUOTE(table.name)} WHERE {where}"  # noqa: S608 - names of ours


@lru_cache(maxsize=512)
def _together(shapes: tuple[Shape, ...], ring: str) -> str:
    parts, first = [], 1
    for place, shape in enumerate(shapes):
        parts.append(f"part_{place} AS ({shape.text(first)})")
        first += len(shape.columns)
    rings = f"pg_notify('{ring}', '')" if ring else "1"
    return f"WITH {', '.join(parts)} SELECT {rings}"


@lru_cache(maxsize=64)
def _rewriting(table: Table, columns: tuple[str, ...]) -> str:
    key, *changed = map(_QUOTE, columns)
    change = ", ".join(f"{column} = new.{column}" for column in changed)
    new = f"({_unnested(table, columns, 1)}) AS new ({', '.join(map(_QUOTE, columns))})"
    return f"UPDATE {_QUOTE(table.name)} AS old SET {change} FROM {new} WHERE old.{key} = new.{key}"  # noqa: S608 - names of ours


@lru_cache(maxsize=128)
def _inserting(shape: Shape, returning: tuple[str, ...]) -> str:
    answer = f" RETURNING {', '.join(map(_QUOTE, returning))}" if returning else ""
    return shape.text(1) + answer


def _unnested(table: Table, columns: tuple[str, ...], first: int) -> str:
    types = (table.c[column].type.compile(dialect=_DIALECT) for column in columns)
    return f"SELECT * FROM unnest({', '.join(f'${place}::{name}[]' for place, name in enumerate(types, first))})"  # noqa: S608 - names of ours


def _array(table: Table, column: str, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    if column in _json_columns(table):
        return [json.dumps(row[column], ensure_ascii=False) for row in rows]
    return [row[column] for row in rows]


@lru_cache
def _json_columns(table: Table) -> frozenset[str]:
    return frozenset(column.name for column in table.c if isinstance(column.type, JSONB))
