"""The simulated discharges of a run. They go through `COURSES` in turn, one situation each."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from handoff.profile.model import Profile
from handoff.vocabulary.states import LineKind
from handoff.vocabulary.words import EventKind
from simulation.people import InventedPerson, draw, plain_phone
from simulation.situations import Cue, ProviderAnswer, Situation

Form = Literal["json", "hl7"]
Line = Mapping[str, Any]

BETWEEN = 0.25  # days between two discharges


@dataclass(frozen=True)
class ScenarioStep:
    """One record about a discharge, sent `days` after its cue."""

    kind: str
    cue: Cue = Cue.START
    days: float = 0.0
    moved: float = 0.0  # days from the moment reported before, or from now, to the moment that it reports
    teller: str = ""  # "": the facility


@dataclass(frozen=True)
class Course:
    """The course of one kind of discharge: the records sent, and what people and providers do."""

    situation: str  # a `Situation`, or ""
    steps: tuple[ScenarioStep, ...] = (ScenarioStep(EventKind.DISCHARGE_NOTIFIED),)
    form: Form = "json"
    consents: bool = True
    score: int = 5  # of the pre-survey; from 4 on the NHIS determines
    plan: str = "short"
    answers: Mapping[str, ProviderAnswer] = field(default_factory=dict)  # to the first offer, by service
    misses: str = ""  # service whose first visit is missed
    doubtful: bool = False  # the notice contradicts itself and is held
    same_id: bool = False  # its notice has the id of the notice before
    odd: bool = False  # the first plan asks for too much and is rejected


@dataclass(frozen=True)
class Meant:
    """One simulated discharge."""

    key: str  # run and number in it: "2-007"
    person: InventedPerson
    facility: str
    starts: float  # days after the run began
    course: Course

    @property
    def reference(self) -> str:
        """The facility's own reference for the stay."""
        return f"V{self.key.replace('-', '')}"

    def plan(self, version: int) -> tuple[Line, ...]:
        """The lines of a version of the plan."""
        lines = PLANS[self.course.plan]
        if self.course.odd and version == 1:
            return tuple({**line, "quantity": 9} if line["kind"] == LineKind.SERIES else line for line in lines)
        return lines


MEALS = {"service": "meal-delivery", "kind": LineKind.SERIES, "quantity": 5, "per": "week", "days": 14}
HOUSEHOLD = {"service": "household-help", "kind": LineKind.SERIES, "quantity": 2, "per": "week", "days": 28}
HELP_ONCE = {"service": "household-help", "kind": LineKind.ONE_OFF, "quantity": 1}
SAFETY = {"service": "home-safety", "kind": LineKind.ONE_OFF, "quantity": 1}
WAY = {"service": "accompaniment", "kind": LineKind.ONE_OFF, "quantity": 1}
MEDICINE = {"service": "home-visit-korean-medicine", "kind": LineKind.ONE_OFF, "quantity": 1}
PROTECTION = {"service": "temporary-protection", "kind": LineKind.STAND_BY, "quantity": 1}

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

TOLD = ScenarioStep(EventKind.DISCHARGE_NOTIFIED)
CANCELLED = ScenarioStep(EventKind.DISCHARGE_CANCELLED, Cue.ACKNOWLEDGED, 0.4)

COURSES = (
    Course(Situation.TOLD_BY_TWO, (TOLD, ScenarioStep(EventKind.DISCHARGE_NOTIFIED, days=0.3, teller="nhis"))),
    Course(Situation.RESENT, (TOLD, ScenarioStep("resend", Cue.ACKNOWLEDGED, 0.2)), form="hl7", plan="household"),
    Course("", form="hl7", plan="meals"),
    Course(Situation.ID_REUSED, form="hl7", plan="meals", same_id=True),
    Course(Situation.CONSENT_REFUSED, form="hl7", consents=False),
    Course(Situation.DECLINED, plan="household", answers={"household-help": ProviderAnswer.DECLINED}),
    Course(Situation.SILENT, plan="way", answers={"accompaniment": ProviderAnswer.SILENT}),
    Course(Situation.PARTLY_ACCEPTED, plan="meals", answers={"meal-delivery": ProviderAnswer.PARTLY_ACCEPTED}),
    Course(Situation.GAP_ANSWERED, plan="protection", answers={"temporary-protection": ProviderAnswer.DECLINED}),
    Course(Situation.VISIT_MISSED, plan="help", misses="household-help"),
    Course(Situation.URGENT_LINE, plan="urgent", score=3),
    Course(
        Situation.EXPECTED_DISCHARGE,
        (
            ScenarioStep(EventKind.DISCHARGE_EXPECTED, moved=1.5),
            ScenarioStep(EventKind.DISCHARGE_NOTIFIED, Cue.ACKNOWLEDGED, 1.5),
        ),
        plan="meals",
    ),
    Course(
        Situation.CORRECTED,
        (TOLD, ScenarioStep(EventKind.DISCHARGE_CORRECTED, Cue.ACKNOWLEDGED, 0.3, moved=-0.4)),
        form="hl7",
    ),
    Course(
        Situation.READMITTED,
        (
            TOLD,
            ScenarioStep(EventKind.ADMISSION_OCCURRED, Cue.FIRST_SERVICE, 0.3),
            ScenarioStep(EventKind.DISCHARGE_NOTIFIED, Cue.FIRST_SERVICE, 1.3),
        ),
        form="hl7",
        plan="meals",
    ),
    Course(Situation.DISCHARGE_CANCELLED, (TOLD, CANCELLED), form="hl7"),
    Course(Situation.HELD_SETTLED, form="hl7", doubtful=True),
    Course(Situation.DIED, (TOLD, ScenarioStep(EventKind.PERSON_DIED, Cue.FIRST_SERVICE, 0.6)), plan="meals"),
    Course(Situation.PLAN_REJECTED, plan="household", odd=True),
    Course(
        Situation.ADMITTED,
        (TOLD, ScenarioStep(EventKind.ADMISSION_OCCURRED, Cue.FIRST_SERVICE, 0.3)),
        form="hl7",
        plan="meals",
    ),
    Course("", plan="clinic", score=2),
)


@dataclass(frozen=True)
class Scenario:
    """One run with its discharges."""

    seed: int
    run: int
    meant: tuple[Meant, ...]

    @property
    def strays(self) -> int:
        """The number of unreadable records to add, and of notices about people of another municipality."""
        return max(1, len(self.meant) // len(COURSES))

    def by_phone(self) -> dict[str, Meant]:
        """The discharges by phone number."""
        return {plain_phone(meant.person.phone): meant for meant in self.meant}


def scenario(seed: int, run: int, cases: int, profile: Profile) -> Scenario:
    """Draw a run; equal arguments give an equal run."""
    people = draw(seed, run, cases, profile)
    facilities = [body.code for body in profile.institutions if body.role == "hospital"]
    lot = random.Random(f"scenario {seed} {run}")
    meant: list[Meant] = []
    for number, person in enumerate(people):
        course = COURSES[number % len(COURSES)]
        # Only the hospital that sent the notice before can reuse its id.
        facility = meant[-1].facility if course.same_id and meant else lot.choice(facilities)
        meant.append(Meant(f"{run}-{number + 1:03}", person, facility, number * BETWEEN, course))
    return Scenario(seed, run, tuple(meant))
