"""Limits repeated log lines of libraries: without Kafka, aiokafka writes 80 lines a second."""

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
    timer = Timer(seconds, work)  # a thread, since libraries log in threads, too, and before there is an event loop
    timer.daemon = True
    timer.start()


class FirstOfEachKind(logging.Filter):
    """Passes the first of repeated lines of chatty libraries; every ten seconds one line counts those left out.

    Lines from the same place in the code are repeats. A line that is not repeated for ten seconds is written again next
    time. The count has only names of loggers, nothing of the lines' text.
    """

    def __init__(self, later: Later = _later) -> None:
        """Args: later: calls a function after a number of seconds."""
        super().__init__()
        self._later, self._lock, self._waits = later, Lock(), False
        self._left_out: dict[tuple[str, int], int] = {}  # repeats by logger and line of code

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write the line."""
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
