"""The proof, by replay, that a case ran as its record says."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from handoff.store.intake import restores
from handoff.store.queries import reads
from workers.build import this_build
from workers.cli.chapters import Lived, chapters_of
from workers.cli.compared import Difference, compared, newest_is_unknown
from workers.cli.order import Answer, Exit, NotFoundError, TryAgainError
from workers.cli.words import local, table
from workers.compose import Desk
from workflows.replay import Replayed, replay
from workflows.runs import CONTINUES, Run, undone

_LOOKS = 10  # at a case that goes on while it is proved
_LOOK_EVERY = 1.0  # seconds


@dataclass(frozen=True)
class Proof:
    """What came of proving one case.

    Attributes:
        behind: the runs were read before the record, and the case may just have gone on between the two.
    """

    case: str
    lived: Lived
    replays: Sequence[Replayed]
    differences: Sequence[Difference]
    behind: bool

    @property
    def proved(self) -> bool:
        """Every run took the same way again, and wrote what the record says."""
        return not self.differences


async def prove_case(desk: Desk, case: str) -> Answer:
    """Replay every run of a case, and compare each milestone with the timeline; exit code 1 if anything differs.

    Raises:
        NotFoundError: there is no such case.
        TryAgainError: Temporal is away, and not every run is kept yet.
        HistoryBrokenError: a kept history was changed.
    """
    async with desk.engine.connect() as conn:
        if await reads.case(conn, case) is None:
            raise NotFoundError(f"There is no case {case}; `handoff cases --all` lists them.")
    proof = await _proof(desk, case)
    for _ in range(1, _LOOKS):
        if not proof.behind:
            break
        await asyncio.sleep(_LOOK_EVERY)
        proof = await _proof(desk, case)
    return _answer(proof)


async def _proof(desk: Desk, case: str) -> Proof:
    lived = await chapters_of(desk, case)
    if lived.temporal_away and not lived.complete():
        raise TryAgainError("Temporal cannot be reached and has runs that are not kept yet: start it, then try again.")
    async with desk.engine.connect() as conn:  # at once, since a replay takes seconds where much else runs
        rows = await reads.timeline(conn, case)
        mended_at = await restores.mended_at(conn, case)
    taken_back = undone(lived.chapters)  # the archive keeps these too; the record has lost what they wrote
    lived = replace(lived, chapters=[each for each in lived.chapters if each.run not in taken_back])
    replays = [await replay(chapter) for chapter in lived.chapters]
    differences = [*_broken(lived, replays), *compared(rows, replays, mended_at)]
    ended = lived.chapters[-1].ended if lived.chapters else "never begun"
    behind = ended == CONTINUES or (not ended and newest_is_unknown(rows, differences))
    return Proof(case, lived, replays, differences, behind)


def _broken(lived: Lived, replays: Sequence[Replayed]) -> list[Difference]:
    """Runs that are gone, or take another way now."""
    failed = [
        Difference(
            "", f"run {chapter.run}", f"this build takes another way than {_builds(chapter)}: {replayed.failure}"
        )
        for chapter, replayed in zip(lived.chapters, replays, strict=True)
        if replayed.failure
    ]
    gone = [Difference("", "runs", gap) for gap in lived.gaps()]
    return [*gone, *failed]


def _answer(proof: Proof) -> Answer:
    content = {
        "case": proof.case,
        "proved": proof.proved,
        "build": this_build(),
        "runs": [_run(chapter, replayed, proof.lived) for chapter, replayed in _pairs(proof)],
        "milestones": sum(len(replayed.written) for replayed in proof.replays),
        "differences": [asdict(each) for each in proof.differences],
    }
    return Answer(content, _shown(proof, content), Exit.DONE if proof.proved else Exit.FAILED)


def _pairs(proof: Proof) -> Iterable[tuple[Run, Replayed]]:
    return zip(proof.lived.chapters, proof.replays, strict=True)


def _run(chapter: Run, replayed: Replayed, lived: Lived) -> dict[str, Any]:
    return {
        "run": chapter.run,
        "began_at": chapter.began_at.isoformat(),
        "ended": chapter.ended or None,
        "kept": chapter.run in lived.kept,
        "events": len(chapter.events),
        "builds": list(chapter.builds),
        "milestones": len(replayed.written),
        "replayed": not replayed.failure,
    }


def _shown(proof: Proof, content: dict[str, Any]) -> list[Any]:
    rows = [
        (
            chapter.run,
            local(chapter.began_at),
            chapter.ended or "runs",
            "kept" if chapter.run in proof.lived.kept else "in Temporal",
            _builds(chapter),
            str(len(replayed.written)),
            "no" if replayed.failure else "yes",
        )
        for chapter, replayed in _pairs(proof)
    ]
    heads = ("Run", "Since", "Ended", "History", "Ran on", "Milestones", "Replayed")
    return [table(heads, rows), *_other_builds(proof), *_found(proof, content)]


def _other_builds(proof: Proof) -> list[str]:
    others = {build for chapter in proof.lived.chapters for build in chapter.builds} - {this_build()}
    if not others:
        return []
    return [f"Replayed by this build, {this_build()}; it ran on {', '.join(sorted(others))}."]


def _found(proof: Proof, content: dict[str, Any]) -> list[Any]:
    if proof.proved:
        return [f"Proved: {content['milestones']} milestones of {proof.case} are in its record as they were lived."]
    rows = [(each.row, each.key, each.says) for each in proof.differences]
    return [f"Not proved: {len(rows)} differences.", table(("No", "What", "Differs"), rows)]


def _builds(chapter: Run) -> str:
    return ", ".join(chapter.builds) or "no build yet"
