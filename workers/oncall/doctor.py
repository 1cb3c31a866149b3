"""Looks at every part, side by side, and says what is to do: what `handoff doctor` prints."""

import asyncio
from collections.abc import Awaitable, Callable

from workers.mistake import kept
from workers.oncall.carried import carried
from workers.oncall.disk import disk
from workers.oncall.finding import Finding
from workers.oncall.kafka import kafka
from workers.oncall.partitions import partitions
from workers.oncall.restored import restored
from workers.oncall.still import still
from workers.oncall.store import store
from workers.oncall.temporal import temporal
from workers.settings import Settings, unknown_variables

Look = Callable[[Settings], Awaitable[list[Finding]]]


async def examined(settings: Settings) -> list[Finding]:
    """Everything, in the order in which somebody on call would look."""
    looks = {
        "PostgreSQL": store,
        "Kafka": kafka,
        "partitions": partitions,
        "Temporal": temporal,
        "open cases": carried,
        "cases standing still": still,
        "record and workflows": restored,
    }
    looked = await asyncio.gather(*(_looked(part, look, settings) for part, look in looks.items()))
    return [_settings(), disk(settings.data), *(finding for findings in looked for finding in findings)]


async def _looked(part: str, look: Look, settings: Settings) -> list[Finding]:
    """What one look finds; one that breaks takes none of the others along."""
    try:
        return await look(settings)
    except Exception as broken:  # noqa: BLE001 - what is wrong may be anything, and all the rest is still to be told
        says = f"could not be looked at ({type(broken).__name__})"
        return [Finding(part, "fail", says, f"This is a mistake of ours: tell us. {kept(broken, settings.data)}")]


def _settings() -> Finding:
    unknown = unknown_variables()
    if unknown:
        return Finding("settings", "warn", f"{', '.join(unknown)}: no such setting", "docs/settings.md has them all.")
    return Finding("settings", "ok", "all are known")
