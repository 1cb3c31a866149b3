"""Errors of services and of the parts below them, as exit code and text."""

import errno
from socket import gaierror

from asyncpg import InterfaceError, PostgresConnectionError
from confluent_kafka import KafkaException
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from temporalio.service import RPCError
from typer.exceptions import TyperException

from console.cli.order import Exit, code_of
from console.errors import ConsoleError
from events.kafka.broker import KafkaAwayError, KafkaRefusesError
from handoff.profile.files import ProfileError
from handoff.store.migrations import NewerDatabaseError
from handoff.store.vault import SealBrokenError
from workflows.client import NotDoneError, RefusedError

_DISK_FULL = "53100"  # SQLSTATE
# Errors whose own text says what to do next.
_SPEAKING: tuple[tuple[type[Exception], Exit], ...] = (
    (RefusedError, Exit.REFUSED),
    (NewerDatabaseError, Exit.REFUSED),
    (KafkaRefusesError, Exit.REFUSED),
    (KafkaAwayError, Exit.NOT_DONE),
    (NotDoneError, Exit.NOT_DONE),
    (ProfileError, Exit.REFUSED),
)
_STORE = (
    DBAPIError,
    PoolTimeoutError,
    PostgresConnectionError,
    InterfaceError,
    ConnectionError,
    TimeoutError,
    gaierror,
)
# Errors of libraries, the narrower kind first.
_MUTE: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Exit, str], ...] = (
    (
        ProgrammingError,
        Exit.NOT_DONE,
        "The database lacks this version's tables: run `handoff migrate`, then try again.",
    ),
    (
        (IntegrityError, DataError),
        Exit.FAILED,
        "PostgreSQL refused the data, and nothing was changed. This is a bug of the engine: report it with the log.",
    ),
    (_STORE, Exit.NOT_DONE, "PostgreSQL cannot be reached: start it with `handoff up`, then try again."),
    (RPCError, Exit.NOT_DONE, "Temporal cannot be reached: look at `handoff status`, then try again."),
    (
        SealBrokenError,
        Exit.REFUSED,
        "Sealed data cannot be opened: the key is that of another folder, or the person was erased.",
    ),
)


def known(error: Exception) -> tuple[int, str] | None:
    """The exit code and the text of an error; None: it was not foreseen."""
    if isinstance(error, ConsoleError):
        return code_of(error), str(error)
    if isinstance(error, TyperException):
        return error.exit_code, error.format_message()
    return _of_a_part(error)


def _of_a_part(error: Exception) -> tuple[int, str] | None:
    if _disk_full(error):
        return (
            Exit.FAILED,
            "The disk is full: free space, then start the processes that have ended (`handoff doctor` names them).",
        )
    for speaking, code in _SPEAKING:
        if isinstance(error, speaking):
            return code, str(error)
    for mute, code, says in _MUTE:
        if isinstance(error, mute):
            return code, says
    if isinstance(error, KafkaException):
        return Exit.NOT_DONE, f"Kafka did not do it ({error.args[0].name()}): look at `handoff doctor`, then try again."
    if isinstance(error, OSError) and error.filename:
        return Exit.FAILED, f"{error.filename}: {error.strerror}."
    return None


def _disk_full(error: Exception) -> bool:
    """Whether the system or PostgreSQL reports a full disk."""
    original = getattr(error, "orig", None)
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return full or getattr(original, "sqlstate", None) == _DISK_FULL
