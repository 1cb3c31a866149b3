"""Whether a case may be joined into another one of the same person, and in which direction.

The case that goes on is the one that is further. So consent, a plan in force and the beginning of support are never
moved from one case to another: they are in the case that goes on already.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from handoff.fact import Person
from handoff.rules.identity import BIRTH, REGISTRATION, SEX
from handoff.rules.versions import Versions, merged
from handoff.vocabulary.details import Detail
from handoff.vocabulary.states import Consent, PlanState


@dataclass(frozen=True)
class CaseStanding:
    """What counts of a case that is to be joined.

    Attributes:
        joined_into: the case into which it was joined; "": none.
        closing: a person is ending it.
        plans: the states of the versions of its plan.
        serves: whether a provider has accepted one of its open lines.
        visits: whether a visit of it is booked, or took place.
    """

    case: str
    consent: str
    closed: bool = False
    closing: bool = False
    joined_into: str = ""
    support_began_at: datetime | None = None
    plans: tuple[str, ...] = ()
    serves: bool = False
    visits: bool = False

    @property
    def planned(self) -> bool:
        """Whether a plan is in force."""
        return PlanState.APPROVED in self.plans


def why_not(case: CaseStanding, into: CaseStanding) -> str:
    """Why the case cannot be joined into the other one, with what to do first; "": it can.

    Open into open is joined. A closed case is only linked: it stays closed as it ended.
    """
    if case.case == into.case:
        return f"Case {case.case} cannot be joined into itself. Name another case after --into."
    for one in (case, into):
        if one.joined_into:
            return f"Case {one.case} was joined into {one.joined_into}. Name that one."
    if case.closed:
        return ""
    around = f"Join the other way round: `handoff join {into.case} --into {case.case}`."
    if into.closed:
        return f"Case {into.case} is closed, and {case.case} is open. {around}"
    if into.closing:
        return f"Somebody is ending case {into.case}. Take that back first: `handoff reopen {into.case}`."
    return _further(case, into, around)


def two_people(case: str, apart: Collection[str], *, checked: bool) -> str:
    """Why two records are not those of one person; "": they may be. `apart`: what of `identity.APART` differs.

    Birth date and sex are mistyped, so a person may find out that it is one person nevertheless.
    """
    if REGISTRATION in apart:
        return "The two have different resident registration numbers: they are two people."
    if not apart or checked:
        return ""
    names = " and ".join(_APART[kind] for kind in sorted(apart))
    mend = f"correct it first: `handoff person {case} --birth-date DAY`" if BIRTH in apart else "ask its sender"
    return (
        f"The two have {names}: they may be two people. If one of the records is wrong, {mend}. If you have found out "
        "that it is one person, add --one-person."
    )


_APART = {BIRTH: "different birth dates", SEX: "another sex"}


def too_many_open(into: str, others: Sequence[str], *, into_closed: bool) -> str:
    """Why the two may not be linked: the one person would have two open cases; "": that is not so.

    `others`: further open cases of the two persons.
    """
    if len(others) <= into_closed:
        return ""
    first, second = (others[0], others[1]) if into_closed else (others[0], into)
    return (
        f"The person would have two open cases, {first} and {second}. Join these two: "
        f"`handoff join {first} --into {second}`."
    )


def _further(case: CaseStanding, into: CaseStanding, around: str) -> str:
    if case.support_began_at and not into.support_began_at:
        return f"Support has begun in {case.case}, and not in {into.case}. {around}"
    if case.planned and not into.planned:
        return f"{case.case} has a plan in force, and {into.case} has none. {around}"
    if not into.support_began_at and (case.serves, case.visits) > (into.serves, into.visits):
        word = "accepted lines" if case.serves > into.serves else "visits"
        return f"{case.case} has {word}, and {into.case} has none. {around}"
    if case.serves and into.consent != Consent.GIVEN:
        return (
            f"Providers serve the person by {case.case}, and {into.case} has no consent, which is not moved. If the "
            f"person consents: `handoff consent {into.case} --give`."
        )
    if case.planned and PlanState.SUBMITTED in into.plans:
        return f"A version of the plan of {into.case} awaits its decision. Record the decision first."
    return ""


# A person has a number at each hospital, and a birth date told to the month is no other one.
_NOT_COMPARED = ("patient_number", "born_in", "address_code")


def differing(person: Person, other: Person) -> list[str]:
    """The names of the fields in which two records of one person contradict each other."""
    return [
        name
        for name, value in vars(person).items()
        if name not in _NOT_COMPARED and value not in ("", None) and vars(other)[name] not in ("", None, value)
    ]


# What may be corrected if the join turns out to be wrong. Numbers and sex tell persons apart, and a severe disability
# decides about eligibility: the stranger's would hide the person's own words, or decide the case.
_FILLED = (Detail.BIRTH, Detail.PHONE, Detail.ADDRESS, Detail.CONTACT, Detail.LANGUAGE, Detail.CARER)


def gaps_filled(person: Person, other: Person) -> list[Detail]:
    """The details of which only the other record knows anything, and which the person gets from it."""
    return [detail for detail in _FILLED if _tells(detail, other) and not _tells(detail, person)]


def _tells(detail: Detail, person: Person) -> bool:
    return any(getattr(person, name) not in ("", None) for name in detail.fields)


def filled_from(person: Person, other: Person, details: Collection[Detail]) -> Person:
    """The person with these details of the other record."""
    return replace(person, **{name: getattr(other, name) for detail in details for name in detail.fields})


def versions_filled(own: Versions, other: Versions, details: Collection[Detail], opened_at: datetime) -> Versions:
    """The versions of a person who gets these details from another record, as told in the case opened at this moment.

    So a later word in the case counts over them, as over any of its words.
    """
    taken = {
        detail: [replace(one, origin=replace(one.origin, since=opened_at)) for one in other.get(detail, ())]
        for detail in details
    }
    return merged(own, taken)
