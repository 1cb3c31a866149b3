"""Heartbeat of a process: a named connection to PostgreSQL shows that it runs; it also updates the metrics."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.kafka.login import topic_from
from handoff.profile.model import Profile
from handoff.repeat import every
from handoff.store.engine import connect, say_away
from handoff.store.intake import offsets, parked
from handoff.store.queries import at_door, monitoring
from handoff.store.queries.monitoring import Waiting
from workers import metrics

_LOG = structlog.get_logger("presence")
PREFIX = "handoff-"
_EVERY = 5.0  # seconds
_LOOK_WITHIN = 10.0  # seconds
SILENT = timedelta(seconds=_EVERY + _LOOK_WITHIN + 5)  # a process hangs if its last heartbeat is older
STILL = timedelta(minutes=1)  # a case stands still if a fact this old led to no milestone; usual are seconds
Look = Callable[[AsyncConnection], Awaitable[None]]


def shown_as(process: str, build: str) -> str:
    """The `application_name` of a process's connection."""
    return f"{PREFIX}{process}/{build}"


def process_of(name: str) -> tuple[str, str]:
    """Process and build from the `application_name` of a connection."""
    process, _, build = name.removeprefix(PREFIX).partition("/")
    return process, build


async def present(url: str, process: str, build: str, look: Look) -> None:
    """Hold a connection with the process's name, and call `look` every few seconds, for ever, also after outages."""
    metrics.BUILD.labels(process, build).set(1)
    engine = connect(url, pool=1, name=shown_as(process, build))
    try:
        await every(_EVERY, lambda: _look(engine, look))
    finally:
        await engine.dispose()


async def _look(engine: AsyncEngine, look: Look) -> None:
    try:
        async with asyncio.timeout(_LOOK_WITHIN), engine.connect() as conn:
            metrics.CLOCK_OFFSET.set(await clock_offset(conn))
            await look(conn)
    except Exception as trouble:  # noqa: BLE001 - the next connection may work
        say_away(_LOG, "not_looked", trouble)
        metrics.STORE_REACHED.set(0)
        return
    metrics.STORE_REACHED.set(1)


async def clock_offset(conn: AsyncConnection) -> float:
    """Seconds that this machine's clock is ahead of PostgreSQL's, without the round trip."""
    before = datetime.now(UTC)
    theirs = await monitoring.clock(conn)
    after = datetime.now(UTC)
    return ((before - theirs) + (after - theirs)).total_seconds() / 2


async def for_intake(conn: AsyncConnection, profile: Profile) -> None:
    """Intake's metrics: undelivered facts, parked and missing records, doors not checked, held partitions, silence."""
    silent = profile.silent(await heard(conn), datetime.now(UTC))
    metrics.WAITING.labels("silent").set(len(silent))
    counted = await parked.counted(conn)
    metrics.PARKED.clear()
    for count in counted:
        metrics.PARKED.labels(count.sender, count.code).set(count.records)
    kinds = (monitoring.held, monitoring.missing, monitoring.untold, monitoring.unsettled, at_door.waiting)
    for label, waiting in zip(("held", "missing", "untold", "parked", "door"), kinds, strict=True):
        _shown(label, await waiting(conn))


async def heard(conn: AsyncConnection) -> dict[str, datetime]:
    """When each institution's topic was last read, by institution code."""
    return {topic.removeprefix(topic_from("")): at for topic, at in (await offsets.heard_last(conn)).items()}


async def for_relay(conn: AsyncConnection) -> None:
    """The relay's metrics: unsent events."""
    _shown("unsent", await monitoring.unsent(conn))


async def for_worker(conn: AsyncConnection) -> None:
    """The worker's metrics: overdue tasks, open cases, cases standing still."""
    now = datetime.now(UTC)
    _shown("overdue", await monitoring.overdue(conn, now))
    _shown("still", await monitoring.standing_still(conn, now - STILL))
    metrics.CASES.labels("open").set(await monitoring.open_cases(conn))


def _shown(what: str, waiting: Waiting) -> None:
    age = (datetime.now(UTC) - waiting.since).total_seconds() if waiting.since else 0.0
    metrics.WAITING.labels(what).set(waiting.count)
    metrics.WAITING_SINCE.labels(what).set(max(0.0, age))
