"""What can be decided about a fact at intake. `triage` decides, or a person does (`resolve`); `apply` does it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from events.contract.words import IntakeOutcome
from handoff.fact import Unreadable
from handoff.store.intake.cases import IntakeCase
from handoff.store.persons import OpenedPerson


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
    """Open a case: of somebody new (`person` is None), or of a person whose last case has closed."""

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
    """Keep a fact until a person has settled what is unclear; `cases` are those to choose from, by their ids."""

    unsettled: Sequence[Unsettled]
    cases: Sequence[str]


@dataclass(frozen=True)
class Wait:
    """Keep a fact that came before its case."""


@dataclass(frozen=True)
class Late:
    """Keep a fact about a closed case; `acknowledge`: its sender is told that its notice joined the case."""

    case: IntakeCase
    acknowledge: bool = False


@dataclass(frozen=True)
class Refuse:
    """Park the record, and tell its sender why."""

    why: Unreadable


@dataclass(frozen=True)
class KeepAnswer:
    """Park an answer to something that a restore lost: it is tried again."""


@dataclass(frozen=True)
class Drop:
    """Keep only that a held fact came; `told` is what the sender of a notice is told, `status` what became of it."""

    told: Unreadable | None = None
    status: IntakeOutcome = IntakeOutcome.DROPPED


Judgement = Open | Join | Enter | Hold | Wait | Late | Refuse | KeepAnswer | Drop
