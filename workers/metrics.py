"""What each process counts for Prometheus: one question of an alert each (docs/operations.md), on its health port."""

import logging
from collections.abc import Mapping, MutableMapping
from typing import Any

from prometheus_client import Counter, Gauge, generate_latest

BUILD = Gauge("handoff_build_info", "Which process and build this is.", ["process", "build"])
READY = Gauge("handoff_ready", "1 while the process makes progress: what /ready answers.")
STORE_REACHED = Gauge("handoff_store_reached", "1 while PostgreSQL answers this process.")
CLOCK_OFFSET = Gauge("handoff_clock_offset_seconds", "How far this machine's clock is ahead of PostgreSQL's.")
WAITING = Gauge(
    "handoff_waiting",
    "What waits: records not taken, missing or parked, partitions held, institutions silent, facts untold, cases "
    "standing still, events unsent, tasks overdue.",
    ["what"],
)
WAITING_SINCE = Gauge("handoff_waiting_oldest_seconds", "Age of the oldest that waits; 0: nothing does.", ["what"])
PARKED = Gauge("handoff_parked", "Parked records, by institution and code.", ["institution", "code"])
CASES = Gauge("handoff_cases", "Cases in the record.", ["state"])
TROUBLES = Counter("handoff_troubles_total", "What went wrong and is tried again, or needs a person.", ["what"])

# Lines of the Temporal SDK that mean trouble, by how they begin: it offers no other sign of them.
_TEMPORAL_SAYS: Mapping[str, str] = {
    "Failed activation": "case_stands_still",
    "Failed deserializing signal": "signal_lost",
    "Completing activity as failed": "milestone_failed",
}
_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposed() -> tuple[str, bytes]:
    """The content type and the text that Prometheus reads."""
    return _CONTENT_TYPE, generate_latest()


def count_troubles(_logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Count our own warnings and errors by their name, which is a code: a step of structlog's."""
    if method in ("warning", "error", "exception"):
        TROUBLES.labels(str(event.get("event"))).inc()
    return event


class TemporalTroubles(logging.Handler):
    """Counts what the Temporal SDK complains of; nothing is written."""

    def __init__(self) -> None:
        """Each count is there from the beginning, as 0: Prometheus sees no increase in one that comes as 1."""
        super().__init__()
        for what in _TEMPORAL_SAYS.values():
            TROUBLES.labels(what)

    def emit(self, record: logging.LogRecord) -> None:
        """Count a line whose beginning is known."""
        for begins, what in _TEMPORAL_SAYS.items():
            if str(record.msg).startswith(begins):
                TROUBLES.labels(what).inc()
