"""The runs of a case, from the store and from Temporal."""

from collections.abc import Sequence
from dataclasses import dataclass

from temporalio.service import RPCError

from console.connections import Connections
from console.errors import ConsoleError
from handoff.store import histories
from handoff.store.vault import SealBrokenError
from workflows.client import NotDoneError
from workflows.runs import CONTINUES, Run, Runs, in_order, missing


class HistoryBrokenError(ConsoleError):
    """A stored history was changed."""


@dataclass(frozen=True)
class Lived:
    """What is known of a case's runs.

    Attributes:
        chapters: the runs, in order.
        kept: ids of the runs that are in the store.
        temporal_away: Temporal did not answer, so runs that only Temporal has are missing.
    """

    chapters: Sequence[Run]
    kept: frozenset[str]
    temporal_away: bool

    def gaps(self) -> list[str]:
        """What is missing, in words."""
        gone = [f"The run {run} is neither kept nor in Temporal." for run in missing(self.chapters)]
        if self.chapters and self.chapters[-1].ended == CONTINUES and not self.temporal_away:
            gone.append(f"What followed the run {self.chapters[-1].run} is neither kept nor in Temporal.")
        return gone

    def complete(self) -> bool:
        """Whether it is certain that no run is missing."""
        over = bool(self.chapters) and self.chapters[-1].ended not in ("", CONTINUES)
        return not self.gaps() and (over or not self.temporal_away)

    def notes(self) -> list[str]:
        """What may be missing, for people who read the runs; empty if they are complete."""
        if self.complete():
            return []
        away = ["Temporal cannot be reached. Only runs from the store are shown."] if self.temporal_away else []
        return [*away, *self.gaps()]


async def chapters_of(connections: Connections, case: str) -> Lived:
    """All runs of a case that can be found.

    Raises:
        HistoryBrokenError: a stored history was changed.
    """
    async with connections.engine.connect() as conn:
        try:
            stored = await histories.of_case(conn, connections.vault, case)
        except SealBrokenError as broken:
            raise HistoryBrokenError(
                f"A stored history of {case} was changed after it was sealed: {broken}."
            ) from broken
    kept = [Run.opened(case, run.run_id, run.content) for run in stored]
    runs = frozenset(chapter.run for chapter in kept)
    try:
        fresh = await Runs(await connections.temporal()).all_of(case, runs)
    except (NotDoneError, RPCError):
        return Lived(in_order(kept), runs, temporal_away=True)
    return Lived(in_order([*kept, *fresh]), runs, temporal_away=False)
