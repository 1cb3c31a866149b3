"""A case as the story sees it: where it stands and what it waits for.

Order and waiting only; contents stand in the store. Carried through continue-as-new as JSON: every field is additive.
What each event does to a case stands beside this module, by behaviour.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime

from handoff.case.line import Line
from handoff.case.messages import CaseEvent, Due, Milestone, MilestoneResult
from handoff.vocabulary.states import Consent, Interruption, LineState, Stage, Standing
from handoff.vocabulary.words import MilestoneName

STAGES = tuple(Stage)  # in order


@dataclass(frozen=True)
class Refusal:
    """Why something told cannot be done now: a code, and a sentence that says what can."""

    code: str
    says: str


@dataclass
class CaseState:
    """One episode of one person in one municipality."""

    case: str
    opener: str = ""  # who told first; its word on dates counts until a facility tells
    facility: str = ""  # the institution that discharges: its word on dates counts
    number: int = 0  # of the last fact taken up
    written: str = ""  # key of the last milestone written
    stage: str = Stage.CONSENT
    eligibility: str = ""  # an `Eligibility`
    consent: str = ""  # a `Consent`
    expected_at: datetime | None = None
    discharged_at: datetime | None = None  # the actual discharge
    admitted_at: datetime | None = None  # of the readmission that stands
    cancelled_date: datetime | None = None  # the date that was cancelled
    stands: str = ""  # why everything waits: a `Standing`
    route: str = ""  # how the needs are assessed: a `Way`, or "awaited"
    assessed: str = ""  # an `Eligibility`: the assessment is done; or "awaited"
    resurvey: str = ""  # asked for after a return, by the name of the return
    plan: int = 0  # the version that stands for decision or is in force
    plan_state: str = ""  # a `PlanState`
    change: CaseEvent | None = None  # the deciding body's own version, to be approved once it stands
    approvals: int = 0
    lines: dict[str, Line] = field(default_factory=dict)
    proposed: list[str] = field(default_factory=list)  # lines of the version that stands for decision
    kept: list[str] = field(default_factory=list)  # those of them that are in force already
    support_began: bool = False
    reviewed: bool = False  # every line is over, and somebody was asked what now
    end: str = ""  # "reason-1" to "reason-5", or "outcome-X"
    end_told: str = ""  # the name of what ended it
    dues: dict[str, Due] = field(default_factory=dict)  # the running clocks
    warned: list[str] = field(default_factory=list)  # clocks whose warning was written
    overdue: list[str] = field(default_factory=list)  # clocks that ran out and were not answered since

    @property
    def approved(self) -> bool:
        """A plan is in force."""
        return self.approvals > 0

    @property
    def interruption(self) -> Interruption | None:
        """What interrupts the steps of care now: of several, the one that stops most."""
        if self.end:
            return Interruption.ENDED
        if self.stands:
            readmitted = self.stands == Standing.READMITTED
            return Interruption.READMITTED if readmitted else Interruption.DISCHARGE_CANCELLED
        return Interruption.CONSENT_WITHDRAWN if self.consent == Consent.WITHDRAWN else None

    @property
    def may_disclose(self) -> bool:
        """Somebody new may be told of the person: there is consent, and nothing interrupts the steps of care."""
        return self.consent == Consent.GIVEN and self.interruption is None

    @property
    def services_over(self) -> bool:
        """A plan is in force and nothing of it is left to do."""
        return self.approved and not self.end and all(line.over for line in self.lines.values())

    def may_offer(self, line: Line) -> bool:
        """A line is offered once approved; an urgent one provisionally before."""
        return line.state == LineState.PLANNED and self.may_disclose and (line.urgent or not self.awaits_decision(line))

    def awaits_decision(self, line: Line) -> bool:
        """It is new in the version that stands for decision; what that version keeps goes on meanwhile."""
        return line.line in self.proposed and line.root not in self.kept

    def may_visit(self, line: Line) -> bool:
        """Services wait for the actual discharge."""
        uninterrupted = self.interruption is None or self.interruption.visits_go_on
        return line.wants_visit and self.discharged_at is not None and uninterrupted

    def line_of(self, subject: str) -> Line | None:
        """The line that a line's, offer's or visit's id belongs to (CASE.2, CASE.2.O1, CASE.2.V3)."""
        return self.lines.get(".".join(subject.split(".")[:2]))

    def twin(self) -> "CaseState":
        """The same case, to be changed apart from this one; what never changes is shared (a deep copy costs 2 ms)."""
        apart = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, list):
                setattr(apart, name, value.copy())
            elif isinstance(value, dict):
                own = {key: copy(each) if isinstance(each, Line) else each for key, each in value.items()}
                setattr(apart, name, own)
        return apart

    def learn(self, result: MilestoneResult) -> None:
        """Take in which clocks a milestone started, moved or ended."""
        for due in result.dues:
            self.warned = [name for name in self.warned if name != due.name]
            self.overdue = [name for name in self.overdue if name != due.name]
            if due.due_at is None:
                self.dues.pop(due.name, None)
            else:
                self.dues[due.name] = due


def milestone_for(
    event: CaseEvent, what: MilestoneName, *, why: str = "", subject: str | None = None, code: str | None = None
) -> Milestone:
    """The milestone that something told leads to: it carries the teller, the moment and the codes on."""
    return Milestone(
        key=f"{what}:{event.name}",
        what=what,
        at=event.at,
        who=event.who,
        why=why,
        subject=event.subject if subject is None else subject,
        code=event.code if code is None else code,
        quantity=event.quantity,
        until=event.until,
        fact=event.fact,
    )


Taken = list[Milestone] | Refusal  # an event is taken up: milestones are to be written; or it is refused
Transition = Callable[[CaseState, CaseEvent], Taken]  # what one kind of event does to a case
Learning = Callable[[CaseState, Milestone, MilestoneResult], None]  # what the result of a milestone does to it
Expiry = Callable[[CaseState, str, str], MilestoneName | None]  # what an expired clock does to it: subject, and cause

NO_LINE = Refusal("subject-unknown", "No such line in this case; `handoff show` lists them.")
