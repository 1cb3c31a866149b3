"""The twin of the record: PostgreSQL's place taken by rows in memory, under the same keys, indexes and checks."""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Identity, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB

from tests.lives import sql
from tests.lives.product import METADATA

_DEFAULTS: Mapping[str, Any] = {"": "", "0": 0, "1": 1, "false": False, "{}": "{}", "[]": "[]", "''::bytea": b""}
Key = tuple[Any, ...]


class RefusedByTwinError(Exception):
    """A key, an index, a check or a reference forbids this row."""


class _Form:
    """What a table asks of its rows."""

    def __init__(self, table: Table) -> None:
        self.key = tuple(column.name for column in table.primary_key.columns)
        self.moments = tuple(column.name for column in table.c if isinstance(column.type, DateTime))
        self.json = tuple(column.name for column in table.c if isinstance(column.type, JSONB))
        self.counted = next((column.name for column in table.c if column.identity is not None), "")
        self.required = tuple(column.name for column in table.c if not column.nullable)
        self.defaults = {column.name: _default(column) for column in table.c}
        self.refers = tuple((column.name, key.column.table.name) for column in table.c for key in column.foreign_keys)
        checks = [str(each.sqltext) for each in table.constraints if isinstance(each, CheckConstraint)]
        self.checks = tuple(sql.condition(each, table.name) for each in checks)
        self.unique = tuple(_unique(table))

    def key_of(self, row: Mapping[str, Any]) -> Key:
        """The primary key of a row."""
        return tuple(row[name] for name in self.key)

    def names(self, row: Mapping[str, Any]) -> list[tuple[int, Key]]:
        """Under what a row must be the only one: the number of the index, and the values."""
        found = []
        for number, (columns, where) in enumerate(self.unique):
            values = tuple(row[name] for name in columns)
            if None not in values and (where is None or where(row)):
                found.append((number, values))
        return found


def _unique(table: Table) -> Iterable[tuple[Key, Callable[[Mapping[str, Any]], bool] | None]]:
    """Columns that are unique together, and for which rows; the primary key is no part of it."""
    for each in table.constraints:
        if isinstance(each, UniqueConstraint):
            yield tuple(column.name for column in each.columns), None
    for index in table.indexes:
        if index.unique:
            where = index.dialect_options["postgresql"]["where"]
            columns = tuple(column.name for column in index.columns)
            yield columns, None if where is None else sql.condition(str(where), table.name)


def _default(column: Any) -> Any:
    given = column.server_default
    if given is None or isinstance(given, Identity):
        return None
    return _DEFAULTS[str(getattr(given.arg, "text", given.arg))]


@lru_cache
def _form(table: str) -> _Form:
    return _Form(METADATA.tables[table])


