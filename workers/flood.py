"""Keeps libraries that repeat themselves from flooding the log: without Kafka, aiokafka writes 80 lines a second."""

import logging
from collections import Counter
from collections.abc import Callable
from threading import Lock, Timer

import structlog

_LOG = structlog.get_logger("flood")
CHATTY = ("aiokafka", "faststream", "sqlalchemy", "alembic")
_EVERY = 10.0  # seconds
Later = Callable[[float, Callable[[], None]], None]


def _later(seconds: float, work: Callable[[], None]) -> None:
    timer = Timer(seconds, work)  # a thread's: libraries log in threads, too, and before there is a loop
    timer.daemon = True
    timer.start()


class FirstOfEachKind(logging.Filter):
    """Lets the first line of each kind of the chatty libraries through, and every ten seconds says how many followed.

    Lines are of one kind when the same place in the code writes them. A kind that is not repeated for ten seconds is
    written again the next time. The count names loggers only, nothing of what the lines said.
    """

    def __init__(self, later: Later = _later) -> None:
        """Args: later: calls a function after so many seconds."""
        super().__init__()
        self._later, self._lock, self._waits = later, Lock(), False
        self._left_out: dict[tuple[str, int], int] = {}  # by logger and line of its code

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        if not record.name.startswith(CHATTY):
            return True
        kind = record.name, record.lineno
        with self._lock:
            first = kind not in self._left_out
            self._left_out[kind] = 0 if first else self._left_out[kind] + 1
            begins, self._waits = not self._waits, True
        if begins:
            self._later(_EVERY, self._say)
        return first

    def _say(self) -> None:
        counted: Counter[str] = Counter()
        with self._lock:
            repeated = {kind: count for kind, count in self._left_out.items() if count}
            self._left_out = dict.fromkeys(repeated, 0)
            self._waits = bool(repeated)
        if not repeated:
            return
        for (logger, _), count in repeated.items():
            counted[logger] += count
        self._later(_EVERY, self._say)
        _LOG.info("lines_left_out", lines=counted.total(), seconds=_EVERY, of=dict(counted))
