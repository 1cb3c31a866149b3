"""What the command `compare` does: the running intake compares, and this waits for what it finds."""

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
_PATIENCE = 3.0  # seconds until people are told what is waited for


async def compare(connections: LazyConnections) -> Answer:
    """Have every open case's record compared with its workflow, and both brought to one state.

    Raises:
        TryAgainError: no intake runs.
    """
    async with connections.engine.begin() as conn:
        running = await monitoring.connected(conn, heartbeat.PREFIX)
        if not any(heartbeat.process_of(each.name)[0] == "intake" for each in running):
            raise TryAgainError("No intake runs, and it is what compares: start it with `handoff up`, then try again.")
        await restores.compare_again(conn)
    impatient = asyncio.get_running_loop().call_later(_PATIENCE, connections.say, "Waiting for intake to compare …")
    try:
        mended = await _compared(connections)
    finally:
        impatient.cancel()
    if not mended:
        return Answer([], ["Record and workflows are of one state."])
    return Answer(mended, [table(("Case", "Mended"), [(each["case"], _in_words(each)) for each in mended])])


async def _compared(connections: LazyConnections) -> list[dict[str, Any]]:
    async def compared() -> restores.Restore | None:
        async with connections.engine.connect() as conn:
            last = await restores.last(conn)
        return last if last and last.compared_at else None

    return (await until(compared, _LOOK_EVERY)).mended


def _in_words(mended: dict[str, Any]) -> str:
    said = [
        "its workflow knew more than the record, and was reset" if mended["reset"] else "",
        f"{mended['told_again']} facts are told again" if mended["told_again"] else "",
        f"{mended['actions_lost']} actions of people were lost: see `handoff tasks`" if mended["actions_lost"] else "",
        "the record does not know it: see `handoff tasks`" if mended["unknown"] else "",
    ]
    return "; ".join(each for each in said if each)
