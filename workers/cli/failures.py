"""Errors of the parts below, as exit code and sentence."""

import errno
from socket import gaierror

from asyncpg import InterfaceError, PostgresConnectionError
from confluent_kafka import KafkaException
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from temporalio.service import RPCError

from handoff.profile.files import ProfileError
from handoff.store.migrations import NewerDatabaseError
from handoff.store.vault import SealBrokenError
from workers.cli.order import Exit
from workers.embedded.endpoints import NoStackError
from workers.embedded.kafka_jars import JarsError
from workers.embedded.keeper import PartFailedError
from workers.embedded.keys import NoKeysError
from workers.embedded.lock import InUseError
from workers.oncall.broker import KafkaAwayError, KafkaRefusesError
from workers.oncall.provision import PartAwayError
from workers.preflight import refusal
from workers.process import UnfitError
from workers.settings import SettingsError
from workflows.client import NotDoneError, RefusedError

_DISK_FULL = "53100"  # SQLSTATE
# Errors that say themselves what to do next.
_SPEAKING: tuple[tuple[type[Exception], Exit], ...] = (
    (RefusedError, Exit.REFUSED),
    (SettingsError, Exit.USAGE),
    (UnfitError, Exit.REFUSED),
    (NewerDatabaseError, Exit.REFUSED),
    (KafkaRefusesError, Exit.REFUSED),
    (KafkaAwayError, Exit.NOT_DONE),
    (PartAwayError, Exit.NOT_DONE),
    (NotDoneError, Exit.NOT_DONE),
    (NoStackError, Exit.NOT_DONE),
    (NoKeysError, Exit.NOT_DONE),
    (InUseError, Exit.REFUSED),
    (ProfileError, Exit.REFUSED),
    (PartFailedError, Exit.FAILED),
    (JarsError, Exit.FAILED),
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
        "The database lacks this version's tables: run `handoff migrate`, try again.",
    ),
    (
        (IntegrityError, DataError),
        Exit.FAILED,
        "PostgreSQL refuses what was to be written, and nothing was changed: tell us, with the log.",
    ),
    (_STORE, Exit.NOT_DONE, "PostgreSQL cannot be reached: start it with `handoff up`, then try again."),
    (RPCError, Exit.NOT_DONE, "Temporal cannot be reached: look at `handoff status`, then try again."),
    (SealBrokenError, Exit.REFUSED, "What is sealed cannot be opened: another folder's key, or the person was erased."),
)


def known(error: Exception) -> tuple[int, str] | None:
    """The exit code and the sentence of an error; None: it was not foreseen."""
    if _disk_full(error):
        return Exit.FAILED, "The disk is full: free space, then start what has ended (`handoff doctor` names it)."
    error = refusal(error) or error
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
    """The system's own word for it, or PostgreSQL's."""
    original = getattr(error, "orig", None)
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return full or getattr(original, "sqlstate", None) == _DISK_FULL
