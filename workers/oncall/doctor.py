"""Checks all parts in parallel, for `handoff doctor`."""

import asyncio
from collections.abc import Callable

from workers.mistake import write_down
from workers.oncall.disk import disk
from workers.oncall.finding import Finding
from workers.oncall.kafka import kafka
from workers.oncall.orphaned_cases import orphaned_cases
from workers.oncall.partitions import partitions
from workers.oncall.restored import restored
from workers.oncall.still import still
from workers.oncall.store import store
from workers.oncall.temporal import temporal
from workers.settings import Settings, unknown_variables


async def examine(settings: Settings, explain: Callable[[Exception], str]) -> list[Finding]:
    """Check everything; findings are in the order in which an operator looks. A failed check does not stop others.

    Args:
        settings: the settings of the processes.
        explain: returns the sentence of an expected error, "" for an unexpected one.

    Raises:
        NoStackError, SettingsError, ProfileError: nothing can be checked.
    """
    looks = {
        "PostgreSQL": store,
        "Kafka": kafka,
        "partitions": partitions,
        "Temporal": temporal,
        "open cases": orphaned_cases,
        "cases standing still": still,
        "record and workflows": restored,
    }
    looking = {part: asyncio.create_task(look(settings), name=f"check {part}") for part, look in looks.items()}
    await asyncio.gather(*looking.values(), return_exceptions=True)
    errors = {part: task.exception() for part, task in looking.items()}
    findings = [_settings(), disk(settings.data)]
    for part, task in looking.items():
        error = errors[part]
        if error is None:
            findings += task.result()
        elif not isinstance(error, Exception) or all(errors.values()):
            raise error
        else:
            findings.append(_broken(part, error, explain(error), settings))
    return findings


def _broken(part: str, error: Exception, sentence: str, settings: Settings) -> Finding:
    if sentence:
        return Finding(part, "fail", "could not be checked", sentence)
    says = f"could not be checked ({type(error).__name__})"
    return Finding(part, "fail", says, f"This is a bug of the engine: report it. {write_down(error, settings.data)}")


def _settings() -> Finding:
    unknown = unknown_variables()
    if unknown:
        return Finding("settings", "warn", f"{', '.join(unknown)}: unknown", "docs/settings.md lists all settings.")
    return Finding("settings", "ok", "all are known")
