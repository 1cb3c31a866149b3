"""One plan line as the workflow knows it: its state, its offer and its next visit."""

from dataclasses import dataclass
from datetime import datetime

from handoff.case.messages import RecordedLine
from handoff.vocabulary.states import LINE_OVER, LineKind, LineState


@dataclass
class Line:
    """A plan line. It is planned, offered, accepted and over; without a provider it is a `gap`, or `waiting`."""

    line: str
    kind: str  # a `LineKind`
    urgent: bool = False
    state: str = LineState.PLANNED
    cause: str = ""  # key of the event or milestone that made the next offer necessary
    offer: str = ""  # id of the open or accepted offer
    visit: str = ""  # id of the scheduled visit
    visit_cause: str = ""  # key of the event or milestone that made the next visit necessary
    awaits_name: bool = False  # nobody has named the moment of its first visit yet
    asked_for: datetime | None = None  # the moment of the visit requested for an on-demand or stand-by line

    @property
    def root(self) -> str:
        """The plan line that this line was split from, or the line itself: CASE.2r1 was split from CASE.2."""
        stem, _, number = self.line.rpartition(".")
        return f"{stem}.{number.split('r')[0]}"

    @property
    def over(self) -> bool:
        """Whether the line has ended."""
        return self.state in LINE_OVER

    @property
    def wants_visit(self) -> bool:
        """Whether the next visit can be planned: the line has a provider, and no visit is scheduled or asked for."""
        if self.state != LineState.ACCEPTED or self.visit or self.awaits_name:
            return False
        return self.kind in (LineKind.SERIES, LineKind.ONE_OFF) or self.asked_for is not None

    def needs_offer(self, cause: str) -> None:
        """Return the line to `planned`, without a provider. `cause` is the key of what made the offer necessary."""
        self.state, self.cause, self.offer, self.visit = LineState.PLANNED, cause, "", ""
        self.awaits_name = False

    def accepted(self, cause: str) -> None:
        """Set that the provider has accepted the line. The first visit follows."""
        self.state, self.visit, self.visit_cause = LineState.ACCEPTED, "", cause
        self.awaits_name = False


def line_from(recorded: RecordedLine, cause: str) -> Line:
    """Make the line that the record has written. `cause` is the key of the milestone that wrote it."""
    return Line(recorded.line, recorded.kind, urgent=recorded.urgent, cause=cause)
