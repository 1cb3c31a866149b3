"""Looks at every part, side by side, and says what is to do: what `handoff doctor` prints."""

import asyncio

from workers.oncall.carried import carried
from workers.oncall.disk import disk
from workers.oncall.finding import Finding
from workers.oncall.kafka import kafka
from workers.oncall.partitions import partitions
from workers.oncall.restored import restored
from workers.oncall.store import store
from workers.oncall.temporal import temporal
from workers.settings import Settings, unknown_variables


async def examined(settings: Settings) -> list[Finding]:
    """Everything, in the order in which somebody on call would look."""
    parts = (
        store(settings),
        kafka(settings),
        partitions(settings),
        temporal(settings),
        carried(settings),
        restored(settings),
    )
    looked = await asyncio.gather(*parts)
    return [_settings(), disk(settings.data), *(finding for findings in looked for finding in findings)]


def _settings() -> Finding:
    unknown = unknown_variables()
    if unknown:
        return Finding("settings", "warn", f"{', '.join(unknown)}: no such setting", "docs/settings.md has them all.")
    return Finding("settings", "ok", "all are known")
