"""The messages between workflow and record: event, milestone and result. They have ids and codes only."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class CaseEvent:
    """An event about a case: a numbered fact of an institution, or a person's action (number 0)."""

    kind: str  # event type, e.g. "referral.accepted"
    at: datetime  # when its sender says that it occurred; an action: when it was typed
    who: str = ""  # institution code, or the person's `--as`
    number: int = 0  # within the case, from 1; 0: a person's action
    fact: int = 0  # id of the row of `facts` that has the whole event
    subject: str = ""  # id of the line, offer, visit or check
    code: str = ""  # reason, result or route, as a code
    quantity: int = 0
    until: datetime | None = None  # the moment that it names: of a discharge, a proposed visit, the end of a wait
    consent: str = ""  # "given" or "refused", if a notice or an application says so
    role: str = ""  # the institution's role, e.g. "hospital"; "": a person of the municipality
    alive: bool = False  # its sender says that the person has not died
    stay: str = ""  # keyed id of the sender's stay in hospital that it is about; "": none is named
    until_within: int = 0  # precision of `until` in seconds; 0: to the second or closer
    written: datetime | None = None  # when the sender wrote it; None: it does not say, or a person acts
    written_within: int = 0  # precision of `written` in seconds; 0: it is exact
    why: str = ""  # a person's reason for telling it late, or for correcting it, as a code
    corrects: str = ""  # key of the milestone that it corrects
    consent_until: datetime | None = None  # the end of the consent that a notice or an application contains
    occurred: datetime | None = None  # when it occurred; None: an earlier build told it, and `at` stands for it

    @property
    def written_at(self) -> datetime:
        """When it was written; if its sender does not say, when it occurred."""
        return self.written or self.at

    def occurred_at(self, moment: datetime | None = None) -> datetime:
        """When it occurred. `moment`: of the discharge, admission or death that it tells, unless that lies ahead."""
        own = self.occurred or self.at
        return moment if moment and self.occurred and moment <= own else own

    @property
    def name(self) -> str:
        """The name of the event, unique within the case. Keys of milestones contain it."""
        return f"{self.kind}#{self.number}" if self.number else f"{self.kind}#a{self.fact}"


@dataclass(frozen=True)
class Milestone:
    """A milestone to write. Its key names what happened, and is unique within the case for ever."""

    key: str  # e.g. "offer_accepted:referral.accepted#7"; writing the same key again changes nothing
    what: str  # a `MilestoneName`
    at: datetime  # when it occurred, as the sender says
    who: str = ""  # institution or person; "": the engine
    why: str = ""  # the cause, as a code
    subject: str = ""
    code: str = ""
    quantity: int = 0
    until: datetime | None = None
    fact: int = 0
    known_at: datetime | None = None  # workflow time: when we learned of it; clocks start then
    corrects: str = ""  # key of the milestone that it corrects
    # Only steps have this: a step is written if the milestone that it follows has one of these verdicts.
    after: tuple[str, ...] = ()

    @property
    def now(self) -> datetime:
        """Workflow time of the milestone; if there is none, the moment at which it occurred."""
        return self.known_at or self.at


@dataclass(frozen=True)
class Due:
    """A clock that a milestone started, moved or ended. `due_at` None: the clock ended or is paused."""

    name: str  # the limit and its subject: "presurvey", "answer:C7F3.2.O1", "check:day-3"
    due_at: datetime | None = None
    warn_at: datetime | None = None
    owner: str = ""  # who has to act


@dataclass(frozen=True)
class RecordedLine:
    """What the workflow needs of a plan line."""

    line: str
    kind: str  # one-off, series, on-demand, stand-by
    urgent: bool = False
    provisional: bool = False
    keeps: str = ""  # id of the line of the previous version that this line continues


@dataclass(frozen=True)
class MilestoneResult:
    """The result of a milestone. A step that was not written has no result."""

    key: str
    verdict: str = ""  # a code that decides how the workflow goes on: "eligible", "offered", "gap", ...
    subject: str = ""  # id of what was written: offer, visit, check, version of the plan
    dues: list[Due] = field(default_factory=list)
    lines: list[RecordedLine] = field(default_factory=list)
    at: datetime | None = None  # a moment that the workflow needs, e.g. the planned start of the visit
