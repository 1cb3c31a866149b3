"""One plan line as the story sees it: by whom, and what it waits for."""

from dataclasses import dataclass
from datetime import datetime

from handoff.case.messages import RecordedLine
from handoff.vocabulary.states import LINE_OVER, LineKind, LineState


@dataclass
class Line:
    """A plan line's own life: planned, offered, accepted, over; `gap` and `waiting` are stops on the way."""

    line: str
    kind: str  # a `LineKind`
    urgent: bool = False
    state: str = LineState.PLANNED
    cause: str = ""  # what made the next offer necessary: its key
    offer: str = ""  # the open offer, or the one accepted
    visit: str = ""  # the visit that is scheduled
    visit_cause: str = ""  # what made the next visit necessary: its key
    asked_for: datetime | None = None  # a visit of an on-demand or stand-by line

    @property
    def root(self) -> str:
        """The plan line whose rest this is, or itself: CASE.2r1 is a rest of CASE.2."""
        stem, _, number = self.line.rpartition(".")
        return f"{stem}.{number.split('r')[0]}"

    @property
    def over(self) -> bool:
        """Nothing more happens on this line."""
        return self.state in LINE_OVER

    @property
    def wants_visit(self) -> bool:
        """Its provider could be told the next visit."""
        if self.state != LineState.ACCEPTED or self.visit:
            return False
        return self.kind in (LineKind.SERIES, LineKind.ONE_OFF) or self.asked_for is not None

    def needs_offer(self, cause: str) -> None:
        """It has no provider and has to be offered; `cause` names what made it so."""
        self.state, self.cause, self.offer, self.visit = LineState.PLANNED, cause, "", ""

    def accepted(self, cause: str) -> None:
        """Its provider took it; the first visit follows."""
        self.state, self.visit, self.visit_cause = LineState.ACCEPTED, "", cause


def line_from(told: RecordedLine, cause: str) -> Line:
    """A line that begins its life, or goes on in a new version of the plan."""
    return Line(told.line, told.kind, urgent=told.urgent, cause=cause)
