"""SELECT and what stands in it, written as Python: in it, `r` are rows by table and `v` the parameters."""

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import JSONB

from tests.lives.product import METADATA
from tests.lives.sql_tokens import Tokens, UnknownSqlError

_COMPARED = {"=": "==", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "<>": "!=", "!=": "!="}
_CONSTANTS = {"true": "True", "false": "False", "null": "None"}
_NOBODY_ELSE = ("pg_notify", "pg_advisory_xact_lock", "hashtext")  # functions that matter to others only
Sight = tuple[tuple[str, str, str], ...]  # rows in sight, the innermost first: name, Python's name, table


class Expressions(Tokens):
    """Reads expressions."""

    def _typed(self) -> None:
        """Values have the type they have."""
        while self._is("::"):
            self._name()
            self._is("WITH", "TIME", "ZONE")
            self._is("[", "]")

    def _select(self, outer: Sight) -> str:
        """After the word SELECT. What it gives is read twice, since the table that it is of comes later."""
        results_at = self._at
        table, name = self._from()
        row = f"row{len(outer)}"
        sight = ((name, row, table), *outer) if table else outer
        self._at = results_at
        results = ", ".join(self._listed(lambda: self.either(sight)))
        if not table:
            return f"[({results},)]"
        self._must("FROM")
        self._name()
        if self._is("AS"):
            self._name()
        where = f" if {self.either(sight)}" if self._is("WHERE") else ""
        order = self._listed(self._name) if self._is("ORDER", "BY") else []
        if self._is("FOR", "NO", "KEY", "UPDATE", "OF") or self._is("FOR", "UPDATE", "OF"):
            self._name()
        rows = f"r({table!r})"
        if order:
            rows = f"sorted({rows}, key=lambda row: ({', '.join(f'row[{each!r}]' for each in order)},))"
        return f"[({results},) for {row} in {rows}{where}]"

    def _from(self) -> tuple[str, str]:
        """Table and name of the FROM of this SELECT; "" if it has none."""
        depth = 0
        while self._at < len(self._tokens) and depth >= 0:
            word = self._next()
            depth += {"(": 1, ")": -1}.get(word, 0)
            if depth == 0 and word.upper() == "FROM":
                table = self._name()
                return table, self._name() if self._is("AS") else table
        return "", ""

    # expressions

    def either(self, sight: Sight) -> str:
        """One condition or another."""
        found = [self._all(sight)]
        while self._is("OR"):
            found.append(self._all(sight))
        return found[0] if len(found) == 1 else f"({' or '.join(found)})"

    def _all(self, sight: Sight) -> str:
        found = [self._compared(sight)]
        while self._is("AND"):
            found.append(self._compared(sight))
        return found[0] if len(found) == 1 else f"({' and '.join(found)})"

    def _compared(self, sight: Sight) -> str:
        left = self._value(sight)
        if self._is("IS"):
            wanted = "is not" if self._is("NOT") else "is"
            self._must("NULL")
            return f"({left} {wanted} None)"
        if self._is("BETWEEN"):
            low, _, high = self._value(sight), self._must("AND"), self._value(sight)
            return f"({left} is None or {low} <= {left} <= {high})"
        if self._is("IN", "("):
            listed = self._listed(lambda: self._value(sight))
            self._must(")")
            return f"({left} in ({', '.join(listed)},))"
        if self._at < len(self._tokens) and self._tokens[self._at] in _COMPARED:
            return self._against(left, _COMPARED[self._next()], sight)
        return left

    def _against(self, left: str, compared: str, sight: Sight) -> str:
        if self._is("ANY"):
            return f"({left} in {self._value(sight)})"
        return f"({left} is not None and {left} {compared} {self._value(sight)})"

    def _value(self, sight: Sight) -> str:
        found = self._single(sight)
        while self._is("||"):
            found = f"[*{found}, *{self._single(sight)}]"
        return found

    def _single(self, sight: Sight) -> str:
        found = self._plain(sight)
        self._typed()
        return found

    def _plain(self, sight: Sight) -> str:
        if self._is("("):
            select = self._is("SELECT")
            found = f"next((found[0] for found in {self._select(sight)}), None)" if select else self.either(sight)
            self._must(")")
            return found
        token = self._next()
        if token.startswith("$"):
            return f"v[{int(token[1:]) - 1}]"
        if token.isdecimal() or token.lower() in _CONSTANTS:
            return _CONSTANTS.get(token.lower(), token)
        if token.startswith("'"):
            return repr(token[1:-1].replace("''", "'"))
        return self._column_or_call(token, sight)

    def _column_or_call(self, token: str, sight: Sight) -> str:
        if token.upper() == "ARRAY" and self._is("(", "SELECT"):
            found = f"[found[0] for found in {self._select(sight)}]"
            self._must(")")
            return found
        if self._is("("):
            given = [] if self._is(")") else self._listed(lambda: self.either(sight))
            if given:
                self._must(")")
            return _call(token.lower(), given)
        name = token.strip('"')
        return _column(self._name(), sight, name) if self._is(".") else _column(name, sight)


def _call(name: str, given: Sequence[str]) -> str:
    if name == "row":
        return f"({', '.join(given)},)"
    if name in _NOBODY_ELSE:
        return "None"
    raise UnknownSqlError(f"function {name}")


def _column(name: str, sight: Sight, of: str = "") -> str:
    """A column of the innermost row that has it; `xmin`, which says who wrote a row last, is always the same."""
    if name == "xmin":
        return "xmin"
    for known, row, table in sight:
        if of in ("", known) and name in METADATA.tables[table].c:
            json_column = isinstance(METADATA.tables[table].c[name].type, JSONB)
            return f"opened({row}[{name!r}])" if json_column else f"{row}[{name!r}]"
    raise UnknownSqlError(f"no column {of}.{name}")
