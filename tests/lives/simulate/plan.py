"""A life as data: three cases in a town of two providers, and what becomes of them step by step."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

CASES = 3
WHEREABOUTS = (
    "discharge.notified",
    "discharge.expected",
    "discharge.corrected",
    "discharge.cancelled",
    "admission.occurred",
    "admission.cancelled",
)

TURNS = (  # what a turn may be about: the deeds of a life, and two more
    "consent",
    "contact",
    "assessment",
    "plan",
    "rejections",
    "answers",
    "minds",
    "gaps",
    "visits",
    "checks",
    "hospital",
    "settling",
    "closing",
    "death",
    "nonsense",
)


@dataclass(frozen=True)
class Word:
    """An institution says where the person is.

    Attributes:
        who: the institution; "": the one that opened the case.
        stay: the stay in hospital that it names; "": none.
        until: the moment that it names, in hours; None: none.
        since: what these hours are counted from: the beginning of the life, or the moment in which the word comes.
        written: how many minutes before it comes its sender wrote it.
        late: it is not delivered before the next word of the case.
    """

    kind: str
    who: str
    stay: str = ""
    until: int | None = None
    since: Literal["begin", "now"] = "begin"
    written: int = 0
    code: str = ""
    late: bool = False
    does: Literal["word"] = "word"


@dataclass(frozen=True)
class Turn:
    """Somebody does something else.

    Attributes:
        pick: which of all that is possible; it is the seed of the choice.
        about: one of `TURNS`; "": whatever the case waits for.
    """

    pick: int
    about: str = ""
    does: Literal["turn"] = "turn"


@dataclass(frozen=True)
class Again:
    """Something comes twice.

    Attributes:
        of: how many of the last facts.
        anew: each gets a new number, as if its sender had sent it under another id; else the delivery is repeated.
    """

    of: int
    anew: bool
    does: Literal["again"] = "again"


@dataclass(frozen=True)
class Deadline:
    """What a running clock waits for comes a second before it runs out, in the same moment, or a second after.

    Attributes:
        pick: which clock, and which answer.
        waits: the steps that follow wait until then.
    """

    pick: int
    seconds: Literal[-1, 0, 1]
    waits: bool = True
    does: Literal["deadline"] = "deadline"


@dataclass(frozen=True)
class Build:
    """A newer build of the worker appears: the run goes on in a next one."""

    does: Literal["build"] = "build"


Deed = Annotated[Word | Turn | Again | Deadline | Build, Field(discriminator="does")]


@dataclass(frozen=True)
class Step:
    """What is done to a case, so many minutes after the step before; 0: while that is being written."""

    case: int
    after: int
    deed: Deed


@dataclass(frozen=True)
class Opening:
    """How a case begins: with a notice, and with so many of the things that it waits for."""

    notice: Word
    consent: str
    district: str
    ahead: int
    pick: int


@dataclass(frozen=True)
class Plan:
    """One life.

    Attributes:
        capacities: of the two providers, in visits a week.
        lost: percent of the writes whose answer is lost after the commit.
        forgotten: percent of the writes whose workflow task is lost after the commit.
        away: percent of the writes for which PostgreSQL is away.
        weather: which writes these are: the seed of the choice.
        chapter: events of history after which a run goes on in a next one; 0: as in production.
    """

    cases: tuple[Opening, ...]
    capacities: tuple[int, int]
    lost: int = 0
    forgotten: int = 0
    away: int = 0
    weather: int = 0
    chapter: int = 0
    steps: tuple[Step, ...] = field(default=())


_JSON = TypeAdapter(Plan)


def as_json(plan: Plan) -> bytes:
    """A life, to be kept and repeated."""
    return _JSON.dump_json(plan, indent=1)


def of_json(text: bytes) -> Plan:
    """A life that was kept."""
    return _JSON.validate_json(text)
