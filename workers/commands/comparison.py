"""What the command `compare` does: it asks the running intake to compare, and waits for the result."""

import asyncio
from typing import Any

from console.cli.order import Answer
from console.cli.output import table
from console.errors import TryAgainError
from handoff.repeat import until
from handoff.store.intake import restores
from handoff.store.queries import monitoring
from workers import heartbeat
from workers.connections import LazyConnections

_LOOK_EVERY = 0.5  # seconds
_PATIENCE = 3.0  # seconds before it says that it waits


async def compare(connections: LazyConnections) -> Answer:
    """Have each open case's record compared with its workflow, and differences repaired.

    Raises:
        TryAgainError: no intake runs.
    """
    async with connections.engine.begin() as conn:
        running = await monitoring.connected(conn, heartbeat.PREFIX)
        if not any(heartbeat.process_of(connection.name)[0] == "intake" for connection in running):
            raise TryAgainError("The comparison needs a running intake: start it with `handoff up`, then try again.")
        await restores.compare_again(conn)
    impatient = asyncio.get_running_loop().call_later(_PATIENCE, connections.say, "Waiting for intake to compare …")
    try:
        mended = await _compared(connections)
    finally:
        impatient.cancel()
    if not mended:
        return Answer([], ["Record and workflows agree."])
    return Answer(mended, [table(("Case", "Mended"), [(case["case"], _in_words(case)) for case in mended])])


async def _compared(connections: LazyConnections) -> list[dict[str, Any]]:
    async def compared() -> restores.Restore | None:
        async with connections.engine.connect() as conn:
            last = await restores.last(conn)
        return last if last and last.compared_at else None

    return (await until(compared, _LOOK_EVERY)).mended


def _in_words(mended: dict[str, Any]) -> str:
    parts = [
        "its workflow was ahead of the record, and was reset" if mended["reset"] else "",
        f"{mended['told_again']} facts are delivered again" if mended["told_again"] else "",
        f"{mended['actions_lost']} actions of people were lost: see `handoff tasks`" if mended["actions_lost"] else "",
        f"only `handoff rebuild {mended['case']}` starts it again" if mended.get("to_rebuild") else "",
        "it is missing in the record: see `handoff tasks`" if mended["unknown"] else "",
    ]
    return "; ".join(filter(None, parts))
