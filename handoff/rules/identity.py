"""Which person a notice is about: a known one, a new one, or held for a person to decide.

Strong identifiers decide: the resident registration number and the sender's own patient number. Next comes the
combination of name, birth date and phone. Name and phone alone, all that the law asks of a notice, are enough to open a
case but not to join one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from handoff.fact import Person
from handoff.rules import phones, resident_number
from handoff.text import kept, letters
from handoff.vocabulary.outcomes import IdentityVerdict

REGISTRATION, PATIENT, FULL, WEAK = "registration", "patient-number", "name-birth-phone", "name-phone"
STRONG = frozenset({REGISTRATION, PATIENT})


@dataclass(frozen=True)
class KnownPerson:
    """A known person that at least one index term found; `matched`: the kinds of term that agreed."""

    person_id: str
    told: Person
    matched: frozenset[str]


@dataclass(frozen=True)
class Match:
    """Which person a notice is about: `person_id` if "same"; if "held", a person chooses among `candidates`."""

    verdict: IdentityVerdict
    person_id: str = ""
    reasons: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()


def index_terms(person: Person, sender: str) -> tuple[tuple[str, str], ...]:
    """The look-up terms of a person, as kind and normalised text. Personal data: store only their digests."""
    name, phone = normal_name(person.name), normal_phone(person.phone)
    born = person.birth_date.isoformat() if person.birth_date else ""
    terms = (
        (REGISTRATION, (normal_registration(person.registration_number),)),
        (PATIENT, (sender, kept(person.patient_number))),
        (FULL, (name, born, phone)),
        (WEAK, (name, phone)),
    )
    return tuple((kind, "|".join(parts)) for kind, parts in terms if all(parts))


def likeness_terms(person: Person) -> tuple[tuple[str, str], ...]:
    """Name and birth date, as kind and normalised text: two words in which one of them differs name two persons.

    Personal data: store only their digests.
    """
    born = person.birth_date.isoformat() if person.birth_date else ""
    return tuple(term for term in (("name", normal_name(person.name)), ("birth-date", born)) if term[1])


def whom(person: Person, sender: str, candidates: Sequence[KnownPerson]) -> Match:
    """Decide which person a notice is about, among the candidates that its index terms found.

    Twins (same phone, address and birth date, another name) share no term: they are new. `sender` owns the patient
    number; the candidates' `matched` already takes that into account.
    """
    del sender  # a patient number matches only within its sender
    if not candidates:
        return Match(IdentityVerdict.NEW, reasons=("nobody-known",))
    strong = [candidate for candidate in candidates if candidate.matched & STRONG]
    if strong:
        return _by_strong(person, strong, candidates)
    full = [candidate for candidate in candidates if FULL in candidate.matched]
    return _by_name_birth_phone(person, full) if full else _by_contact(person, candidates)


def _by_strong(person: Person, strong: Sequence[KnownPerson], candidates: Sequence[KnownPerson]) -> Match:
    # Name, birth date and phone may match one person while the strong identifier matches another.
    rivals = {candidate.person_id for candidate in strong} | {
        candidate.person_id for candidate in candidates if FULL in candidate.matched
    }
    if len(rivals) > 1:
        return Match(IdentityVerdict.HELD, reasons=("several-persons",), candidates=tuple(sorted(rivals)))
    one = strong[0]
    against = _contradictions(person, one.told)
    if against:
        return Match(IdentityVerdict.HELD, reasons=against, candidates=(one.person_id,))
    return Match(IdentityVerdict.SAME, one.person_id, tuple(f"same-{kind}" for kind in sorted(one.matched & STRONG)))


def _by_name_birth_phone(person: Person, full: Sequence[KnownPerson]) -> Match:
    person_ids = tuple(sorted({candidate.person_id for candidate in full}))
    if len(person_ids) > 1:
        return Match(IdentityVerdict.HELD, reasons=("several-persons",), candidates=person_ids)
    if _differ(normal_registration(person.registration_number), normal_registration(full[0].told.registration_number)):
        return Match(IdentityVerdict.HELD, reasons=("other-registration",), candidates=person_ids)
    return Match(IdentityVerdict.SAME, person_ids[0], (f"same-{FULL}",))


def _by_contact(person: Person, candidates: Sequence[KnownPerson]) -> Match:
    """Match by name and phone alone. Different registration numbers prove different persons."""
    mine = normal_registration(person.registration_number)
    open_ = [
        candidate
        for candidate in candidates
        if not _differ(mine, normal_registration(candidate.told.registration_number))
    ]
    if not open_:
        return Match(IdentityVerdict.NEW, reasons=("other-registration",))
    reasons = ["same-name-phone-only"]
    if any(_births_differ(person, candidate.told) for candidate in open_):
        reasons.append("other-birth-date")
    return Match(
        IdentityVerdict.HELD,
        reasons=tuple(reasons),
        candidates=tuple(sorted({candidate.person_id for candidate in open_})),
    )


def _contradictions(person: Person, other: Person) -> tuple[str, ...]:
    registrations = normal_registration(person.registration_number), normal_registration(other.registration_number)
    checks = {
        "other-name": _differ(normal_name(person.name), normal_name(other.name)),
        "other-birth-date": _births_differ(person, other),
        "other-registration": _differ(*registrations),
    }
    return tuple(code for code, holds in checks.items() if holds)


def _births_differ(one: Person, other: Person) -> bool:
    """Whether the birth dates contradict each other as far as both are told."""
    first, second = one.birth_told, other.birth_told
    return not (first.startswith(second) or second.startswith(first))


def _differ(one: str, other: str) -> bool:
    """Whether both are given and different."""
    return bool(one and other and one != other)


def normal_name(name: str) -> str:
    """A name without differences of Unicode composition, width, case, spaces and punctuation."""
    return letters(name)


def normal_phone(phone: str) -> str:
    """A Korean phone number as digits with its leading zero: +82 10-1234-5678 is 01012345678."""
    return phones.normal(phone)


def normal_registration(number: str) -> str:
    """A resident registration number as thirteen digits; "" if it is masked, incomplete or missing."""
    return resident_number.whole(number)
