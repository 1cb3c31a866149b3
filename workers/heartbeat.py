"""A process shows in the database that it runs, and looks there at what its metrics tell."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.readers import INCOMING
from handoff.profile.model import Profile
from handoff.repeat import every
from handoff.store.engine import connect, say_away
from handoff.store.intake import offsets, parked
from handoff.store.queries import monitoring
from handoff.store.queries.monitoring import Waiting
from workers import metrics

_LOG = structlog.get_logger("presence")
PREFIX = "handoff-"
_EVERY = 5.0  # seconds
_LOOK_WITHIN = 10.0  # seconds
SILENT = timedelta(seconds=_EVERY + _LOOK_WITHIN + 5)  # a process that has not looked for so long hangs
STILL = timedelta(minutes=1)  # what a case was told is on record within seconds
Look = Callable[[AsyncConnection], Awaitable[None]]


def shown_as(process: str, build: str) -> str:
    """The name of a process's connection: PostgreSQL shows it to whoever asks who is connected."""
    return f"{PREFIX}{process}/{build}"


def process_of(name: str) -> tuple[str, str]:
    """Process and build of a connection's name."""
    process, _, build = name.removeprefix(PREFIX).partition("/")
    return process, build


async def present(url: str, process: str, build: str, look: Look) -> None:
    """Hold one connection under the process's name for ever, and look at what waits; an outage is waited for."""
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
    except Exception as trouble:  # noqa: BLE001 - whatever a connection raises, the next one may do
        say_away(_LOG, "not_looked", trouble)
        metrics.STORE_REACHED.set(0)
        return
    metrics.STORE_REACHED.set(1)


async def clock_offset(conn: AsyncConnection) -> float:
    """Seconds that this machine's clock is ahead of the database server's, give or take the way there and back."""
    before = datetime.now(UTC)
    theirs = await monitoring.clock(conn)
    after = datetime.now(UTC)
    return ((before - theirs) + (after - theirs)).total_seconds() / 2


async def for_intake(conn: AsyncConnection, profile: Profile) -> None:
    """What intake is asked about: facts untold, records parked or gone, partitions held, institutions silent."""
    silent = profile.silent(await heard(conn), datetime.now(UTC))
    metrics.WAITING.labels("silent").set(len(silent))
    _shown("held", await monitoring.held(conn))
    _shown("missing", await monitoring.missing(conn))
    counted = await parked.counted(conn)
    metrics.PARKED.clear()
    for each in counted:
        metrics.PARKED.labels(each.sender, each.code).set(each.records)
    _shown("untold", await monitoring.untold(conn))
    _shown("parked", await monitoring.unsettled(conn))


async def heard(conn: AsyncConnection) -> dict[str, datetime]:
    """When each institution was heard last, by its code."""
    return {topic.removeprefix(INCOMING): at for topic, at in (await offsets.heard_last(conn)).items()}


async def for_relay(conn: AsyncConnection) -> None:
    """What the relay is asked about: events unsent."""
    _shown("unsent", await monitoring.unsent(conn))


async def for_worker(conn: AsyncConnection) -> None:
    """What the worker is asked about: tasks overdue, cases open and standing still."""
    now = datetime.now(UTC)
    _shown("overdue", await monitoring.overdue(conn, now))
    _shown("still", await monitoring.standing_still(conn, now - STILL))
    metrics.CASES.labels("open").set(await monitoring.open_cases(conn))


def _shown(what: str, waiting: Waiting) -> None:
    age = (datetime.now(UTC) - waiting.since).total_seconds() if waiting.since else 0.0
    metrics.WAITING.labels(what).set(waiting.count)
    metrics.WAITING_SINCE.labels(what).set(max(0.0, age))
