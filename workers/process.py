"""What all processes share: logs, health over HTTP, a drain on SIGTERM, exit codes."""

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, NoReturn

import structlog
import uvloop

from handoff.profile.files import ProfileError
from handoff.store.engine import error_name, say_away
from workers import metrics
from workers.data_folder.endpoints import NoStackError
from workers.data_folder.keys import NoKeysError
from workers.flood import CHATTY, FirstOfEachKind
from workers.settings import Settings, SettingsError

_LOG = structlog.get_logger("process")
DRAIN_WITHIN = 20.0  # seconds for work in progress to end after SIGTERM
_GREETING_WITHIN = 2.0  # seconds to wait for a health request's first line
REFUSED, NOT_YET, USAGE = 3, 4, 2  # exit codes, as of the commands
_TEXT = "text/plain"


class UnfitError(Exception):
    """A server or its data does not fit this process, and waiting does not help; the text says what to do."""


REFUSALS: Mapping[type[Exception], int] = {
    SettingsError: USAGE,
    NoStackError: NOT_YET,
    NoKeysError: NOT_YET,
    ProfileError: REFUSED,
    UnfitError: REFUSED,
}


def passing(log: Any, event: str) -> Callable[[Exception], bool]:
    """A test for `again_after`: retry after any error but a refusal, and log one line a minute."""

    def passes(error: Exception) -> bool:
        if isinstance(error, tuple(REFUSALS)):
            return False
        say_away(log, event, error)
        return True

    return passes


def without_words(record: logging.LogRecord) -> bool:
    """Remove the error's text from the Temporal SDK's line on a failed activity: it may quote rows of PostgreSQL.

    The line `not_written` has the case and the milestone.
    """
    if record.name == "temporalio.activity" and record.exc_info and record.exc_info[1]:
        record.msg, record.exc_info = f"{record.msg}: {error_name(record.exc_info[1])}", None
    return True


def log_as_json() -> None:
    """Log to standard error, one JSON object a line. Log lines have ids and codes, never personal data."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[metrics.count_troubles, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
    )
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(formatter)
    stream.addFilter(without_words)
    stream.addFilter(FirstOfEachKind())
    logging.basicConfig(handlers=[stream], level=logging.INFO, force=True)
    logging.getLogger("temporalio").addHandler(metrics.TemporalTroubles())
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)  # at lower levels aiokafka logs what it sends


@asynccontextmanager
async def serve_health(settings: Settings, ready: Callable[[], bool]) -> AsyncIterator[None]:
    """Answer `/live`, `/ready` (503 while not ready) and `/metrics` while the block runs. Port 0: no server.

    Raises:
        UnfitError: the port is in use.
    """
    if not settings.health_port:
        yield
        return

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            request = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _GREETING_WITHIN)
            writer.write(_response(request.split(b" ")[1:2], ready))
            await writer.drain()
        writer.close()

    async with await _listening(settings, answer):
        yield


async def _listening(
    settings: Settings, answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
) -> asyncio.Server:
    host, port = settings.health_host, settings.health_port
    try:
        return await asyncio.start_server(answer, host, port)
    except OSError as error:
        raise UnfitError(
            f"HANDOFF_HEALTH_PORT: {host}:{port} cannot be opened ({os.strerror(error.errno or 0)}): set a free port, "
            "or end the program that uses it."
        ) from error


def _response(path: list[bytes], ready: Callable[[], bool]) -> bytes:
    status, kind, body = _answer(path[0] if path else b"", ready)
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def _answer(path: bytes, ready: Callable[[], bool]) -> tuple[str, str, bytes]:
    if path == b"/live":
        return "200 OK", _TEXT, b"live"
    if path == b"/ready":
        return ("200 OK", _TEXT, b"ready") if ready() else ("503 Service Unavailable", _TEXT, b"not ready")
    if path == b"/metrics":
        metrics.READY.set(ready())
        return "200 OK", *metrics.exposed()
    return "404 Not Found", _TEXT, b"only /live, /ready and /metrics"


async def until_told_to_stop(**working: Coroutine[Any, Any, None]) -> dict[str, asyncio.Task[None]]:
    """Run these until SIGTERM or SIGINT; then return them by name, still running, to be drained.

    Raises:
        Exception: the error of a part that ended before that. The log names the part.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    tasks = {name: asyncio.create_task(work, name=name) for name, work in working.items()}
    waiting = asyncio.create_task(stop.wait(), name="wait for a signal")
    done, _ = await asyncio.wait([waiting, *tasks.values()], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    for task in done - {waiting}:
        _LOG.error("part_ended", part=task.get_name())
        await task  # raises its error
        raise RuntimeError(f"a part of the process ended by itself: {task.get_name()}")
    _LOG.info("draining")
    return tasks


async def drain(*tasks: asyncio.Task[None]) -> None:
    """Wait until they have ended; cancel those that have not within `DRAIN_WITHIN`."""
    _, late = await asyncio.wait(tasks, timeout=DRAIN_WITHIN)
    for task in late:
        _LOG.warning("part_cancelled", part=task.get_name())
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def run(name: str, work: Callable[[], Awaitable[None]]) -> NoReturn:
    """Run a process and exit: code 0 after a drain, 1 after an unexpected error; 2, 3 or 4 if it refused to start.

    It ends with `os._exit`, when all data is durable: a process that ends within milliseconds of its last Temporal call
    sometimes dies of SIGABRT.
    """
    log_as_json()

    async def worked() -> int:
        gc.freeze()  # imported modules stay: scanning them again would stop everything for 50 ms
        _LOG.info("starting", process=name)
        try:
            await work()
        except tuple(REFUSALS) as refusal:
            _LOG.error("refused", process=name, reason=str(refusal))
            return next(code for kind, code in REFUSALS.items() if isinstance(refusal, kind))
        except Exception:  # noqa: BLE001 - the log says why it died
            _LOG.exception("died", process=name)
            return 1
        _LOG.info("stopped", process=name)
        return 0

    code = uvloop.run(worked())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
