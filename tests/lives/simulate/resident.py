"""One case of the town, with the face that the deeds of a life know."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from tests.lives import deeds
from tests.lives.driver import Driver
from tests.lives.product import Activities, Profile
from tests.lives.said import open_tasks
from tests.lives.simulate.plan import Opening, Plan, Word
from tests.lives.twin import Twin
from tests.lives.voices import Voices, role
from tests.lives.weather import Weather

MONDAY = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)  # 10:00 in Seoul
AWAITED = 0.9  # what the case waits for is likelier than this
SEEN_TO = (
    "missed-visit",
    "missed-visit-escalated",
    "safety-check",
    "dates-differ",
    "confirm-death",
    "confirm-refusal",
    "confirm-restriction",
    "first-service-late",
    "chase",
    "after-closing",
    "type-not-yet-handled",
)
ANSWERS: Mapping[str, str] = {  # by the limit of a clock: the deed that it waits for
    "consent": "consent",
    "consent-again": "consent",
    "consent-ends": "consent",
    "refusal-confirmation": "consent",
    "papers-awaited": "consent",
    "running-services": "consent",
    "first-contact": "contact",
    "contact-attempt": "contact",
    "presurvey": "assessment",
    "determination": "assessment",
    "resurvey": "assessment",
    "plan": "plan",
    "plan-revision": "plan",
    "decision": "plan",
    "answer": "answers",
    "urgent-answer": "answers",
    "gap": "gaps",
    "visit-report": "visits",
    "service-start": "visits",
    "first-service": "visits",
    "missed-visit-call": "contact",
    "check-window": "checks",
    "discharge-confirmation": "dates",
    "discharge-cancelled": "dates",
    "readmission-hold": "dates",
    "readmission-review": "dates",
}


class OfCase(Twin):
    """The rows of one case in the record of the town."""

    def __init__(self, whole: Twin, case: str) -> None:
        super().__init__()
        self._whole, self._case = whole, case

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Its rows; of tables that are not about cases, all."""
        return [row for row in self._whole.rows(table) if row.get("case_id", self._case) == self._case]

    def put(self, table: str, **columns: Any) -> dict[str, Any]:
        """A new row."""
        return self._whole.put(table, **columns)

    def change(self, table: str, key: tuple[Any, ...], **columns: Any) -> None:
        """Change columns of one row."""
        self._whole.change(table, key, **columns)


@dataclass(frozen=True)
class Even:
    """Each kind of deed is as likely as the case makes it."""

    nonsense: float = 0.08
    wanted: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(deeds.DEEDS, 1.0))


