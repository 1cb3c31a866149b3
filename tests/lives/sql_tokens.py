"""SQL, word by word."""

import re
from collections.abc import Callable
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?:(?P<word>"[^"]+"|[A-Za-z_]\w*)|(?P<text>'(?:[^']|'')*')|(?P<number>\d+)|(?P<param>\$\d+)
    |(?P<sign>\|\||::|<=|>=|!=|<>|[-+*/(),.=<>\[\]]))""",
    re.VERBOSE,
)


class UnknownSqlError(Exception):
    """The record spoke SQL that the twin does not know: teach it here."""


def _tokens(text: str) -> list[str]:
    found, place = [], 0
    text = text.strip()
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            raise UnknownSqlError(text[place : place + 60])
        found.append(token[0].strip())
        place = token.end()
    return found


class Tokens:
    """Reads a statement token by token."""

    def __init__(self, text: str) -> None:
        self._text, self._tokens, self._at = text, _tokens(text), 0

    def _next(self) -> str:
        token = self._tokens[self._at] if self._at < len(self._tokens) else ""
        self._at += 1
        return token

    def _is(self, *words: str) -> bool:
        """Whether these come next; if so they are read."""
        upcoming = [token.upper() for token in self._tokens[self._at : self._at + len(words)]]
        if upcoming != list(words):
            return False
        self._at += len(words)
        return True

    def _must(self, *words: str) -> None:
        if not self._is(*words):
            here = " ".join(self._tokens[self._at : self._at + 8])
            raise UnknownSqlError(f"{here!r} instead of {words} in {self._text}")

    def _name(self) -> str:
        return self._next().strip('"')

    def _listed(self, read: Callable[[], Any]) -> list[Any]:
        found = [read()]
        while self._is(","):
            found.append(read())
        return found

    def end(self) -> None:
        """Nothing comes any more."""
        if self._at < len(self._tokens):
            self._must("")
