"""The SQL that the record speaks, made into Python over rows in memory; anything else is refused loudly.

SELECT with ROW, ARRAY, sub-selects and WHERE; INSERT with ON CONFLICT; UPDATE; WITH around several of them.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tests.lives.sql_expressions import Expressions
from tests.lives.sql_tokens import UnknownSqlError

Rows = Callable[[str], Iterable[Mapping[str, Any]]]
Select = Callable[[Rows, Sequence[Any]], list[tuple[Any, ...]]]
Condition = Callable[[Mapping[str, Any]], bool]


class Json(str):
    """JSON as it is kept: opened anew by each reader, as the driver does it."""

    __slots__ = ()


@dataclass(frozen=True)
class Insert:
    """Rows to insert.

    Attributes:
        source: for each column the place of its parameter.
        unnested: each parameter is an array, with one value a row.
        conflict: what becomes of a row that is there already: "" (an error), nothing, update.
    """

    table: str
    columns: Sequence[str]
    source: Sequence[int]
    unnested: bool
    conflict: str = ""

    def rows(self, values: Sequence[Any]) -> list[dict[str, Any]]:
        """What is to be inserted."""
        given = [values[place] for place in self.source]
        rows = zip(*given, strict=True) if self.unnested else [given]
        return [dict(zip(self.columns, row, strict=True)) for row in rows]


@dataclass(frozen=True)
class Update:
    """Columns of the row with this key."""

    table: str
    columns: Mapping[str, int]
    key: int


@dataclass(frozen=True)
class Statement:
    """Writes, then one SELECT."""

    writes: Sequence[Insert | Update]
    select: Select


@lru_cache(maxsize=4096)
def statement(text: str) -> Statement:
    """Read a statement.

    Raises:
        UnknownSqlError: it is none of those that the twin knows.
    """
    return _Reader(text).statement()


@lru_cache(maxsize=256)
def condition(text: str, table: str) -> Condition:
    """Read a condition on rows of one table, such as that of an index or a check."""
    reader = _Reader(text)
    source = reader.either(((table, "row", table),))
    reader.end()
    return _made(f"lambda row: {source}")


def _made(source: str) -> Any:
    return eval(source, {"opened": _opened, "xmin": 0})  # noqa: S307 - made of the product's own SQL


def _opened(value: Any) -> Any:
    return json.loads(value) if isinstance(value, Json) else value


class _Reader(Expressions):
    """Reads whole statements."""

    def statement(self) -> Statement:
        """A whole statement."""
        writes = self._listed(self._part) if self._is("WITH") else []
        self._must("SELECT")
        source = self._select(())
        self.end()
        return Statement(writes, _made(f"lambda r, v: {source}"))

    def _part(self) -> Insert | Update:
        self._name()
        self._must("AS", "(")
        part = self._insert() if self._is("INSERT", "INTO") else self._update()
        self._must(")")
        return part

    def _insert(self) -> Insert:
        table = self._name()
        self._must("(")
        columns = self._listed(self._name)
        self._must(")")
        unnested = self._is("SELECT", "*", "FROM", "UNNEST", "(")
        if not unnested:
            self._must("VALUES", "(")
        source = self._listed(self._parameter)
        self._must(")")
        return Insert(table, columns, source, unnested, self._conflict() if self._is("ON", "CONFLICT") else "")

    def _conflict(self) -> str:
        if self._is("("):
            self._listed(self._name)
            self._must(")")
        if self._is("DO", "NOTHING"):
            return "nothing"
        self._must("DO", "UPDATE", "SET")
        self._listed(self._excluded)
        return "update"

    def _excluded(self) -> None:
        column = self._name()
        self._must("=", "EXCLUDED", ".")
        if self._name() != column:
            raise UnknownSqlError(self._text)

    def _update(self) -> Update:
        self._must("UPDATE")
        table = self._name()
        self._must("SET")
        columns = dict(self._listed(self._set))
        self._must("WHERE")
        _, key = self._set()
        return Update(table, columns, key)

    def _set(self) -> tuple[str, int]:
        column = self._name()
        self._must("=")
        return column, self._parameter()

    def _parameter(self) -> int:
        token = self._next()
        if not token.startswith("$"):
            raise UnknownSqlError(f"{token!r} instead of a parameter in {self._text}")
        self._typed()
        return int(token[1:]) - 1
