"""A town of three cases and two providers, in which one life is played."""

import asyncio
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from tests.lives.product import Profile, profile
from tests.lives.simulate.invariants import Scene, broken
from tests.lives.simulate.marks import Mark
from tests.lives.simulate.met import Met
from tests.lives.simulate.plan import Again, Build, Deadline, Plan, Step, Turn, Word
from tests.lives.simulate.resident import MONDAY, Resident
from tests.lives.simulate.words import Heard
from tests.lives.twin import Twin

PROVIDERS = ("gm-household-01", "gm-meals-01")
AFTERWARDS = timedelta(days=1)  # nothing is said any more; clocks ring for some time yet
WHILE_WRITING = timedelta(milliseconds=50)  # a step so soon after another comes while that is being written
NEAR = timedelta(days=8)  # clocks that run out later than this are not waited for


class BrokenError(Exception):
    """An invariant does not hold.

    Attributes:
        name: of the invariant.
    """

    def __init__(self, name: str, says: str) -> None:
        super().__init__(f"{name}: {says}")
        self.name = name


class Town:
    """One life of it.

    Attributes:
        met: the marks that it met.
        trace: what was said and written, in order.
    """

    def __init__(self, plan: Plan, loop: asyncio.AbstractEventLoop, *, evicts: bool = False) -> None:
        self.plan, self.twin = plan, Twin()
        self.trace: list[str] = []
        self._moment = MONDAY
        found = two_providers(plan.capacities)
        self.residents = [Resident(number, plan, self.twin, found, loop) for number in range(len(plan.cases))]
        self._heard = {each.case: Heard(each) for each in self.residents}
        self._met = {each.case: Met(self.twin, each) for each in self.residents}
        for resident in self.residents:
            resident.trace, resident.driver.evicts = self.trace, evicts
            resident.driver.watched = partial(self._look, resident)
        if evicts:
            self._met[self.residents[0].case].marks.add(Mark.EVICTED)

    @property
    def marks(self) -> set[Mark]:
        """The marks that this life has met."""
        return {mark for met in self._met.values() for mark in met.marks}

    def live(self) -> None:
        """Play it to its end.

        Raises:
            BrokenError: an invariant does not hold.
            Exception: whatever the product raised that no worker would survive.
        """
        for resident in self.residents:
            resident.begin()
        for step in self.plan.steps:
            resident = self.residents[step.case]
            self._moment += timedelta(minutes=step.after) or WHILE_WRITING
            if step.after:
                self._passes(self._moment)
            resident.driver.at(self._moment, partial(self._step, resident, step))
        for resident in self.residents:
            resident.driver.at(self._moment, resident.deliver)
        self._passes(self._moment + AFTERWARDS)

    def close(self) -> None:
        """Let go of the runs."""
        for resident in self.residents:
            resident.driver.close()

    def _passes(self, until: datetime) -> None:
        """Let time pass for all cases together: what happens first is told first."""
        while True:
            coming = [(moment, each.case, each) for each in self.residents if (moment := each.driver.next_moment)]
            if not coming or min(coming)[0] > until:
                return
            moment, _, resident = min(coming)
            resident.driver.passes(moment)

    def _step(self, resident: Resident, step: Step) -> None:
        met = self._met[resident.case]
        match step.deed:
            case Word() as word:
                resident.says(word)
                met.word()
            case Turn(pick, about):
                resident.turn(pick, about)
                met.said()
            case Again(of, anew):
                (resident.anew if anew else resident.twice)(of)
                met.marks.add(Mark.ANEW if anew else Mark.TWICE)
            case Deadline() as deadline:
                self._deadline(resident, deadline)
            case Build():
                resident.driver.new_build = True

    def _deadline(self, resident: Resident, deadline: Deadline) -> None:
        """Choose a clock that runs, and have its answer come around the moment in which it runs out."""
        now = resident.driver.now
        clocks = [row for row in resident.twin.rows("clocks") if row["ended_at"] is None and row["due_at"]]
        clocks = [row for row in clocks if now + timedelta(seconds=1) < row["due_at"] < now + NEAR]
        if clocks:
            clock = sorted(clocks, key=lambda row: (row["due_at"], row["name"]))[deadline.pick % len(clocks)]
            moment = clock["due_at"] + timedelta(seconds=deadline.seconds)
            resident.driver.at(moment, partial(self._just_then, resident, clock, deadline))
            if deadline.waits:
                self._moment = max(self._moment, moment)

    def _just_then(self, resident: Resident, clock: dict[str, Any], deadline: Deadline) -> None:
        if resident.answer(clock["limit"], deadline.pick):
            self._met[resident.case].deadline(clock, deadline.seconds)

    def _look(self, resident: Resident) -> None:
        """After each step: the marks that were met, and what must hold."""
        self.trace += self._met[resident.case].after_step()
        for name, says in self.broken(resident).items():
            raise BrokenError(name, says)

    def broken(self, resident: Resident) -> dict[str, str]:
        """The invariants that do not hold for a case now: by name, what is wrong."""
        return dict(broken(Scene(self.twin, resident, self._heard[resident.case])))


@cache
def two_providers(capacities: tuple[int, int]) -> Profile:
    """Gwangmyeong with a calendar that always works, and two providers that do everything."""
    whole = profile(statutory=False)
    every = tuple(sorted({category for provider in whole.providers for category in provider.categories}))
    two = [
        whole.provider(code).model_copy(update={"categories": every, "capacity": capacity})
        for code, capacity in zip(PROVIDERS, capacities, strict=True)
    ]
    town = whole.model_copy(update={"providers": two})
    for kept in ("_providers", "_institutions"):  # the copy has what the whole had already counted
        vars(town).pop(kept, None)
    return town
