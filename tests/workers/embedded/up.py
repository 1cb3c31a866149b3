"""A small `handoff up` for tests: `python up.py DATA [COMMAND...]` keeps the servers, or one process, until stopped."""

import asyncio
import sys
from pathlib import Path

from events.kafka.topics import WantedTopics
from workers.embedded.lock import InUseError
from workers.embedded.stack import Stack


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def _up(data: Path) -> None:
    async with Stack(data, _say) as stack:
        await stack.start_servers()
        await stack.provision(WantedTopics(["north"], {"north": stack.keys.institution_password("north")}))
        await stack.start([stack.process("echo", ["-m", "tests.workers.embedded.echo"], {})])
        _say("everything is ready")
        await stack.keep()
    _say(f"stopped by {stack.asked_to_stop.name if stack.asked_to_stop else 'itself'}")


def main() -> None:
    """Exit codes: 0 stopped as asked, 1 anything else."""
    try:
        asyncio.run(_up(Path(sys.argv[1])))
    except InUseError as refusal:
        _say(str(refusal))
        sys.exit(1)


if __name__ == "__main__":
    main()
