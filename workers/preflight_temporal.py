"""The worker's checks of Temporal before it starts its work, as those of `preflight`."""

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workers.process import UnfitError
from workers.settings import Settings
from workflows.namespace import builds, missing_attributes


async def namespace_fits(client: Client) -> None:
    """Check that Temporal's namespace has what a case needs.

    Raises:
        UnfitError: it does not exist, or lacks search attributes.
        RPCError: Temporal cannot be reached.
    """
    try:
        missing = await missing_attributes(client)
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        raise UnfitError(f"Temporal has no namespace {client.namespace}: run `handoff provision`.") from error
    if missing:
        raise UnfitError(
            f"Temporal's namespace {client.namespace} lacks the search attributes {', '.join(missing)}: "
            "run `handoff provision`."
        )


async def versioning_fits(client: Client, settings: Settings) -> None:
    """Check that Temporal would give this worker any work.

    Raises:
        UnfitError: all work goes to a pinned build, and this worker is not pinned.
        RPCError: Temporal cannot be reached.
    """
    current = [build.build for build in await builds(client) if build.current]
    if settings.worker_versioning == "off" and current:
        raise UnfitError(
            f"New cases go to build {current[0]}, and this worker is not pinned: set "
            "HANDOFF_WORKER_VERSIONING=pinned, or run `handoff builds --current off` first."
        )
