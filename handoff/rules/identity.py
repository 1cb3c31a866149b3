"""Which person a word is about: surely a known one, likely a known one, or none.

Strong identifiers decide: the resident registration number and the sender's own patient number. Next comes the
combination of name, birth date and phone. All other combinations make a person likely, never sure:

- Name and phone, name and birth date, name and address, birth date and address, birth date and phone. One that fits is
  asked about.
- A notice with the name, birth date and address of a known person, but another phone, is held: a relative's phone.
- A notice with name and birth date alone is held if that person has an open case, or if phone or address are missing.
- Twins share birth date, address and phone. A notice with another name is about another person. News are asked about,
  for a name may be misspelled, unless somebody of the name that is told is known.
- Couples share address and phone, and have no term in common.
- Another resident registration number, and with it another sex, tell persons apart, whatever else they share. So does
  another birth date; only a notice with the same name and phone is held, since birth dates are mistyped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handoff.fact import Person
from handoff.rules import addresses, phones, resident_number
from handoff.text import is_masked_name, is_nobody, kept, letters
from handoff.vocabulary.outcomes import IdentityVerdict

SCHEME = 3  # of the look-up terms. Raise it with every change of `index_terms`: then known people are indexed again
REGISTRATION, PATIENT, FULL, WEAK = "registration", "patient-number", "name-birth-phone", "name-phone"
NAME_BIRTH, NAME_ADDRESS = "name-birth", "name-address"
BIRTH_ADDRESS, BIRTH_PHONE = "birth-address", "birth-phone"  # whatever the name: it may be misspelt
STRONG = frozenset({REGISTRATION, PATIENT})
PAIRS = frozenset({WEAK, NAME_BIRTH, NAME_ADDRESS, BIRTH_ADDRESS, BIRTH_PHONE})
LIKELY = PAIRS | {FULL}
NAME, BIRTH, SEX = "name", "birth-date", "sex"
APART = frozenset({REGISTRATION, BIRTH, SEX})  # who differs in one of them is another person
PERHAPS_SAME = frozenset({"same-name-phone-only", "same-name-birth-address", "same-name-birth", "same-name-address"})
WHY_HELD: Mapping[str, str] = {
    "several-persons": "it fits several known persons",
    "other-name": "the number is that of a known person of another name",
    "other-birth-date": "a known person whom it fits has another birth date",
    "other-registration": "a known person whom it fits has another resident registration number",
    "other-sex": "a known person of the same name, birth date and phone has another sex",
    "same-name-phone-only": "name and phone are those of a known person, and no more",
    "same-name-birth-address": "name, birth date and address are those of a known person, the phone is another: perhaps"
    " that of a relative",
    "same-name-birth": "name and birth date are those of a known person, but not phone and address",
    "same-name-address": "name and address are those of a known person, and a birth date is missing",
}
_FEMALE, _MALE = frozenset("fw여녀女24"), frozenset("m남男13")


@dataclass(frozen=True)
class KnownPerson:
    """A known person that at least one index term found.

    Attributes:
        matched: the kinds of term that agreed.
        open: whether the person has an open case.
    """

    person_id: str
    told: Person
    matched: frozenset[str]
    open: bool = False


@dataclass(frozen=True)
class Compared:
    """A known person beside a word: the kinds of term that agree, and what both give and differs."""

    person_id: str
    matched: frozenset[str]
    differs: frozenset[str]


@dataclass(frozen=True)
class Match:
    """Which person a notice is about: `person_id` if "same"; if "held", a person chooses among `candidates`."""

    verdict: IdentityVerdict
    person_id: str = ""
    reasons: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()


def index_terms(person: Person, sender: str) -> tuple[tuple[str, str], ...]:
    """The look-up terms of a person, as kind and normalised text. Personal data: store only their digests."""
    name, phone, address = normal_name(person.name), normal_phone(person.phone), addresses.normal(person.address)
    born = person.birth_date.isoformat() if person.birth_date else ""
    sure = "" if is_masked_name(person.name) or is_nobody(person.name) else name
    terms = (
        (REGISTRATION, (normal_registration(person.registration_number),)),
        (PATIENT, (sender, kept(person.patient_number))),
        (FULL, (name, born, phone)),
        (WEAK, (name, phone)),
        (NAME_BIRTH, (sure, born)),
        (NAME_ADDRESS, (sure, address)),
        (BIRTH_ADDRESS, (born, address)),
        (BIRTH_PHONE, (born, phone)),
    )
    return tuple((kind, "|".join(parts)) for kind, parts in terms if all(parts))


def likeness_terms(person: Person) -> tuple[tuple[str, str], ...]:
    """What tells two persons apart if both words give it, as kind and normalised text.

    Personal data: store only their digests.
    """
    born = person.birth_date.isoformat() if person.birth_date else ""
    terms = (
        (NAME, normal_name(person.name)),
        (BIRTH, born),
        (SEX, normal_sex(person.sex)),
        (REGISTRATION, normal_registration(person.registration_number)),
    )
    return tuple(term for term in terms if term[1])


def told_apart(one: Person, other: Person) -> frozenset[str]:
    """What says that two records are those of two people: registration number, birth date or sex, if both give it."""
    theirs = dict(likeness_terms(other))
    differ = {kind for kind, text in likeness_terms(one) if theirs.get(kind, text) != text}
    if _births_differ(one, other):  # one of them may be known to the month
        differ.add(BIRTH)
    return APART & differ


def likely(compared: Sequence[Compared]) -> tuple[Compared, ...]:
    """The known persons whom news are likely about, if no strong identifier names one.

    Who is known by the name that is told comes before those who share birth date with address or phone, such as a twin.
    """
    left = [one for one in compared if one.matched & LIKELY and not one.differs & APART]
    named = [one for one in left if NAME not in one.differs]
    return tuple(named or left)


def whom(person: Person, sender: str, candidates: Sequence[KnownPerson]) -> Match:
    """Decide which person a notice is about, among the candidates that its index terms found.

    `sender` owns the patient number; the candidates' `matched` already takes that into account.
    """
    del sender  # a patient number matches only within its sender
    if not candidates:
        return Match(IdentityVerdict.NEW, reasons=("nobody-known",))
    strong = [candidate for candidate in candidates if candidate.matched & STRONG]
    if strong:
        return _by_strong(person, strong, candidates)
    full = [candidate for candidate in candidates if _is_full(candidate)]
    return _by_name_birth_phone(person, full) if full else _by_likeness(person, candidates)


def _is_full(candidate: KnownPerson) -> bool:
    """Whether name, birth date and phone agree. A phone that was told later is indexed with the name alone."""
    return FULL in candidate.matched or {NAME_BIRTH, WEAK} <= candidate.matched


def _by_strong(person: Person, strong: Sequence[KnownPerson], candidates: Sequence[KnownPerson]) -> Match:
    # Name, birth date and phone may match one person while the strong identifier matches another.
    rivals = {candidate.person_id for candidate in strong} | {
        candidate.person_id for candidate in candidates if _is_full(candidate)
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
    if _differ(normal_sex(person.sex), normal_sex(full[0].told.sex)):
        return Match(IdentityVerdict.HELD, reasons=("other-sex",), candidates=person_ids)
    return Match(IdentityVerdict.SAME, person_ids[0], (f"same-{FULL}",))


def _by_likeness(person: Person, candidates: Sequence[KnownPerson]) -> Match:
    """Match by two of name, birth date, phone and address. Different registration numbers prove different persons."""
    mine = normal_registration(person.registration_number)
    others = [one for one in candidates if _differ(mine, normal_registration(one.told.registration_number))]
    reasons = {one.person_id: _perhaps(person, one) for one in candidates if one not in others}
    held = {person_id: reason for person_id, reason in reasons.items() if reason}
    if not held:
        return Match(IdentityVerdict.NEW, reasons=("other-registration" if others else "nobody-known",))
    why = dict.fromkeys(held.values())
    births = [one.told for one in candidates if one.person_id in held and _births_differ(person, one.told)]
    return Match(
        IdentityVerdict.HELD,
        reasons=(*why, *(["other-birth-date"] if births else [])),
        candidates=tuple(sorted(held)),
    )


def _perhaps(person: Person, one: KnownPerson) -> str:
    """Why a notice may be about this person, as a code; "": it is about another one."""
    if WEAK in one.matched:
        return "same-name-phone-only"
    if _differ(normal_sex(person.sex), normal_sex(one.told.sex)):
        return ""
    if NAME_BIRTH in one.matched:
        told_all = all((person.phone, person.address, one.told.phone, one.told.address))
        if NAME_ADDRESS in one.matched:
            return "same-name-birth-address"
        return "" if told_all and not one.open else "same-name-birth"
    return "same-name-address" if NAME_ADDRESS in one.matched and not _births_differ(person, one.told) else ""


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


def normal_sex(sex: str) -> str:
    """F or M, by the first letter (F, W, 여, M, 남) or the digit of a resident number; "" if it is neither."""
    first = letters(sex)[:1]
    return "F" if first and first in _FEMALE else "M" if first in _MALE else ""


def normal_registration(number: str) -> str:
    """A resident registration number as thirteen digits; "" if it is masked, incomplete or missing."""
    return resident_number.whole(number)
