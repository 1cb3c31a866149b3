"""Doctor's checks of Temporal: connection, version, namespace, and whether a worker polls."""

import asyncio
from datetime import timedelta

from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.client import Client
from temporalio.service import RPCError

from workers.oncall.finding import Finding
from workers.settings import Settings
from workflows import namespace

_WITHIN = 8.0  # seconds


async def temporal(settings: Settings) -> list[Finding]:
    """Findings about Temporal."""
    try:
        async with asyncio.timeout(_WITHIN):
            client = await Client.connect(settings.temporal, namespace=settings.temporal_namespace)
            info = await client.workflow_service.get_system_info(GetSystemInfoRequest())
            answers = Finding("Temporal", "ok", f"{info.server_version} at {settings.temporal}")
            checked = await _namespace(client, settings)
            polled = [] if checked.state == "fail" else [await _polled(client)]
            return [answers, checked, *polled]
    except (RPCError, RuntimeError, OSError):
        do = "Start it (`handoff up`), or look at its log; notices are still acknowledged."
        return [Finding("Temporal", "fail", f"does not answer at {settings.temporal}", do)]


async def _namespace(client: Client, settings: Settings) -> Finding:
    kept = await namespace.retention(client)
    name = client.namespace
    if kept is None:
        return Finding("namespace", "fail", f"{name} does not exist", "Run `handoff provision`.")
    missing = await namespace.missing_attributes(client)
    if missing:
        says = f"{name} lacks the search attributes {', '.join(missing)}"
        return Finding("namespace", "fail", says, "Run `handoff provision`.")
    if kept < timedelta(days=settings.temporal_retention_days):
        says = f"{name} deletes finished runs after {kept.days} days, not {settings.temporal_retention_days}"
        return Finding("namespace", "warn", says, "Run `handoff provision`.")
    return Finding("namespace", "ok", f"{name} keeps finished runs {kept.days} days")


async def _polled(client: Client) -> Finding:
    if await namespace.polled_lately(client):
        return Finding("task queue", "ok", "a worker polls")
    return Finding("task queue", "fail", "no worker polls", "Start one: `handoff up`, or `handoff worker`.")
