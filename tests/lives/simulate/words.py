"""Where a person is by all words that were told: as the product says it of the set, and as a plain model says it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from handoff.case.messages import CaseEvent
from handoff.case.state import CaseState
from handoff.case.whereabouts import whereabouts
from handoff.case.words import StayWord, word_of
from tests.lives.simulate.resident import Resident

NOTICES = ("discharge.notified", "discharge.expected", "application.received")
FIELDS = ("stands", "discharged_at", "admitted_at", "facility")
_EVENT = TypeAdapter(CaseEvent)


class Heard:
    """The words that one case was told so far: each fact's own, and what people decided."""

    def __init__(self, resident: Resident) -> None:
        self._resident = resident
        self._facts: list[StayWord | None] = []
        self._decisions: set[StayWord] = set()

    def words(self, case: CaseState) -> list[StayWord]:
        """The words that the workflow has heard, as if all had come at once, in the order of their texts."""
        for fact in self._resident.told[len(self._facts) : case.number]:
            self._facts.append(word_of(_EVENT.validate_python(fact)))
        self._decisions |= {each for each in case.words if not each.who}
        return sorted({*filter(None, self._facts), *self._decisions}, key=repr)


def differs_from_the_set(case: CaseState, words: Sequence[StayWord]) -> Iterator[str]:
    """Where the case is otherwise than the set of all words says, in a fixed order that has nothing to do with time."""
    said, carried = whereabouts(words), whereabouts(case.words)
    if said != carried:
        yield f"by all words {said}, by those that the case carries {carried}"
    yield from _differs(case, {name: getattr(said, name) for name in FIELDS})
    if not said.stands and said.discharged_at is None and case.expected_at != said.expected_at:
        yield f"expected_at is {case.expected_at}, and should be {said.expected_at}"


def differs_from_the_model(case: CaseState, words: Iterable[StayWord]) -> Iterator[str]:
    """Where the case is otherwise than one who reads the words in the order of their writing would say."""
    in_order = sorted(words, key=lambda each: each.written)
    model = Model.of(each for each in in_order if not _of_pending_only(each))
    if not model.actual or model.cancelled:  # the cancellation of an expected discharge never takes back an actual one
        model = Model.of(in_order)
    yield from _differs(case, model.says())


def _of_pending_only(word: StayWord) -> bool:
    return word.kind == "discharge.cancelled" and word.expected


def plain(words: Sequence[StayWord]) -> bool:
    """Whether the model knows the answer: one facility told all about one stay, and no two words at once."""
    stays, moments = {each.stay for each in words if each.stay}, {each.written for each in words}
    tellers = {(each.who, each.facility) for each in words}
    return (
        len(tellers) == 1
        and all(facility for _, facility in tellers)
        and len(stays) <= 1
        and len(moments) == len(words)
    )


@dataclass
class Model:
    """One facility, one stay: what its words say, read one after another."""

    date: datetime | None = None
    actual: bool = False
    cancelled: bool = False
    admitted: datetime | None = None

    @classmethod
    def of(cls, words: Iterable[StayWord]) -> "Model":
        """The model that has read these words."""
        model = cls()
        for each in words:
            model.reads(each)
        return model

    def reads(self, each: StayWord) -> None:
        """The next word, in the order of their writing."""
        if each.kind == "admission.occurred":
            self.admitted = each.says
        elif each.kind == "admission.cancelled":
            self.admitted = None
        elif each.kind == "discharge.cancelled":
            self.date, self.actual, self.cancelled = None, False, True
        else:
            self.cancelled &= each.kind not in NOTICES  # a correction does not renew a discharge
            if each.says and not (self.actual and each.expected):
                self.date, self.actual = each.says, not each.expected

    def says(self) -> dict[str, Any]:
        """Where the person is."""
        if self.cancelled:
            return {"stands": "discharge-cancelled", "discharged_at": None, "admitted_at": None}
        date = self.date if self.actual else None
        away = self.admitted if date and self.admitted and self.admitted >= date else None
        return {"stands": "readmitted" if away else "", "discharged_at": date, "admitted_at": away}


def _differs(case: CaseState, should: dict[str, Any]) -> Iterator[str]:
    for name, value in should.items():
        if getattr(case, name) != value:
            yield f"{name} is {getattr(case, name)!s}, and should be {value!s}"
