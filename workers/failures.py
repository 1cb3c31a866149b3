"""Exit codes and sentences for errors: those of workers/, those that `console` knows, and unexpected ones."""

from pathlib import Path

from console.cli import failures
from console.cli.order import Exit
from workers.data_folder.endpoints import NoStackError
from workers.data_folder.keys import NoKeysError
from workers.embedded.kafka_jars import JarsError
from workers.embedded.lock import InUseError
from workers.embedded.supervisor import PartFailedError
from workers.mistake import write_down
from workers.oncall.disk import shortage
from workers.oncall.provision import PartAwayError
from workers.preflight import refusal
from workers.process import UnfitError
from workers.settings import SettingsError

_CODES: tuple[tuple[type[Exception], Exit], ...] = (
    (SettingsError, Exit.USAGE),
    (UnfitError, Exit.REFUSED),
    (PartAwayError, Exit.NOT_DONE),
    (NoStackError, Exit.NOT_DONE),
    (NoKeysError, Exit.NOT_DONE),
    (InUseError, Exit.REFUSED),
    (PartFailedError, Exit.FAILED),
    (JarsError, Exit.FAILED),
)


def known(error: Exception) -> tuple[int, str] | None:
    """The exit code and the sentence of an expected error; None: it is unexpected."""
    error = refusal(error) or error
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code, str(error)
    return failures.known(error)


def explained(error: Exception, folder: Path | None = None) -> tuple[int, str]:
    """The exit code of any error, and its sentences; with a folder also a hint if its disk is full."""
    code, says = known(error) or _unforeseen(error, folder)
    if folder is None or code not in (Exit.FAILED, Exit.NOT_DONE):
        return code, says
    return code, says + shortage(folder)


def _unforeseen(error: Exception, folder: Path | None) -> tuple[int, str]:
    where = f" {write_down(error, folder)}" if folder else ""
    return Exit.FAILED, f"This is a bug of the engine ({type(error).__name__}).{where}"
