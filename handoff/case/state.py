"""The state of a case in its workflow: its stage, and what it waits for.

The contents of a case are in the store. Continue-as-new carries this state as JSON, so fields may only be added.
The modules beside this one, one for each behaviour, say what each event does to a case.
"""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime

from handoff.case.line import Line
from handoff.case.messages import CaseEvent, Due, Milestone, MilestoneResult
from handoff.case.words import StayWord
from handoff.subjects import line_of
from handoff.vocabulary.states import Consent, Death, Interruption, LineState, Stage, Standing
from handoff.vocabulary.words import MilestoneName

STAGES = tuple(Stage)  # in order
# Consents that are over, though they were given once.
CONSENT_OVER: Mapping[str, Interruption] = {
    Consent.WITHDRAWN: Interruption.CONSENT_WITHDRAWN,
    Consent.EXPIRED: Interruption.CONSENT_EXPIRED,
}


@dataclass(frozen=True)
class Refusal:
    """Why an event cannot be applied now: a code, and a sentence for people."""

    code: str
    says: str


@dataclass
class CaseState:
    """One episode of one person in one municipality."""

    case: str
    opener: str = ""  # who reported the discharge first; its dates count until a facility reports one
    facility: str = ""  # the institution that discharges; its dates count
    number: int = 0  # of the last fact received
    written: str = ""  # key of the last milestone written
    stage: str = Stage.CONSENT
    eligibility: str = ""  # an `Eligibility`
    consent: str = ""  # a `Consent`
    expected_at: datetime | None = None
    discharged_at: datetime | None = None  # the actual discharge
    admitted_at: datetime | None = None  # of the present readmission
    cancelled_date: datetime | None = None  # the discharge date that was cancelled
    returned: datetime | None = None  # the beginning of the readmission that the last discharge ended
    words: list[StayWord] = field(default_factory=list)  # of the person's whereabouts, those that can still decide
    disputed: bool = False  # words about the discharge contradict each other
    stands: str = ""  # why the case waits: a `Standing`; "": it does not wait
    route: str = ""  # how the needs are assessed: an `AssessmentRoute`, or "awaited"
    assessed: str = ""  # the result of the assessment: an `Eligibility`, or "awaited"
    resurvey: str = ""  # name of the return after which the re-survey is awaited
    plan: int = 0  # the version that awaits its decision or is in force
    plan_state: str = ""  # a `PlanState`
    change: CaseEvent | None = None  # the deciding body's own version, to be approved once it is submitted
    approvals: int = 0
    lines: dict[str, Line] = field(default_factory=dict)  # by id
    proposed: list[str] = field(default_factory=list)  # ids of the lines of the version that awaits its decision
    kept: list[str] = field(default_factory=list)  # ids of the proposed lines that are in force already
    support_began: bool = False
    reviewed: bool = False  # every line is over, and a person was asked how to go on
    death: str = ""  # a `Death`; "": none is told, or it was taken back
    deaths: dict[str, CaseEvent] = field(default_factory=dict)  # by sender: the death that it told
    denials: dict[str, datetime] = field(default_factory=dict)  # by sender: when it said last that the person lives
    death_waits: bool = True  # False: the history is of a build in which a death closed the case at once
    restricted: bool = False  # access to the person's data is restricted, and nobody has said yet who may be told
    restrictions: list[str] = field(default_factory=list)  # told so far: their sender, and the field that says it
    consent_until: datetime | None = None  # when the consent ends that stands; None: it names no end
    refused: list[str] = field(default_factory=list)  # parts that the person refuses: "lookup", "provider:CODE"
    papers: bool = False  # the papers came that the person brings in place of the lookup
    refusals_told: list[str] = field(default_factory=list)  # senders of notices that told a refusal
    heard_at: datetime | None = None  # when the case heard the last word about a consent that names its end
    scopes_count: bool = True  # False: the history is of a build that knew consent as a whole, by anybody's word
    closing: CaseEvent | None = None  # a person's decision to end the case, while it may be taken back
    close_waits: bool = True  # False: the history is of a build in which a person's decision closed the case at once
    end_looked_at: bool = True  # False: the history is of a build that ended a case whatever came within the grace
    giving_back_waits: bool = True  # False: the history is of a build in which a line was given back at once
    ending_waits: bool = True  # False: the history is of a build in which a line ended before the record had agreed
    lines_reopen: bool = False  # a record was corrected by a build that offers the lines again that this opens
    reopened_by: str = ""  # key of the last correction that opened a line again
    end: str = ""  # "reason-1" to "reason-5", or "outcome-X"
    end_told: str = ""  # name of the event that ended the case
    ended_at: datetime | None = None  # when support ended; None: an earlier build ended it, when it was written
    dues: dict[str, Due] = field(default_factory=dict)  # the running clocks, by name
    warned: list[str] = field(default_factory=list)  # names of the clocks whose warning was written
    overdue: list[str] = field(default_factory=list)  # names of the clocks that ran out, and were not answered since

    @property
    def approved(self) -> bool:
        """Whether a plan is in force."""
        return self.approvals > 0

    @property
    def interruption(self) -> Interruption | None:
        """What interrupts the steps of care now. Of several interruptions, the one that stops most."""
        if self.end:
            return Interruption.ENDED
        if self.closing is not None:
            return Interruption.CLOSING
        if self.death:
            return Interruption.DIED if self.death == Death.CLEAR else Interruption.DEATH_DOUBTED
        if self.stands:
            readmitted = self.stands == Standing.READMITTED
            return Interruption.READMITTED if readmitted else Interruption.DISCHARGE_CANCELLED
        return CONSENT_OVER.get(self.consent) or (Interruption.ACCESS_RESTRICTED if self.restricted else None)

    @property
    def may_disclose(self) -> bool:
        """Whether a further institution may be told about the person: there is consent, and no interruption."""
        return self.consent == Consent.GIVEN and self.interruption is None

    @property
    def services_over(self) -> bool:
        """Whether a plan is in force and all its lines are over."""
        return self.approved and not self.end and all(line.over for line in self.lines.values())

    def may_offer(self, line: Line) -> bool:
        """Whether a line may be offered now: after its approval, or before it if the line is urgent."""
        return line.state == LineState.PLANNED and self.may_disclose and (line.urgent or not self.awaits_decision(line))

    def awaits_decision(self, line: Line) -> bool:
        """Whether a line is new in the version that awaits its decision. Lines that this version keeps go on."""
        return line.line in self.proposed and line.root not in self.kept

    def may_visit(self, line: Line) -> bool:
        """Whether the next visit of a line may be planned. Visits wait for the actual discharge."""
        uninterrupted = self.interruption is None or self.interruption.visits_go_on
        return line.wants_visit and self.discharged_at is not None and uninterrupted

    def line_of(self, subject: str) -> Line | None:
        """The line of an id, which may be that of a line, an offer or a visit (CASE.2, CASE.2.O1, CASE.2.V3)."""
        return self.lines.get(line_of(subject))

    def forget_visits(self, cause: str) -> None:
        """Forget the planned visits. Others are planned when the person is at home."""
        for line in self.lines.values():
            line.visit, line.visit_cause = "", cause

    def forget_visit(self, visit: str, cause: str) -> None:
        """Forget the next visit of a line if it is this one, which was cancelled. Another one is planned."""
        line = self.line_of(visit)
        if line and line.visit == visit:
            line.visit, line.visit_cause = "", cause

    def twin(self) -> "CaseState":
        """A copy of the case that can be changed without changing this one.

        Immutable values are shared, since `deepcopy` takes 2 ms.
        """
        apart = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, list):
                setattr(apart, name, value.copy())
            elif isinstance(value, dict):
                own = {key: copy(item) if isinstance(item, Line) else item for key, item in value.items()}
                setattr(apart, name, own)
        return apart

    def learn(self, result: MilestoneResult) -> None:
        """Set the clocks that a milestone started, moved, paused or ended."""
        for due in result.dues:
            self.warned = [name for name in self.warned if name != due.name]
            self.overdue = [name for name in self.overdue if name != due.name]
            if due.due_at is None:
                self.dues.pop(due.name, None)
            else:
                self.dues[due.name] = due


def milestone_for(event: CaseEvent, what: MilestoneName, *, why: str = "", code: str | None = None) -> Milestone:
    """The milestone that an event leads to, with the event's sender, moment and codes."""
    return Milestone(
        key=f"{what}:{event.name}",
        what=what,
        at=event.occurred_at(),
        who=event.who,
        why=why or event.why,
        subject=event.subject,
        code=event.code if code is None else code,
        quantity=event.quantity,
        until=event.until,
        fact=event.fact,
        corrects=event.corrects,
    )


Taken = list[Milestone] | Refusal  # the milestones that an event leads to, or why it is refused
Transition = Callable[[CaseState, CaseEvent], Taken]  # applies one kind of event to a case
Learning = Callable[[CaseState, Milestone, MilestoneResult], None]  # applies the result of one kind of milestone
Expiry = Callable[[CaseState, str, str], MilestoneName | None]  # applies an expired clock: its subject and its cause

NO_LINE = Refusal("subject-unknown", "This case has no such line. `handoff show` lists its lines.")
