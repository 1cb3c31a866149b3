"""Prometheus metrics of each process, on its health port; docs/operations.md has the alerts."""

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
LOST = Gauge("handoff_cases_lost", "Open cases that lost their workflow in Temporal, by how.", ["loss"])
TROUBLES = Counter("handoff_troubles_total", "What went wrong and is tried again, or needs a person.", ["what"])

# Log lines of the Temporal SDK that mean trouble, by their beginning; it has no other signal for them.
_TEMPORAL_SAYS: Mapping[str, str] = {
    "Failed activation": "case_stands_still",
    "Failed deserializing signal": "signal_lost",
    "Completing activity as failed": "milestone_failed",
}
_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposed() -> tuple[str, bytes]:
    """Content type and text for Prometheus."""
    return _CONTENT_TYPE, generate_latest()


def count_troubles(_logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: counts our warnings and errors by event name."""
    if method in ("warning", "error", "exception"):
        TROUBLES.labels(str(event.get("event"))).inc()
    return event


class TemporalTroubles(logging.Handler):
    """Counts error lines of the Temporal SDK; writes nothing."""

    def __init__(self) -> None:
        """Make each counter with 0 at the start, since Prometheus sees no increase in one that appears with 1."""
        super().__init__()
        for what in _TEMPORAL_SAYS.values():
            TROUBLES.labels(what)

    def emit(self, record: logging.LogRecord) -> None:
        """Count a line with a known beginning."""
        for begins, what in _TEMPORAL_SAYS.items():
            if str(record.msg).startswith(begins):
                TROUBLES.labels(what).inc()
