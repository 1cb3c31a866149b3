"""Whether the Act's support is open to a person, and how soon the municipality turns to them: two different questions.

Both stay undetermined while a fact is missing. Nobody is turned away by an empty field.
"""

from dataclasses import dataclass
from datetime import date

from handoff.fact import Person
from handoff.profile.model import Profile
from handoff.vocabulary.states import Eligibility, Priority

Answer = bool | None  # None: not known yet


@dataclass(frozen=True)
class Found:
    """What assessments found. `group`: an agreed group's code, "none" if looked for in vain, "" while nobody looked."""

    severe_disability: bool | None = None
    group: str = ""
    complex_need: bool | None = None


@dataclass(frozen=True)
class Reason:
    """One reason of a screening."""

    code: str  # age, severe-disability, group, complex-need, priority-age, each with its answer: "age-reached"
    says: str


@dataclass(frozen=True)
class Screening:
    """Who may be supported, and who first, with every reason that was looked at."""

    eligibility: Eligibility
    priority: Priority
    reasons: tuple[Reason, ...]


def screen(person: Person, found: Found, profile: Profile, on: date) -> Screening:
    """Screen a person as known on a day.

    The doors of the Act are age, registered severe disability and an agreed group; one is enough, and behind it stands
    complex need.
    """
    years = age(person.birth_date, on)
    doors = [_by_age(years, profile), _by_disability(person, found, profile), _by_group(found, profile)]
    need = _by_need(found)
    first = None if years is None else years >= profile.priority.min_age
    return Screening(
        eligibility=_verdict(_all(_any([answer for answer, _ in doors]), need[0])),
        priority=Priority.UNDETERMINED if first is None else Priority.HIGH if first else Priority.NORMAL,
        reasons=(*(reason for _, reason in doors), need[1], _priority_reason(first, profile)),
    )


def age(born: date | None, on: date) -> int | None:
    """Full years on a day, the birthday included (Civil Act 158); None without a birth date, or with one to come."""
    if born is None or born > on:
        return None
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _by_age(years: int | None, profile: Profile) -> tuple[Answer, Reason]:
    least = profile.eligibility.min_age
    if years is None:
        return None, Reason("age-unknown", "the birth date is not known")
    if years >= least:
        return True, Reason("age-reached", f"{least} or older")
    return False, Reason("age-below", f"younger than {least}")


def _by_disability(person: Person, found: Found, profile: Profile) -> tuple[Answer, Reason]:
    if not profile.eligibility.severe_disability:
        return False, Reason("disability-no-door", "severe disability opens no door here")
    # What an assessment found weighs more than what a notice says.
    known = person.severe_disability if found.severe_disability is None else found.severe_disability
    if known is None:
        return None, Reason("disability-unknown", "nobody has told or looked up a registered severe disability")
    if known:
        return True, Reason("disability-registered", "a registered severe disability")
    return False, Reason("disability-none", "no registered severe disability")


def _by_group(found: Found, profile: Profile) -> tuple[Answer, Reason]:
    agreed = {group.code: group.name_en for group in profile.eligibility.groups}
    if not agreed:
        return False, Reason("group-none-agreed", "no further group is agreed with the Ministry")
    if not found.group:
        return None, Reason("group-unknown", "nobody has looked whether an agreed group fits")
    if found.group in agreed:
        return True, Reason(f"group-{found.group}", f"agreed group: {agreed[found.group]}")
    return False, Reason("group-none", "no agreed group fits")


def _by_need(found: Found) -> tuple[Answer, Reason]:
    if found.complex_need is None:
        return None, Reason("need-unknown", "nobody has assessed whether the need is complex")
    if found.complex_need:
        return True, Reason("need-complex", "the need is complex")
    return False, Reason("need-not-complex", "the need is not complex")


def _priority_reason(first: Answer, profile: Profile) -> Reason:
    least = profile.priority.min_age
    if first is None:
        return Reason("priority-unknown", "the birth date is not known")
    return Reason("priority-age", f"{least} or older") if first else Reason("priority-none", f"younger than {least}")


def _any(answers: list[Answer]) -> Answer:
    return True if True in answers else None if None in answers else False


def _all(one: Answer, other: Answer) -> Answer:
    return False if False in (one, other) else None if None in (one, other) else True


def _verdict(answer: Answer) -> Eligibility:
    if answer is None:
        return Eligibility.UNDETERMINED
    return Eligibility.ELIGIBLE if answer else Eligibility.NOT_ELIGIBLE
