"""A proof, as a table of runs and a table of differences."""

from rich.console import RenderableType

from console.cli.order import Answer, Exit
from console.cli.output import table
from console.moments import local
from console.prove import Proof, content, ran_on


def proof(proof: Proof) -> Answer:
    """Every run and every difference. The exit code is 1 if anything differs, 5 if earlier rows have no history."""
    proved = Exit.DONE if proof.whole else Exit.PROVED_IN_PART
    return Answer(content(proof), _shown(proof), proved if proof.proved else Exit.FAILED)


def _shown(proof: Proof) -> list[RenderableType]:
    rows = [
        (
            chapter.run,
            local(chapter.began_at),
            chapter.ended or "runs",
            "kept" if chapter.run in proof.lived.kept else "in Temporal",
            ran_on(chapter),
            str(len(replayed.written)),
            "no" if replayed.failure else "yes",
        )
        for chapter, replayed in proof.runs()
    ]
    heads = ("Run", "Since", "Ended", "History", "Ran on", "Milestones", "Replayed")
    return [table(heads, rows), *_other_builds(proof), *_verdict(proof)]


def _other_builds(proof: Proof) -> list[str]:
    others = {build for chapter in proof.lived.chapters for build in chapter.builds} - {proof.build}
    if not others:
        return []
    return [f"Replayed by this build, {proof.build}. The case ran on {', '.join(sorted(others))}."]


def _verdict(proof: Proof) -> list[RenderableType]:
    if proof.proved and proof.rebuilt.row:
        return [_since(proof)]
    if proof.proved:
        milestones = sum(len(replayed.written) for replayed in proof.replays)
        return [f"Proved: the record has all {milestones} milestones of {proof.case}, as its runs wrote them."]
    rows = [(difference.row, difference.key, difference.says) for difference in proof.differences]
    return [f"Not proved: {len(rows)} differences.", table(("No", "What", "Differs"), rows)]


def _since(proof: Proof) -> str:
    rebuilt = proof.rebuilt
    left = rebuilt.earlier_rows - rebuilt.without_history
    shown = f" {left} earlier rows agree with histories that were kept." if left else ""
    return (
        f"Proved since the rebuild (row {rebuilt.row}); {rebuilt.without_history} earlier rows have no history.{shown}"
    )