class Twin:
    """Rows of every table. It stands where an engine would stand: `begin` gives a transaction."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[Key, dict[str, Any]]] = {name: {} for name in METADATA.tables}
        self._named: dict[tuple[str, int, Key], Key] = {}
        self._counts: dict[str, int] = {}
        self._undo: list[tuple[str, Key, dict[str, Any] | None]] = []

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["Connection"]:
        """A transaction: what it wrote is forgotten if it fails."""
        counts, self._undo = dict(self._counts), []
        try:
            yield Connection(self)
        except BaseException:
            for table, key, row in reversed(self._undo.copy()):
                self._set(table, key, row)
            self._counts = counts
            raise

    @property
    def tables(self) -> list[str]:
        """The names of all tables."""
        return list(self._tables)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Every row of a table, in the order of their making; JSON as text."""
        return list(self._tables[table].values())

    def opened(self, table: str) -> list[dict[str, Any]]:
        """The same with JSON as Python objects."""
        return [_opened(row) for row in self._tables[table].values()]

    def put(self, table: str, **columns: Any) -> dict[str, Any]:
        """A new row, written as intake or an operator would; JSON as Python objects."""
        json_columns = _form(table).json
        columns = {name: json.dumps(value) if name in json_columns else value for name, value in columns.items()}
        row = self._add(table, columns, "")
        assert row is not None
        return _opened(row)

    def change(self, table: str, key: Key, **columns: Any) -> None:
        """Change columns of one row."""
        self._replace(table, {**self._tables[table][key], **columns})

    def run(self, text: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Run one statement."""
        statement = sql.statement(text)
        written = [row for part in statement.writes for row in self._written(part, values)]
        for table, row in written:
            self._refers(table, row)
        return statement.select(self._read, values)

    def _read(self, table: str) -> Iterable[Mapping[str, Any]]:
        return self._tables[table].values()

    # writing

    def _written(self, part: sql.Insert | sql.Update, values: Sequence[Any]) -> Iterable[tuple[str, dict[str, Any]]]:
        if isinstance(part, sql.Update):
            row = self._tables[part.table].get((values[part.key],))
            if row is not None:
                change = {name: values[place] for name, place in part.columns.items()}
                yield part.table, self._replace(part.table, {**row, **change})
            return
        for columns in part.rows(values):
            added = self._add(part.table, columns, part.conflict)
            if added is not None:
                yield part.table, added

    def _add(self, table: str, columns: Mapping[str, Any], conflict: str) -> dict[str, Any] | None:
        form, rows = _form(table), self._tables[table]
        row = {**form.defaults, **columns}
        if form.counted and row[form.counted] is None:
            self._counts[table] = row[form.counted] = self._counts.get(table, 0) + 1
        known = rows.get(form.key_of(row))
        if known is not None and conflict == "update":
            return self._replace(table, {**known, **columns})
        if conflict == "nothing" and (known is not None or self._twice(table, row)):
            return None
        if known is not None:
            raise RefusedByTwinError(f"{table}: {form.key} twice")
        return self._replace(table, row)

    def _replace(self, table: str, row: dict[str, Any]) -> dict[str, Any]:
        """Put a row at its key, if it may stand there."""
        form = _form(table)
        for name in form.moments:
            if isinstance(row[name], datetime):
                row[name] = row[name].astimezone(UTC)
        for name in form.json:
            if row[name] is not None and not isinstance(row[name], sql.Json):
                row[name] = _jsonb(row[name])
        missing = [name for name in form.required if row[name] is None]
        if missing or not all(check(row) for check in form.checks):
            raise RefusedByTwinError(f"{table}: {missing or 'a check'}")
        if twice := self._twice(table, row):
            raise RefusedByTwinError(f"{table}: {twice} twice")
        key = form.key_of(row)
        self._undo.append((table, key, self._tables[table].get(key)))
        self._set(table, key, row)
        return row

    def _set(self, table: str, key: Key, row: dict[str, Any] | None) -> None:
        """Keep a row under its key and its other names; None: it is gone."""
        form, known = _form(table), self._tables[table].get(key)
        for number, values in form.names(known) if known else ():
            del self._named[table, number, values]
        if row is None:
            del self._tables[table][key]
            return
        for number, values in form.names(row):
            self._named[table, number, values] = key
        self._tables[table][key] = row

    def _twice(self, table: str, row: Mapping[str, Any]) -> tuple[str, ...]:
        """The columns by which another row is the same; () if none is."""
        form = _form(table)
        key = form.key_of(row)
        for number, values in form.names(row):
            if self._named.get((table, number, values), key) != key:
                return form.unique[number][0]
        return ()

    def _refers(self, table: str, row: Mapping[str, Any]) -> None:
        for column, other in _form(table).refers:
            if row[column] is not None and (row[column],) not in self._tables[other]:
                raise RefusedByTwinError(f"{table}.{column} names no row of {other}")


def _opened(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: json.loads(value) if isinstance(value, sql.Json) else value for name, value in row.items()}


def _jsonb(text: str) -> sql.Json:
    """JSON as PostgreSQL keeps it: shorter names come first."""
    return sql.Json(json.dumps(_ordered(json.loads(text)), ensure_ascii=False))


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _ordered(value[name]) for name in sorted(value, key=lambda name: (len(name.encode()), name))}
    return [_ordered(each) for each in value] if isinstance(value, list) else value


class Connection:
    """A transaction of the twin, with as much of SQLAlchemy's face as the record uses."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin

    async def exec_driver_sql(self, statement: str, parameters: Sequence[Any] = ()) -> "Result":
        """Run a statement with asyncpg's parameters."""
        return Result(self._twin.run(statement, parameters))


class Result:
    """Rows, as SQLAlchemy gives them."""

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = rows

    def __iter__(self) -> Any:
        return iter(self._rows)

    def all(self) -> list[tuple[Any, ...]]:
        """Every row."""
        return self._rows

    def scalar_one(self) -> Any:
        """The first column of the only row."""
        [row] = self._rows
        return row[0]
