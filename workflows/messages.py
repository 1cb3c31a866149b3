"""What the workflow is told and answers: ids and codes, never a notice or a name."""

from dataclasses import dataclass, field

from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState


@dataclass(frozen=True)
class Begin:
    """The start of a case, or of its next chapter (continue-as-new), which carries the case as it stands."""

    case: str
    carried: CaseState | None = None
    chapter_events: int = 4000  # history events after which the next quiet moment begins a new chapter


@dataclass(frozen=True)
class Facts:
    """Facts of one case in the order of their numbers; those it knows already are skipped."""

    facts: list[CaseEvent] = field(default_factory=list)


@dataclass(frozen=True)
class Done:
    """What a person's action led to: the milestones written and their verdicts, in order."""

    milestones: list[str] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
