"""What the record has of a case, as far as the state of its workflow can be made of it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from handoff.case.messages import CaseEvent, Milestone, MilestoneResult


@dataclass(frozen=True)
class StandingCase:
    """The row of the case. `support_began`: a service was delivered."""

    case: str
    consent: str
    consent_until: datetime | None
    refused: Sequence[str]
    papers: bool
    expected_at: datetime | None
    discharged_at: datetime | None
    admitted_at: datetime | None
    support_began: bool
    death: str
    restricted: bool
    closing: str


@dataclass(frozen=True)
class StandingClock:
    """A clock that has not ended. `paused`: it stands still."""

    name: str
    due_at: datetime
    warn_at: datetime | None
    owner: str
    paused: bool = False


@dataclass(frozen=True)
class StandingLine:
    """A plan line. `state`: a `LineState` of the record."""

    line: str
    kind: str
    urgent: bool
    state: str


@dataclass(frozen=True)
class StandingOffer:
    """An offer of a line. `state`: a `ReferralState`. Offers are given in the order in which they were made."""

    offer: str
    line: str
    state: str


@dataclass(frozen=True)
class StandingVisit:
    """A visit of a line, and its number within the line. `state`: a `VisitState`."""

    visit: str
    line: str
    number: int
    state: str


@dataclass(frozen=True)
class TimelineRow:
    """A row of the timeline. `result`: what the workflow was answered; None: the workflow did not write the row."""

    seq: int
    key: str
    what: str
    who: str
    why: str
    subject: str
    code: str
    occurred_at: datetime
    known_at: datetime
    result: MilestoneResult | None

    @property
    def cause(self) -> str:
        """What led to it: the name of an event, or the key of an expired clock."""
        return self.key.partition(":")[2]

    @property
    def milestone(self) -> Milestone:
        """The milestone of the row, without the moment and the quantity that it named."""
        return Milestone(self.key, self.what, self.occurred_at, self.who, self.why, self.subject, self.code)


@dataclass(frozen=True)
class RowsOfCase:
    """The rows of a case.

    Attributes:
        timeline: in order.
        events: the facts of the case and people's actions, by their names.
    """

    case: StandingCase
    timeline: Sequence[TimelineRow] = ()
    events: Mapping[str, CaseEvent] = field(default_factory=dict)
    clocks: Sequence[StandingClock] = ()
    lines: Sequence[StandingLine] = ()
    offers: Sequence[StandingOffer] = ()
    visits: Sequence[StandingVisit] = ()
