"""Implausible and contradictory dates. A person settles them before anything starts or stops because of them."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from handoff.fact import Discharge, Doubt, Person
from handoff.rules import deaths, resident_number
from handoff.timezone import KST
from handoff.vocabulary.states import Destination

SOON = timedelta(days=1)  # clocks of feeds are off by hours, not by days
AHEAD = timedelta(days=365)  # an expected discharge further away is a typing error
LONG_PAST = timedelta(days=365)  # a year after the event nobody is handed over
STAY = timedelta(days=365 * 30)  # long-term care lasts for years
LIFE = timedelta(days=366 * 125)

_NO_SENSE = "a date that makes no sense"
_WINDOWS = (  # name, field, how far in the past and how far in the future is plausible
    ("discharge", "discharged_at", LONG_PAST, SOON),
    ("expected", "expected_at", LONG_PAST, AHEAD),
    ("admission", "admitted_at", STAY, SOON),
    ("death", "died_at", LONG_PAST, SOON),
)


def doubts(discharge: Discharge | None, person: Person | None, known_at: datetime) -> tuple[Doubt, ...]:
    """All contradictions and implausible dates of a notice, seen from the moment `known_at`.

    `place` of each is the engine's field. Contradictory data on a death starts or stops nothing without a person.
    """
    stay, born = discharge or Discharge(), person.birth_date if person else None
    findings = (*_order(stay), *_death(stay), *_far(stay, known_at), *_birth(stay, born, known_at), *_number(person))
    return tuple(Doubt(code, place, says) for code, place, says in findings)


Finding = tuple[str, str, str]  # code, place, sentence


def _order(stay: Discharge) -> Iterator[Finding]:
    if _before(stay, "discharged_at", "admitted_at"):
        yield "discharge-before-admission", "discharge.discharged_at", "the discharge is before the admission"
    if stay.discharged_at is None and _before(stay, "expected_at", "admitted_at"):
        yield "expected-before-admission", "discharge.expected_at", "the expected discharge is before the admission"


def _death(stay: Discharge) -> Iterator[Finding]:
    goes, died = deaths.goes(stay), stay.death or stay.died_at is not None
    # A person who dies in hospital is discharged afterwards: then the disposition is the death.
    if goes != Destination.DIED and _before(stay, "died_at", "discharged_at"):
        yield "death-before-discharge", "discharge.died_at", "a death before the discharge"
    if _before(stay, "died_at", "admitted_at"):
        yield "death-before-admission", "discharge.died_at", "a death before the admission"
    if died and goes == Destination.HOME and not _died_later(stay):
        yield "death-but-home", "discharge.disposition", "a death, and a discharge to the home"
    if died and stay.alive:
        yield "death-denied", "discharge.death", "a death, and a flag that the person has not died"
    if goes == Destination.DIED and not died:
        yield (
            "disposition-says-death",
            "discharge.disposition",
            "the disposition is a death, but no other field says so",
        )


def _died_later(stay: Discharge) -> bool:
    """Whether the person went home alive: the death is not before the discharge."""
    return bool(stay.died_at and stay.discharged_at and stay.died_at >= stay.discharged_at)


def _far(stay: Discharge, known_at: datetime) -> Iterator[Finding]:
    for code, field, past, future in _WINDOWS:
        moment = getattr(stay, field)
        if moment is None or (field == "expected_at" and stay.discharged_at):  # what was expected decides nothing now
            continue
        if moment - known_at > future:
            yield f"{code}-in-future", f"discharge.{field}", f"{_NO_SENSE}: too far in the future"
        if known_at - moment > past:
            yield f"{code}-long-past", f"discharge.{field}", f"{_NO_SENSE}: too far in the past"


def _birth(stay: Discharge, born: date | None, known_at: datetime) -> Iterator[Finding]:
    if born is None:
        return
    today = known_at.astimezone(KST).date()
    if born > today:
        yield "birth-in-future", "person.birth_date", f"{_NO_SENSE}: a birth in the future"
    if today - born > LIFE:
        yield "birth-long-past", "person.birth_date", f"{_NO_SENSE}: a birth more than 125 years ago"
    for code, moment in (("admission", stay.admitted_at), ("discharge", stay.discharged_at), ("death", stay.died_at)):
        if moment is not None and moment.astimezone(KST).date() < born:
            yield f"birth-after-{code}", "person.birth_date", f"{_NO_SENSE}: a birth after the {code}"


def _number(person: Person | None) -> Iterator[Finding]:
    born = person and resident_number.birth_date(person.registration_number)
    if person and born and not born.isoformat().startswith(person.birth_told):
        yield "birth-date-differs", "person.birth_date", "the registration number names another date of birth"


def _before(stay: Discharge, one: str, other: str) -> bool:
    """Whether one moment is before another, compared as closely as the less precise of the two was told."""
    earlier: datetime | None = getattr(stay, one)
    later: datetime | None = getattr(stay, other)
    if earlier is None or later is None:
        return False
    return earlier < later and earlier + timedelta(seconds=stay.precision.get(one, 0)) <= later
