"""Dates that make no sense: what a person has to settle before anything starts or stops because of them."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from handoff.fact import Discharge, Doubt, Person
from handoff.timezone import KST

SOON = timedelta(days=1)  # clocks of feeds go wrong by hours, not by days
AHEAD = timedelta(days=365)  # an expected discharge further away is a slip of the pen
LONG_PAST = timedelta(days=365)  # a discharge so old hands nobody over
STAY = timedelta(days=365 * 30)  # long-term care lasts for years
LIFE = timedelta(days=366 * 125)

HOME = frozenset({"01", "1", "home", "06", "귀가", "자택", "자택귀가"})  # HL7 table 0112 and what feeds write instead
DIED = frozenset({"20", "40", "41", "42", "exp", "expired", "died", "dead", "사망"})

_NO_SENSE = "a date that makes no sense"
_WINDOWS = (  # of each moment: how far in the past, and in the future, it still makes sense
    ("discharge", "discharged_at", LONG_PAST, SOON),
    ("expected", "expected_at", LONG_PAST, AHEAD),
    ("admission", "admitted_at", STAY, SOON),
    ("death", "died_at", LONG_PAST, SOON),
)


def doubts(discharge: Discharge | None, person: Person | None, known_at: datetime) -> tuple[Doubt, ...]:
    """Everything that contradicts itself in what was told, as known at a moment. `place` names our field.

    Contradicting death data never starts and never stops anything alone.
    """
    told, whose = discharge or Discharge(), person or Person()
    found = (*_order(told), *_death(told), *_far(told, known_at), *_birth(told, whose.birth_date, known_at))
    return tuple(Doubt(code, place, says) for code, place, says in found)


Finding = tuple[str, str, str]


def _order(told: Discharge) -> Iterator[Finding]:
    if _before(told.discharged_at, told.admitted_at):
        yield "discharge-before-admission", "discharge.discharged_at", "the discharge is before the admission"
    if _before(told.expected_at, told.admitted_at):
        yield "expected-before-admission", "discharge.expected_at", "the expected discharge is before the admission"


def _death(told: Discharge) -> Iterator[Finding]:
    disposition = told.disposition.strip().casefold()
    if _before(told.died_at, told.discharged_at):
        yield "death-before-discharge", "discharge.died_at", "a death before the discharge"
    if _before(told.died_at, told.admitted_at):
        yield "death-before-admission", "discharge.died_at", "a death before the admission"
    if (told.death or told.died_at) and disposition in HOME:
        yield "death-but-home", "discharge.disposition", "a death, and a discharge to the home"
    if disposition in DIED and not told.death:
        yield "disposition-says-death", "discharge.disposition", "the disposition is a death, nothing else says so"


def _far(told: Discharge, known_at: datetime) -> Iterator[Finding]:
    for code, field, past, future in _WINDOWS:
        moment = getattr(told, field)
        if moment is None:
            continue
        if moment - known_at > future:
            yield f"{code}-in-future", f"discharge.{field}", f"{_NO_SENSE}: too far in the future"
        if known_at - moment > past:
            yield f"{code}-long-past", f"discharge.{field}", f"{_NO_SENSE}: too far in the past"


def _birth(told: Discharge, born: date | None, known_at: datetime) -> Iterator[Finding]:
    if born is None:
        return
    today = known_at.astimezone(KST).date()
    if born > today:
        yield "birth-in-future", "person.birth_date", f"{_NO_SENSE}: a birth in the future"
    if today - born > LIFE:
        yield "birth-long-past", "person.birth_date", f"{_NO_SENSE}: a birth more than 125 years ago"
    for code, moment in (("admission", told.admitted_at), ("discharge", told.discharged_at), ("death", told.died_at)):
        if moment is not None and moment.astimezone(KST).date() < born:
            yield f"birth-after-{code}", "person.birth_date", f"{_NO_SENSE}: a birth after the {code}"


def _before(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one < other
