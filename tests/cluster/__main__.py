"""`make cluster`: the journeys, and the kills, on Temporal's real server, on PostgreSQL, with many history shards.

Whatever follows `--` or `ARGS=` goes to pytest. Exit codes: pytest's; 2 if something is missing on the machine.
"""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from tests.cluster import binaries
from tests.cluster.elsewhere import TEMPORAL_FOLDER
from tests.cluster.servers import Cluster
from workers.embedded import status
from workers.embedded.supervisor import PartFailedError, Supervisor
from workers.embedded.temporal import version

JOURNEYS = ("tests/journeys", "tests/chaos")


def say(line: str) -> None:
    """Tell whoever waits."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201


async def journeys(cluster: Cluster, arguments: Sequence[str]) -> int:
    """Start the cluster and run the journeys on it; pytest's exit code."""
    keepers: list[Supervisor] = []
    async with AsyncExitStack() as running:
        for part in (cluster.database(), cluster.server()):
            keeper = Supervisor(part, say, lambda: status.note(cluster.folder, keepers))
            keepers.append(keeper)
            running.push_async_callback(keeper.stop)
            await keeper.start()
            running.callback(asyncio.create_task(_told(keeper)).cancel)
        say(f"Temporal {await version(cluster.address)} on PostgreSQL {await cluster.postgres_version()}")
        code = await _pytest(arguments or JOURNEYS, {TEMPORAL_FOLDER: str(cluster.folder)})
        say(await cluster.carried())
    return code


async def _told(keeper: Supervisor) -> None:
    """Say it when a part is given up: every journey after that fails."""
    try:
        await keeper.died_for_good()
    except PartFailedError as failure:
        say(str(failure))


async def _pytest(arguments: Sequence[str], env: Mapping[str, str]) -> int:
    """Run pytest to its end, or to ours."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pytest", *arguments, env={**os.environ, **env}
    )
    try:
        return await process.wait()
    except asyncio.CancelledError:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        await process.wait()
        raise


def main() -> int:
    """Look for what is needed, then run."""
    try:
        postgres = binaries.postgres()
        programs = binaries.temporal(say)
    except binaries.MissingError as missing:
        say(str(missing))
        return 2
    folder = Path(tempfile.mkdtemp(prefix="handoff-cluster-"))
    say(f"the cluster's logs and data: {folder}")
    try:
        return asyncio.run(journeys(Cluster.on(folder, programs, postgres), sys.argv[1:]))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


if __name__ == "__main__":
    sys.exit(main())
