"""What one transaction of intake works on."""

from dataclasses import dataclass, field

from events.intake.context import IntakeContext
from events.intake.known import Knowledge
from events.intake.writes import IntakeWrites


@dataclass(frozen=True)
class IntakeBatch:
    """What one transaction works on.

    Attributes:
        known: people and cases that its records are about.
        writes: what is to be written.
    """

    context: IntakeContext
    known: Knowledge
    writes: IntakeWrites = field(default_factory=IntakeWrites)
