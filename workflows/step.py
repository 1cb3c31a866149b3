"""Steps: the milestones that follow another milestone in the same moment.

The workflow hands over a milestone and its steps as one ordered list, which is written in one transaction. It does not
wait in between, and Temporal records no further event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from handoff.case.messages import Milestone, MilestoneResult
    from handoff.vocabulary.rows import Word
    from handoff.vocabulary.words import MilestoneName


@dataclass(frozen=True)
class Step:
    """A milestone that follows another.

    Attributes:
        name: the name of the milestone to write.
        after: the verdict, or the verdicts, of the milestone before it under which it is written.
    """

    name: MilestoneName
    after: Word | tuple[Word, ...]

    @property
    def verdicts(self) -> tuple[Word, ...]:
        """The verdicts under which the step is written."""
        return (self.after,) if isinstance(self.after, Word) else self.after


Steps = Mapping[MilestoneName, tuple[Step, ...]]  # by the milestone that they follow


def with_steps(milestone: Milestone, table: Steps) -> list[Milestone]:
    """The milestone and its steps. A step has the subject, cause, actor and fact of its milestone, and nothing else."""
    name = MilestoneName.known(milestone.what)
    cause, own = milestone.key.partition(":")[2], replace(milestone, code="", quantity=0, until=None)
    return [
        milestone,
        *(
            replace(own, key=f"{step.name}:{cause}", what=step.name, after=step.verdicts)
            for step in (table.get(name, ()) if name else ())
        ),
    ]


def paired(
    entries: Sequence[Milestone], results: Sequence[MilestoneResult]
) -> list[tuple[Milestone, MilestoneResult | None]]:
    """Milestones and their steps, each with its result. None: the step was not written.

    Results of steps are found by their key. Results of other milestones are found by their position, since stored
    histories have results under the keys of older builds.

    Raises:
        ValueError: a milestone has no result, or a result has no milestone.
    """
    steps = {entry.key for entry in entries if entry.after}
    milestones = [entry.key for entry in entries if not entry.after]
    by_key = dict(zip(milestones, [result for result in results if result.key not in steps], strict=True))
    by_key |= {result.key: result for result in results if result.key in steps}
    return [(entry, by_key.get(entry.key)) for entry in entries]
