"""Connections to PostgreSQL, and the bell that rings when something waits to be told or sent."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from handoff.store.address import Address

FACTS = "handoff_facts"  # notified when facts were numbered
OUTBOX = "handoff_outbox"  # notified when something was put into the outbox
_SAY_EVERY = 60.0  # seconds
_ANSWERS_WITHIN = 30.0  # seconds; what we ask takes milliseconds
_SAYS_WITHIN = 20.0  # seconds; sessions of a dead machine wait for one another, each so long
_SAID: dict[tuple[str, str], float] = {}

# A plan made while a table is nearly empty is kept when it has grown: so never one that reads the whole of it.
_PLAN_ONCE = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}


_LOCK_NOT_AVAILABLE = "55P03"  # SQLSTATE


@dataclass(frozen=True)
class SessionSettings:
    """What the sessions of one process go by.

    Attributes:
        plan_once: PostgreSQL plans a statement once for each connection, whatever its parameters: for those who always
            look up by key. Otherwise it plans a statement that writes arrays at every execution.
        lock_within: seconds that a statement waits for a lock before it fails; 0: without limit.
        answers_within: seconds that a statement may take before it raises TimeoutError, since a machine or a network in
            between may be gone without a word; None: without limit. With a limit, PostgreSQL also ends a transaction in
            which we say nothing for 20 s: its locks would stay.
    """

    plan_once: bool = False
    lock_within: float = 0.0
    answers_within: float | None = _ANSWERS_WITHIN


_USUAL = SessionSettings()


def connect(url: str, pool: int = 10, name: str = "handoff", session: SessionSettings = _USUAL) -> AsyncEngine:
    """Return an engine, which connects on first use.

    A connection that broke in an outage fails once, then the whole pool is made again: callers retry their transaction.
    Errors name statements without their parameters, which would be people's data.

    Args:
        url: an address as libpq writes it, whatever driver it names.
        pool: half the number of its connections.
        name: of its connections in `pg_stat_activity` and in PostgreSQL's log.
        session: what its sessions go by.

    Raises:
        AddressError: the address is not understood.
    """
    address, shown = Address.of(url), {"application_name": name}
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: address.connect(server_settings=shown, command_timeout=session.answers_within),
        pool_size=2 * pool,
        max_overflow=0,  # a connection beyond the pool is closed after one use, and opening one costs more than a case
        pool_use_lifo=True,  # so as few as possible are used, and what they have prepared and cached is used again
        pool_timeout=10,
        hide_parameters=True,
    )
    silence = _SAYS_WITHIN if session.answers_within else 0
    limits = {"lock_timeout": session.lock_within, "idle_in_transaction_session_timeout": silence}
    said = {name: str(int(1000 * limit)) for name, limit in limits.items() if limit}
    event.listen(engine.sync_engine, "connect", _set_up({**said, **(_PLAN_ONCE if session.plan_once else {})}))
    event.listen(engine.sync_engine, "handle_error", _gone_without_a_word)
    return engine


def _gone_without_a_word(context: Any) -> None:
    """Where one connection gave no answer in time the others give none either: the whole pool is made anew."""
    if isinstance(context.original_exception, TimeoutError):
        context.is_disconnect = True


def lock_timed_out(trouble: BaseException) -> bool:
    """Whether somebody else's lock is all that stood in the way."""
    return getattr(getattr(trouble, "orig", None), "sqlstate", None) == _LOCK_NOT_AVAILABLE


def error_name(trouble: BaseException) -> str:
    """What an error is called: gRPC's status, or PostgreSQL's name where SQLAlchemy wraps one. Never its text."""
    status, wrapped = getattr(trouble, "status", None), getattr(trouble, "orig", None)
    return getattr(status, "name", "") or type((wrapped and wrapped.__cause__) or wrapped or trouble).__name__


def _set_up(settings: Mapping[str, str]) -> Callable[[Any, Any], None]:
    """Sets what a session is to go by; a pooler refuses it among the parameters with which one connects."""

    def set_up(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for name, value in settings.items():
            cursor.execute(f"SET {name} = {value}")
        cursor.close()
        connection.commit()

    return set_up


async def notify(conn: AsyncConnection, channel: str) -> None:
    """Ring the bell of `channel` once this transaction commits."""
    await conn.exec_driver_sql("SELECT pg_notify($1, '')", (channel,))


def say_away(log: Any, event: str, trouble: BaseException) -> None:
    """Log a warning that something outside does not answer, at most one a minute for each event and kind of error."""
    name = error_name(trouble)
    if monotonic() - _SAID.get((event, name), -_SAY_EVERY) >= _SAY_EVERY:
        _SAID[event, name] = monotonic()
        log.warning(event, error=name)


class Bell:
    """Rings when its channel is notified. While its connection is lost it is silent, so every wait has an end."""

    def __init__(self, url: str, channel: str) -> None:
        self._address = Address.of(url)
        self._channel = channel
        self._rung = asyncio.Event()
        self._conn: Any = None

    async def wait(self, within: float) -> bool:
        """Wait for a ring, at most `within` seconds; tells whether it rang. Connects anew where needed."""
        await self._listen()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), within)
        rung = self._rung.is_set()
        self._rung.clear()
        return rung

    def ring(self) -> None:
        """Ring it from inside this process: to end, or because more is known to wait."""
        self._rung.set()

    async def close(self) -> None:
        """Give the connection back."""
        if self._conn is not None:
            with suppress(Exception):  # it may be broken in any way
                await self._conn.close(timeout=1)
            self._conn = None

    async def _listen(self) -> None:
        if self._conn is not None and not self._conn.is_closed():
            return
        await self.close()
        try:
            self._conn = await self._address.connect()
            async with asyncio.timeout(5):
                await self._conn.add_listener(self._channel, lambda *_: self._rung.set())
        except Exception:  # noqa: BLE001 - whatever it raised, it does not listen: the next wait makes another
            await self.close()


@asynccontextmanager
async def listening(url: str, channel: str) -> AsyncIterator[Bell]:
    """Open a bell on `channel` for as long as the block runs."""
    bell = Bell(url, channel)
    try:
        yield bell
    finally:
        await bell.close()
