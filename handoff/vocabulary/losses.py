"""The words for an open case that lost its workflow."""

from typing import Self

from handoff.vocabulary.rows import Word


class WorkflowLoss(Word):
    """How an open case lost its workflow, so that nothing carries it on; "" if its workflow runs.

    Attributes:
        says: the end of the sentence "the workflow of this case ...".
    """

    says: str

    def __new__(cls, value: str, says: str) -> Self:
        """A row of the table."""
        member = str.__new__(cls, value)
        member._value_, member.says = value, says
        return member

    TERMINATED = "terminated", "was terminated in Temporal"
    FAILED = "failed", "failed in Temporal"
    TIMED_OUT = "timed-out", "ran out of time in Temporal"
    CANCELED = "canceled", "was cancelled in Temporal"
    COMPLETED = "completed", "ended in Temporal, and the record has the case open"
    RESET = "was-reset", "was reset in Temporal, so that it may no longer agree with the record"
    MISSING = "no-workflow", "is missing in Temporal"
