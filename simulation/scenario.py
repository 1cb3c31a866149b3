"""What each discharge of a run is meant to become: one situation each, then the rounds begin again."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from handoff.profile.model import Profile
from simulation.people import InventedPerson, draw, plain_phone

Cue = Literal["start", "acknowledged", "first-service"]
Form = Literal["json", "hl7"]
Line = Mapping[str, Any]

BETWEEN = 0.25  # days between two discharges of a run


@dataclass(frozen=True)
class Step:
    """One thing that an institution tells of a discharge: so many days after its cue."""

    kind: str
    cue: Cue = "start"
    days: float = 0.0
    moved: float = 0.0  # days that the moment it names lies after the one told before, or after now
    teller: str = ""  # "": the facility


@dataclass(frozen=True)
class Course:
    """How one kind of discharge goes: what is told, and what the people around it do."""

    situation: str
    steps: tuple[Step, ...] = (Step("discharge.notified"),)
    form: Form = "json"
    consents: bool = True
    score: int = 5  # of the pre-survey: from 4 on the insurer determines
    plan: str = "short"
    answers: Mapping[str, str] = field(
        default_factory=dict
    )  # first offer by service: declined, silent, partly-accepted
    misses: str = ""  # service whose first visit nobody opens the door to
    doubtful: bool = False  # the notice contradicts itself and is held
    same_id: bool = False  # its notice comes under the id of the notice before
    odd: bool = False  # the first plan asks for more than the conference grants


@dataclass(frozen=True)
class Meant:
    """One discharge that is meant to happen."""

    key: str  # run and place in it: "2-007"
    person: InventedPerson
    facility: str
    starts: float  # days after the run began
    course: Course

    @property
    def reference(self) -> str:
        """The facility's own name for the stay."""
        return f"V{self.key.replace('-', '')}"

    def plan(self, version: int) -> tuple[Line, ...]:
        """The lines that the coordinator drafts."""
        lines = PLANS[self.course.plan]
        if self.course.odd and version == 1:
            return tuple({**line, "quantity": 9} if line["kind"] == "series" else line for line in lines)
        return lines


MEALS = {"service": "meal-delivery", "kind": "series", "quantity": 5, "per": "week", "days": 14}
HOUSEHOLD = {"service": "household-help", "kind": "series", "quantity": 2, "per": "week", "days": 28}
HELP_ONCE = {"service": "household-help", "kind": "one-off", "quantity": 1}
SAFETY = {"service": "home-safety", "kind": "one-off", "quantity": 1}
WAY = {"service": "accompaniment", "kind": "one-off", "quantity": 1}
MEDICINE = {"service": "home-visit-korean-medicine", "kind": "one-off", "quantity": 1}
PROTECTION = {"service": "temporary-protection", "kind": "stand-by", "quantity": 1}

PLANS: Mapping[str, tuple[Line, ...]] = {
    "short": (SAFETY,),
    "help": (HELP_ONCE, SAFETY),
    "way": (WAY, SAFETY),
    "clinic": (SAFETY, MEDICINE),
    "meals": (MEALS, SAFETY),
    "urgent": ({**MEALS, "urgent": True}, SAFETY),
    "protection": (MEALS, PROTECTION),
    "household": (HOUSEHOLD, SAFETY),
}

TOLD = Step("discharge.notified")
CANCELLED = Step("discharge.cancelled", "acknowledged", 0.4)

COURSES = (
    Course("told-by-two", (TOLD, Step("discharge.notified", days=0.3, teller="nhis"))),
    Course("resent", (TOLD, Step("resend", "acknowledged", 0.2)), form="hl7", plan="household"),
    Course("", form="hl7", plan="meals"),
    Course("id-reused", form="hl7", plan="meals", same_id=True),
    Course("consent-refused", form="hl7", consents=False),
    Course("declined", plan="household", answers={"household-help": "declined"}),
    Course("silent", plan="way", answers={"accompaniment": "silent"}),
    Course("partly-accepted", plan="meals", answers={"meal-delivery": "partly-accepted"}),
    Course("gap-answered", plan="protection", answers={"temporary-protection": "declined"}),
    Course("visit-missed", plan="help", misses="household-help"),
    Course("urgent-line", plan="urgent", score=3),
    Course(
        "expected-discharge",
        (Step("discharge.expected", moved=1.5), Step("discharge.notified", "acknowledged", 1.5)),
        plan="meals",
    ),
    Course("corrected", (TOLD, Step("discharge.corrected", "acknowledged", 0.3, moved=-0.4)), form="hl7"),
    Course(
        "readmitted",
        (TOLD, Step("admission.occurred", "first-service", 0.3), Step("discharge.notified", "first-service", 1.3)),
        form="hl7",
        plan="meals",
    ),
    Course("discharge-cancelled", (TOLD, CANCELLED), form="hl7"),
    Course("held-settled", form="hl7", doubtful=True),
    Course("died", (TOLD, Step("person.died", "first-service", 0.6)), plan="meals"),
    Course("plan-rejected", plan="household", odd=True),
    Course("admitted", (TOLD, Step("admission.occurred", "first-service", 0.3)), form="hl7", plan="meals"),
    Course("", plan="clinic", score=2),
)


@dataclass(frozen=True)
class Scenario:
    """A whole run: its discharges, and whom a phone number belongs to."""

    seed: int
    run: int
    meant: tuple[Meant, ...]

    @property
    def strays(self) -> int:
        """So many records that nobody can read are published besides, and as many about another town's people."""
        return max(1, len(self.meant) // len(COURSES))

    def by_phone(self) -> dict[str, Meant]:
        """The phone book."""
        return {plain_phone(each.person.phone): each for each in self.meant}


def scenario(seed: int, run: int, cases: int, profile: Profile) -> Scenario:
    """Draw a run: the same for the same arguments."""
    people = draw(seed, run, cases, profile)
    facilities = [body.code for body in profile.institutions if body.role == "hospital"]
    lot = random.Random(f"scenario {seed} {run}")
    meant: list[Meant] = []
    for number, person in enumerate(people):
        course = COURSES[number % len(COURSES)]
        # An id is reused by the hospital that used it: the one of the discharge before.
        facility = meant[-1].facility if course.same_id and meant else lot.choice(facilities)
        meant.append(Meant(f"{run}-{number + 1:03}", person, facility, number * BETWEEN, course))
    return Scenario(seed, run, tuple(meant))