class Resident(Voices):
    """One case of the town.

    Attributes:
        draw: the choice of the deed that is done now.
        words: what it was told about where the person is: arguments of `numbered`, to be said anew.
        trace: where each thing that is said is noted.
        late: whether a fact waited, and came together with the next.
        one_by_one: whether its runs hear one thing after another; False: as runs of earlier builds.
    """

    one_by_one = True
    says_parts = True

    def __init__(self, number: int, plan: Plan, whole: Twin, profile: Profile, loop: asyncio.AbstractEventLoop) -> None:
        case = f"C000000{number + 1}"
        self.start = MONDAY + timedelta(hours=number)
        activities = Activities(whole, profile, lambda: self.driver.now, loop)
        weather = Weather(
            f"{plan.weather} {case}", away=plan.away / 100, lost=plan.lost / 100, forgotten=plan.forgotten / 100
        )
        driver = Driver(f"handoff-{case}", self.start, activities.carried_out, weather, loop)
        super().__init__(case=case, profile=profile, twin=OfCase(whole, case), driver=driver)
        self.opening: Opening = plan.cases[number]
        self.chapter = plan.chapter
        self.opener = self.opening.notice.who
        self.temper, self.draw = Even(), Random(0)
        self.said: list[tuple[str, dict[str, str], datetime, Any, dict[str, Any]]] = []
        self.trace: list[str] = []
        self.late = False

    def begin(self) -> None:
        """The notice opens the case, as intake does it."""
        self.opens(f"P{self.case}", date(1940, 5, 1), self.opener, self.opening.district)
        begin: dict[str, Any] = {"case": self.case, "carried": None, "one_by_one": self.one_by_one}
        begin["actions_first"] = self.one_by_one
        if self.chapter:
            begin["chapter_events"] = self.chapter
        stage = "assessment" if self.opening.consent == "given" else "consent"
        self.driver.start(begin, {"HandoffStage": stage})
        self.says(self.opening.notice, consent=self.opening.consent)
        for ahead in range(self.opening.ahead):
            moment = self.start + timedelta(minutes=20 * (ahead + 1))
            self.driver.at(moment, lambda pick=self.opening.pick + ahead: self.turn(pick))

    # what is said

    def says(self, word: Word, **said: Any) -> None:
        """An institution says where the person is."""
        now = self.driver.now
        until = None if word.until is None else (MONDAY if word.since == "begin" else now) + timedelta(hours=word.until)
        written = now - timedelta(minutes=word.written)
        named = {"code": word.code, "until": until, "stay": word.stay, "written": written.isoformat(), **said}
        self._number(word.kind, {"who": word.who or self.opener, "subject": ""}, written, None, named)
        if not word.late:
            self.deliver()

    def tells(self, kind: str, who: str, subject: str = "", *, body: Any = None, **said: Any) -> None:
        """An institution says something else."""
        said = {"written": self.driver.now.isoformat(), **said}
        self._number(kind, {"who": who, "subject": subject}, self.driver.now, body, said)
        self.deliver()

    def acts(self, kind: str, subject: str = "", *, body: Any = None, **said: Any) -> None:
        """A person at the desk does something."""
        self._note(f"acts: {kind} {subject} {_shown(said)}")
        super().acts(kind, subject, body=body, **said)

    def anew(self, of: int) -> None:
        """The last things are said once more, each under a new number."""
        for kind, about, occurred, body, said in self.said[-of:]:
            self._number(kind, about, occurred, body, said)
        self.deliver()

    def twice(self, of: int) -> None:
        """The delivery of the last facts is repeated."""
        if self.told:
            self._note(f"again: {[each['number'] for each in self.told[-of:]]}")
            self.signal(self.told[-of:])

    def _number(self, kind: str, about: dict[str, str], occurred: datetime, body: Any, said: dict[str, Any]) -> None:
        self.said.append((kind, about, occurred, body, said))
        self.numbered(kind, about, occurred, body, **said)
        self._note(f"#{self.number} {kind} of {about['who']} ({role(about['who'])}) {about['subject']} {_shown(said)}")

    def _note(self, line: str) -> None:
        self.trace.append(f"{self.driver.now:%d %H:%M:%S} {self.case} {line}")

    def deliver(self) -> None:
        """Signal what waits."""
        self.late |= len(self.waiting) > 1
        super().deliver()

    # what is possible

    def turn(self, pick: int, about: str = "") -> bool:
        """Do one of the things that are possible: about this, or what the case waits for. Returns whether one was."""
        self.draw = Random(pick)
        if about == "death":
            moment = self.draw.choice((None, self.driver.now, MONDAY - timedelta(days=9)))
            self.tells("person.died", self.opener, code=self.draw.choice(("", "", "doubtful")), until=moment)
            return True
        if about == "nonsense":
            deeds.nonsense(self)  # type: ignore[arg-type] - it has all of a life that deeds look at
            return True
        if about == "settling":
            return self._settles()
        return self._chosen((about,), least=0.0) if about else self._chosen(deeds.DEEDS, least=AWAITED)

    def answer(self, limit: str, pick: int) -> bool:
        """Do what the clock of a limit waits for; returns whether that is possible."""
        self.draw = Random(pick)
        return limit in ANSWERS and self._chosen((ANSWERS[limit],), least=AWAITED)

    def _settles(self) -> bool:
        """Mark a task as done that has no command of its own: the command refuses others."""
        tasks = [row for row in open_tasks(self) if row["kind"] in SEEN_TO]  # type: ignore[arg-type]
        if tasks:
            task = self.draw.choice(tasks)
            self.acts("task.settled", task["task_id"], code=task["kind"])
        return bool(tasks)

    def _chosen(self, names: Iterable[str], *, least: float) -> bool:
        possible = [(weight, deed) for name in names for weight, deed in deeds.DEEDS[name](self) if weight > least]  # type: ignore[arg-type]
        if possible:
            [deed] = self.draw.choices([deed for _, deed in possible], [weight for weight, _ in possible])
            deed()
        return bool(possible)


def _shown(said: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in said.items() if value not in (None, "", 0))
