"""The possible judgements about a fact at intake. `triage` or a person (`resolve`) decides, `apply` carries it out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

from events.contract.words import IntakeOutcome
from handoff.fact import Unreadable
from handoff.store.intake.cases import IntakeCase
from handoff.store.persons import OpenedPerson, Term


class Unsettled(TypedDict):
    """One thing that a person has to settle: a code, the place in the sender's record, and words."""

    code: str
    place: str
    says: str


def unsettled(code: str, place: str = "", says: str = "") -> Unsettled:
    """One thing that a person has to settle."""
    return {"code": code, "place": place, "says": says}


@dataclass(frozen=True)
class Open:
    """Open a case: for a new person (`person` is None), or for a person whose last case has closed."""

    district: str
    person: OpenedPerson | None = None


@dataclass(frozen=True)
class Join:
    """Add another notice of the same discharge to its open case."""

    case: IntakeCase


@dataclass(frozen=True)
class Enter:
    """Number a fact within its open case."""

    case: IntakeCase


@dataclass(frozen=True)
class Hold:
    """Keep a fact until a person has settled what is unclear.

    Attributes:
        cases: ids of the cases to choose from.
        whom: whether it is unclear whom it is about. Then later words about the same stay or person wait with it.
    """

    unsettled: Sequence[Unsettled]
    cases: Sequence[str]
    whom: bool = False


@dataclass(frozen=True)
class AtDoor:
    """Keep a notice of a person below the age until the other doors were asked about. `place`: of the birth date."""

    place: str


@dataclass(frozen=True)
class Wait:
    """Keep a fact that came before its case. `whole`: with its person and bytes, as the notice that it is about."""

    whole: bool = False


@dataclass(frozen=True)
class Forget:
    """Keep nothing of a fact about somebody without a case."""


@dataclass(frozen=True)
class Learn:
    """Find the person by these terms too, and keep nothing else. `case`: the open case, for its timeline."""

    person: OpenedPerson
    terms: frozenset[Term]
    case: IntakeCase | None


@dataclass(frozen=True)
class Late:
    """Keep a fact about a closed case. `acknowledge`: tell the sender that its notice joined the case."""

    case: IntakeCase
    acknowledge: bool = False


@dataclass(frozen=True)
class Refuse:
    """Park the record, and tell its sender why."""

    why: Unreadable


@dataclass(frozen=True)
class KeepAnswer:
    """Park an answer to something that a restore lost. It is tried again later."""


@dataclass(frozen=True)
class Drop:
    """Delete the content of a held fact.

    Attributes:
        told: what the sender of a notice is told; None: nothing.
        status: the outcome.
        noted: what its row says of the reason.
    """

    told: Unreadable | None = None
    status: IntakeOutcome = IntakeOutcome.DROPPED
    noted: Mapping[str, Any] = field(default_factory=dict)


PlainJudgement = Open | Join | Enter | Hold | AtDoor | Wait | Forget | Learn | Late | Refuse | KeepAnswer | Drop


@dataclass(frozen=True)
class Restrict:
    """Tell an open case that access to the person's data is restricted. `rest`: the judgement about all else."""

    case: IntakeCase
    rest: PlainJudgement


Judgement = PlainJudgement | Restrict
