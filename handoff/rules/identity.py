"""Whom a notice is about: the same person as before, somebody new, or a question for a person to settle.

Strong identifiers decide: the resident registration number, and the sender's own number for its patient. Next to them
name, birth date and phone together. A name and a contact alone are what the law asks of a notice: enough to open a
case, not enough to join one.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from handoff.fact import Person
from handoff.vocabulary.outcomes import IdentityVerdict

REGISTRATION, PATIENT, FULL, WEAK = "registration", "patient-number", "name-birth-phone", "name-phone"
STRONG = frozenset({REGISTRATION, PATIENT})
_REGISTRATION_DIGITS = 13
_MOBILE_WITHOUT_ZERO = re.compile(r"1[016789]\d{7,8}")


@dataclass(frozen=True)
class KnownPerson:
    """Somebody we know, found by at least one index term; `matched` are the kinds of term that agreed."""

    person_id: str
    told: Person
    matched: frozenset[str]


@dataclass(frozen=True)
class Match:
    """Whom a notice is about: `person_id` if "same"; if "held", `candidates` are those somebody has to choose from."""

    verdict: IdentityVerdict
    person_id: str = ""
    reasons: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()


def index_terms(told: Person, sender: str) -> tuple[tuple[str, str], ...]:
    """The terms by which a person is found again, as kind and normalised text. Personal data: only digests are kept."""
    name, phone = normal_name(told.name), normal_phone(told.phone)
    born = told.birth_date.isoformat() if told.birth_date else ""
    terms = (
        (REGISTRATION, (normal_registration(told.registration_number),)),
        (PATIENT, (sender, _plain(told.patient_number))),
        (FULL, (name, born, phone)),
        (WEAK, (name, phone)),
    )
    return tuple((kind, "|".join(parts)) for kind, parts in terms if all(parts))


def whom(told: Person, sender: str, candidates: Sequence[KnownPerson]) -> Match:
    """Decide whom a notice is about, among those found by its index terms.

    Twins (same phone, address and birth date, another name) share no term and are new. `sender` is whose patient number
    it is; the candidates' `matched` already respects it.
    """
    del sender  # a patient number only ever matches within its sender
    if not candidates:
        return Match(IdentityVerdict.NEW, reasons=("nobody-known",))
    strong = [each for each in candidates if each.matched & STRONG]
    if strong:
        return _by_strong(told, strong, candidates)
    full = [each for each in candidates if FULL in each.matched]
    return _by_name_birth_phone(told, full) if full else _by_contact(told, candidates)


def _by_strong(told: Person, strong: Sequence[KnownPerson], candidates: Sequence[KnownPerson]) -> Match:
    # Somebody else may agree in name, birth date and phone while the strong identifier names another.
    rivals = {each.person_id for each in strong} | {each.person_id for each in candidates if FULL in each.matched}
    if len(rivals) > 1:
        return Match(IdentityVerdict.HELD, reasons=("several-persons",), candidates=tuple(sorted(rivals)))
    one = strong[0]
    against = _contradictions(told, one.told)
    if against:
        return Match(IdentityVerdict.HELD, reasons=against, candidates=(one.person_id,))
    return Match(IdentityVerdict.SAME, one.person_id, tuple(f"same-{kind}" for kind in sorted(one.matched & STRONG)))


def _by_name_birth_phone(told: Person, full: Sequence[KnownPerson]) -> Match:
    found = tuple(sorted({each.person_id for each in full}))
    if len(found) > 1:
        return Match(IdentityVerdict.HELD, reasons=("several-persons",), candidates=found)
    if _differ(normal_registration(told.registration_number), normal_registration(full[0].told.registration_number)):
        return Match(IdentityVerdict.HELD, reasons=("other-registration",), candidates=found)
    return Match(IdentityVerdict.SAME, found[0], (f"same-{FULL}",))


def _by_contact(told: Person, candidates: Sequence[KnownPerson]) -> Match:
    """Name and contact alone; two registration numbers that differ prove two persons."""
    mine = normal_registration(told.registration_number)
    open_ = [each for each in candidates if not _differ(mine, normal_registration(each.told.registration_number))]
    if not open_:
        return Match(IdentityVerdict.NEW, reasons=("other-registration",))
    reasons = ["same-name-phone-only"]
    if any(told.birth_date and each.told.birth_date and told.birth_date != each.told.birth_date for each in open_):
        reasons.append("other-birth-date")
    return Match(
        IdentityVerdict.HELD, reasons=tuple(reasons), candidates=tuple(sorted({each.person_id for each in open_}))
    )


def _contradictions(told: Person, known: Person) -> tuple[str, ...]:
    registrations = normal_registration(told.registration_number), normal_registration(known.registration_number)
    checks = {
        "other-name": _differ(normal_name(told.name), normal_name(known.name)),
        "other-birth-date": told.birth_date and known.birth_date and told.birth_date != known.birth_date,
        "other-registration": _differ(*registrations),
    }
    return tuple(code for code, holds in checks.items() if holds)


def _differ(one: str, other: str) -> bool:
    """Both known, and not the same."""
    return bool(one and other and one != other)


def normal_name(name: str) -> str:
    """A name without what feeds vary: composition, width, case, spaces and punctuation."""
    return _plain(name)


def normal_phone(phone: str) -> str:
    """A Korean phone number as digits with its leading zero: +82 10-1234-5678 is 01012345678."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", phone))
    digits = re.sub(r"^(00)?820?(?=[1-9]\d{7,9}$)", "0", digits)
    return f"0{digits}" if _MOBILE_WITHOUT_ZERO.fullmatch(digits) else digits


def normal_registration(number: str) -> str:
    """A resident registration number as thirteen digits; "" if masked, cut or absent: then it proves nothing."""
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", number))
    return digits if digits.isascii() and digits.isdigit() and len(digits) == _REGISTRATION_DIGITS else ""


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return folded if folded.isalnum() else "".join(filter(str.isalnum, folded))
