"""What a proof can say of a case that was rebuilt: the runs since then, and which earlier rows have a history."""

from collections.abc import Sequence
from dataclasses import dataclass

from activities.case_record import entry_hash
from console.differences import Difference
from handoff.store.queries.rebuilds import WHAT
from handoff.store.queries.stored import StoredMilestone
from workflows.replay import Replayed
from workflows.rewind import rebuilt_after
from workflows.runs import Run


@dataclass(frozen=True)
class SinceRebuild:
    """The last rebuild of a case.

    Attributes:
        row: its number in the timeline; 0: the case was never rebuilt.
        earlier_rows: how many rows before it the workflow had written.
        without_history: how many of them no history is left of.
    """

    row: int = 0
    earlier_rows: int = 0
    without_history: int = 0


NEVER = SinceRebuild()


def rebuilt_on(rows: Sequence[StoredMilestone]) -> StoredMilestone | None:
    """The row of the last rebuild; None: there was none."""
    return next((row for row in reversed(rows) if row.what == WHAT), None)


def runs_since(chapters: Sequence[Run], row: StoredMilestone) -> list[Run]:
    """The runs since a rebuild, from the one that it began. Temporal's clock may differ from that of the row."""
    first = next((chapter for chapter in chapters if rebuilt_after(chapter) == row.seq), None)
    began_at = first.began_at if first else row.known_at
    return [chapter for chapter in chapters if chapter.began_at >= began_at]


def earlier(
    rows: Sequence[StoredMilestone], row: StoredMilestone, replays: Sequence[Replayed]
) -> tuple[SinceRebuild, list[Difference]]:
    """What the histories that are left of the earlier runs show, and where they differ from the rows.

    A row that no history shows is counted. It is no difference: the rebuild says that histories were lost.
    """
    wrote: dict[str, set[bytes]] = {}
    for replayed in replays:
        for milestone in replayed.written:
            wrote.setdefault(milestone.entry.key, set()).add(entry_hash(milestone.entry))
    before = [earlier for earlier in rows if earlier.seq < row.seq and earlier.outcome is not None]
    other = [
        earlier for earlier in before if wrote.get(earlier.key, {earlier.entry_hash}).isdisjoint({earlier.entry_hash})
    ]
    says = "before the rebuild, the story wrote other content than the row has"
    return (
        SinceRebuild(row.seq, len(before), sum(earlier.key not in wrote for earlier in before)),
        [Difference(str(earlier.seq), earlier.key, says) for earlier in other],
    )
