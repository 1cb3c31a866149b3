"""What the story and the record say to each other: a milestone to write, and what came of it. Ids and codes only."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class CaseEvent:
    """One thing told about a case: a numbered fact of an institution, or a person's action (number 0)."""

    kind: str  # event type, e.g. "referral.accepted"
    at: datetime  # when it occurred
    who: str = ""  # institution code, or the person's `--as`
    number: int = 0  # within the case, from 1; 0: an action
    fact: int = 0  # row of `facts` with the whole of it
    subject: str = ""  # line, offer, visit or check that it is about
    code: str = ""  # reason, result or route, as a code
    quantity: int = 0
    until: datetime | None = None  # a moment it names: discharge, proposed visit, wait until
    consent: str = ""  # "given" or "refused", where a notice or an application says so
    role: str = ""  # the institution's role, e.g. "hospital"; "": a person at the desk

    @property
    def name(self) -> str:
        """The name of what happened, unique within the case: what keys are made of."""
        return f"{self.kind}#{self.number}" if self.number else f"{self.kind}#a{self.fact}"


@dataclass(frozen=True)
class Milestone:
    """One milestone to write: its key is the name of what happened, unique within the case for ever."""

    key: str  # e.g. "C7F3.2:offered:approved-1"; written twice is written once
    what: str  # the milestone's name: a function of activities/
    at: datetime  # when it occurred, by its teller's word
    who: str = ""  # actor; "" is the engine
    why: str = ""  # the cause, as a code
    subject: str = ""
    code: str = ""
    quantity: int = 0
    until: datetime | None = None
    fact: int = 0
    known_at: datetime | None = None  # the story's own moment: clocks begin when we know
    after: tuple[
        str, ...
    ] = ()  # a step: it is written if what it follows, in the same moment, had one of these verdicts

    @property
    def now(self) -> datetime:
        """When the story wrote it."""
        return self.known_at or self.at


@dataclass(frozen=True)
class Due:
    """A clock that a milestone started or moved. `due_at` None: the clock ended."""

    name: str  # limit, and what it is about: "presurvey", "answer:C7F3.2.O1", "check:day-3"
    due_at: datetime | None = None
    warn_at: datetime | None = None
    owner: str = ""  # who has to act


@dataclass(frozen=True)
class RecordedLine:
    """A plan line as the story needs it."""

    line: str
    kind: str  # one-off, series, on-demand, stand-by
    urgent: bool = False
    provisional: bool = False
    keeps: str = ""  # the line of the version before that it goes on as


@dataclass(frozen=True)
class MilestoneResult:
    """What came of one entry. A step that was not written has none."""

    key: str
    verdict: str = ""  # a code the story turns on: "eligible", "offered", "gap", ...
    subject: str = ""  # id of what was made: offer, visit, check, rest line
    dues: list[Due] = field(default_factory=list)
    lines: list[RecordedLine] = field(default_factory=list)
    at: datetime | None = None  # a moment the story needs, e.g. the visit's planned start
