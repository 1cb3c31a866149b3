"""The proof by replay that a case ran as its record says."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from console.connections import Connections
from console.differences import Difference, Repair, compared, newest_is_unknown
from console.errors import NotFoundError, TryAgainError
from console.moments import stamp
from console.runs import Lived, chapters_of
from console.since_rebuild import NEVER, SinceRebuild, earlier, rebuilt_on, runs_since
from handoff.store.intake import restores
from handoff.store.queries import reads
from handoff.store.queries.stored import StoredMilestone
from workflows.replay import Replayed, replay
from workflows.runs import CONTINUES, Run, undone

_LOOKS = 10  # attempts, for a case that goes on while it is proved
_LOOK_EVERY = 1.0  # seconds


@dataclass(frozen=True)
class Proof:
    """The result of proving one case.

    Attributes:
        build: the build that replayed the case.
        behind: the case may have gone on after the runs were read and before the record was read.
        rebuilt: the last rebuild of the case. `lived` and `replays` have the runs since then.
    """

    case: str
    build: str
    lived: Lived
    replays: Sequence[Replayed]
    differences: Sequence[Difference]
    behind: bool
    rebuilt: SinceRebuild = NEVER

    @property
    def proved(self) -> bool:
        """Whether every run could be replayed, and wrote what the record says. Earlier rows may have no history."""
        return not self.differences

    @property
    def whole(self) -> bool:
        """Whether there is a history of every row that the workflow wrote."""
        return self.rebuilt.without_history == 0

    def runs(self) -> Iterable[tuple[Run, Replayed]]:
        """Each run with what its replay wrote."""
        return zip(self.lived.chapters, self.replays, strict=True)


async def prove_case(connections: Connections, case: str) -> Proof:
    """Replay every run of a case, and compare each milestone with the timeline.

    Raises:
        NotFoundError: there is no such case.
        TryAgainError: Temporal is away, and some runs are not stored yet.
        HistoryBrokenError: a kept history was changed.
    """
    async with connections.engine.connect() as conn:
        if await reads.case(conn, case) is None:
            raise NotFoundError(f"There is no case {case}. `handoff cases --all` lists them.")
    proof = await _proof(connections, case)
    for _ in range(1, _LOOKS):
        if not proof.behind:
            break
        await asyncio.sleep(_LOOK_EVERY)
        proof = await _proof(connections, case)
    return proof


async def _proof(connections: Connections, case: str) -> Proof:
    lived = await chapters_of(connections, case)
    if lived.temporal_away and not lived.complete():
        raise TryAgainError(
            "Temporal cannot be reached, and has runs that are not stored yet. Start it, then try again."
        )
    async with connections.engine.connect() as conn:  # before the replay, which may take seconds
        rows = await reads.timeline(conn, case)
        mended_at = await restores.mended_at(conn, case)
    rebuilt, lived, earlier_differences = await _since_rebuild(lived, rows)
    taken_back = undone(lived.chapters)
    before = [await replay(chapter) for chapter in lived.chapters if chapter.run in taken_back]
    lived = replace(lived, chapters=[chapter for chapter in lived.chapters if chapter.run not in taken_back])
    replays = [await replay(chapter) for chapter in lived.chapters]
    repair = Repair(mended_at, before) if mended_at else None
    differences = [*_broken(lived, replays), *earlier_differences, *compared(rows, replays, repair, rebuilt.row)]
    ended = lived.chapters[-1].ended if lived.chapters else "never begun"
    behind = ended == CONTINUES or (not ended and newest_is_unknown(rows, differences))
    return Proof(case, connections.build, lived, replays, differences, behind, rebuilt)


async def _since_rebuild(
    lived: Lived, rows: Sequence[StoredMilestone]
) -> tuple[SinceRebuild, Lived, Sequence[Difference]]:
    """The last rebuild, the runs since then, and how the histories of earlier runs differ from the rows."""
    row = rebuilt_on(rows)
    if row is None:
        return NEVER, lived, ()
    since = runs_since(lived.chapters, row)
    replays = [await replay(chapter) for chapter in lived.chapters if chapter not in since]
    rebuilt, differences = earlier(rows, row, replays)
    return rebuilt, replace(lived, chapters=since), differences


def _broken(lived: Lived, replays: Sequence[Replayed]) -> list[Difference]:
    """Runs that are missing, and runs that this build cannot replay."""
    failed = [
        Difference("", f"run {chapter.run}", f"this build takes another way than {ran_on(chapter)}: {replayed.failure}")
        for chapter, replayed in zip(lived.chapters, replays, strict=True)
        if replayed.failure
    ]
    gone = [Difference("", "runs", gap) for gap in lived.gaps()]
    return [*gone, *failed]


def content(proof: Proof) -> dict[str, object]:
    """A proof as JSON."""
    return {
        "case": proof.case,
        "proved": proof.proved,
        "since_rebuild": asdict(proof.rebuilt) if proof.rebuilt.row else None,
        "build": proof.build,
        "runs": [_run(chapter, replayed, proof.lived) for chapter, replayed in proof.runs()],
        "milestones": sum(len(replayed.written) for replayed in proof.replays),
        "differences": [asdict(difference) for difference in proof.differences],
    }


def _run(chapter: Run, replayed: Replayed, lived: Lived) -> dict[str, object]:
    return {
        "run": chapter.run,
        "began_at": stamp(chapter.began_at),
        "ended": chapter.ended or None,
        "kept": chapter.run in lived.kept,
        "events": len(chapter.events),
        "builds": list(chapter.builds),
        "milestones": len(replayed.written),
        "replayed": not replayed.failure,
    }


def ran_on(chapter: Run) -> str:
    """The builds that ran a chapter, in words."""
    return ", ".join(chapter.builds) or "no build yet"
