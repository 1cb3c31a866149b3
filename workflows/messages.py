"""The messages to and from the workflow. They have ids and codes only, no notice and no name."""

from dataclasses import dataclass, field
from datetime import datetime

from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState


@dataclass(frozen=True)
class Done:
    """The result of a person's action: the milestones written, with their verdicts and subjects, in order."""

    milestones: list[str] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Begin:
    """The input of a run: the case, and after continue-as-new its state at the end of the previous run."""

    case: str
    carried: CaseState | None = None
    one_by_one: bool = False  # whether `Turns` orders what is told; False: an earlier build began this run
    actions_first: bool = False  # whether an action is in history before it is written; False: as above
    chapter_events: int = 4000  # history events after which the run continues as new, as soon as nothing is pending
    answered: dict[str, Done] = field(default_factory=dict)  # by name, the last actions that earlier runs answered
    rebuilt_after: int = 0  # rows of the timeline of which the state was made, since Temporal had lost the workflow


@dataclass(frozen=True)
class Facts:
    """Facts of one case, in the order of their numbers. The case skips facts that it received before."""

    facts: list[CaseEvent] = field(default_factory=list)
    told_at: datetime | None = None  # when they were sent; None: an earlier build sent them
