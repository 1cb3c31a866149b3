"""Whether a person is eligible under the Act, and the municipality's priority for them: two separate questions.

Each stays undetermined while a fact that it needs is missing. A missing fact never means "not eligible".
"""

from dataclasses import dataclass
from datetime import date

from handoff.fact import Person
from handoff.profile.model import Profile
from handoff.rules import resident_number
from handoff.vocabulary.states import Eligibility, Priority

DISABILITY = "severe-disability"  # code of a look-up
Answer = bool | None  # None: not known yet


@dataclass(frozen=True)
class Found:
    """Results of assessments. `group`: an agreed group's code, "none" if none fits, "" if not assessed."""

    severe_disability: bool | None = None
    group: str = ""
    complex_need: bool | None = None


@dataclass(frozen=True)
class Reason:
    """One reason of a screening."""

    code: str  # what was asked, with the answer: "age-reached", "disability-none", "need-unknown"
    says: str


@dataclass(frozen=True)
class Screening:
    """Eligibility and priority, with a reason for every question."""

    eligibility: Eligibility
    priority: Priority
    reasons: tuple[Reason, ...]


def screen(person: Person, findings: Found, profile: Profile, on: date) -> Screening:
    """Screen a person by what is known on a day.

    A person is eligible with complex need and at least one of: age, registered severe disability, an agreed group.
    """
    years = age(born(person), on)
    grounds = [_by_age(years, profile), _by_disability(person, findings, profile), _by_group(findings, profile)]
    need = _by_need(findings)
    first = None if years is None else years >= profile.priority.min_age
    return Screening(
        eligibility=_verdict(_all(_any([answer for answer, _ in grounds]), need[0])),
        priority=Priority.UNDETERMINED if first is None else Priority.HIGH if first else Priority.NORMAL,
        reasons=(*(reason for _, reason in grounds), need[1], _priority_reason(first, profile)),
    )


@dataclass(frozen=True)
class LookUp:
    """One question that decides whether a door is open to a person.

    Attributes:
        code: "severe-disability", or the code of an agreed group.
        says: where to look, or what to ask.
    """

    code: str
    says: str


def look_ups(person: Person, profile: Profile, on: date) -> tuple[LookUp, ...] | None:
    """What is still to be asked about a person who is younger than the age of eligibility.

    The doors are age, registered severe disability and the agreed groups. What was not asked is not decided.

    Returns:
        The look-ups, one for each door that was not asked about; empty: every door is shut. None: a door is open, or
        neither birth date (a month or year may be enough) nor resident number proves the age.
    """
    of_age, _ = _by_age(age(born(person) or _first_day(person.born_in), on), profile)
    disabled, _ = _by_disability(person, Found(), profile)
    if of_age is not False or disabled:
        return None
    register = [LookUp(DISABILITY, "the register of persons with disabilities: a severe disability?")]
    groups = [LookUp(group.code, f"the agreed group: {group.name_en}?") for group in profile.eligibility.groups]
    return (*(register if disabled is None else []), *groups)


def born(person: Person) -> date | None:
    """The birth date as reported, else that in the resident number; None: neither names one."""
    return person.birth_date or resident_number.birth_date(person.registration_number)


def _first_day(period: str) -> date | None:
    """The first day of a month or year: nobody born in it can be older. None: no period."""
    return date.fromisoformat(f"{period}-01-01"[: len("1943-01-01")]) if period else None


def age(born: date | None, on: date) -> int | None:
    """Full years on a day, the birthday included (Civil Act 158); None if the birth date is missing or later."""
    if born is None or born > on:
        return None
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _by_age(years: int | None, profile: Profile) -> tuple[Answer, Reason]:
    least = profile.eligibility.min_age
    if years is None:
        return None, Reason("age-unknown", "neither birth date nor resident number tells the age")
    if years >= least:
        return True, Reason("age-reached", f"{least} or older")
    return False, Reason("age-below", f"younger than {least}")


def _by_disability(person: Person, findings: Found, profile: Profile) -> tuple[Answer, Reason]:
    if not profile.eligibility.severe_disability:
        return False, Reason("disability-no-door", "severe disability is no ground of eligibility here")
    # An assessment overrides the notice.
    registered = person.severe_disability if findings.severe_disability is None else findings.severe_disability
    if registered is None:
        return None, Reason("disability-unknown", "a registered severe disability was neither reported nor looked up")
    if registered:
        return True, Reason("disability-registered", "a registered severe disability")
    return False, Reason("disability-none", "no registered severe disability")


def _by_group(findings: Found, profile: Profile) -> tuple[Answer, Reason]:
    agreed = {group.code: group.name_en for group in profile.eligibility.groups}
    if not agreed:
        return False, Reason("group-none-agreed", "no further group is agreed with the Ministry")
    if not findings.group:
        return None, Reason("group-unknown", "not yet assessed whether an agreed group fits")
    if findings.group in agreed:
        return True, Reason(f"group-{findings.group}", f"agreed group: {agreed[findings.group]}")
    return False, Reason("group-none", "no agreed group fits")


def _by_need(findings: Found) -> tuple[Answer, Reason]:
    if findings.complex_need is None:
        return None, Reason("need-unknown", "not yet assessed whether the need is complex")
    if findings.complex_need:
        return True, Reason("need-complex", "the need is complex")
    return False, Reason("need-not-complex", "the need is not complex")


def _priority_reason(first: Answer, profile: Profile) -> Reason:
    least = profile.priority.min_age
    if first is None:
        return Reason("priority-unknown", "neither birth date nor resident number tells the age")
    return Reason("priority-age", f"{least} or older") if first else Reason("priority-none", f"younger than {least}")


def _any(answers: list[Answer]) -> Answer:
    return True if True in answers else None if None in answers else False


def _all(one: Answer, other: Answer) -> Answer:
    return False if False in (one, other) else None if None in (one, other) else True


def _verdict(answer: Answer) -> Eligibility:
    if answer is None:
        return Eligibility.UNDETERMINED
    return Eligibility.ELIGIBLE if answer else Eligibility.NOT_ELIGIBLE
