"""A town of three cases and two providers, in which one life is played."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from tests.lives.product import Profile, profile
from tests.lives.simulate.invariants import broken
from tests.lives.simulate.marks import Mark, of_milestone
from tests.lives.simulate.plan import Again, Build, Deadline, Deed, Plan, Step, Turn, Word
from tests.lives.simulate.resident import MONDAY, Resident
from tests.lives.twin import Twin

PROVIDERS = ("gm-household-01", "gm-meals-01")
AFTERWARDS = timedelta(days=1)  # nothing is said any more; clocks ring for some time yet
NEAR = timedelta(days=8)  # clocks that run out later than this are not waited for
OFFERED = ("requested", "accepted", "in-progress", "on-hold")


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
        marks: the marks that it hit.
        trace: what was said and written, in order.
    """

    def __init__(self, plan: Plan, loop: asyncio.AbstractEventLoop, *, evicts: bool = False) -> None:
        self.plan, self.twin = plan, Twin()
        self.marks: set[Mark] = {Mark.EVICTED} if evicts else set()
        self.trace: list[str] = []
        found = two_providers(plan.capacities)
        self.residents = [Resident(number, plan, self.twin, found, loop) for number in range(len(plan.cases))]
        self._rows = dict.fromkeys((each.case for each in self.residents), 0)
        for resident in self.residents:
            resident.trace, resident.driver.evicts = self.trace, evicts
            resident.driver.watched = partial(self._look, resident)

    def live(self) -> None:
        """Play it to its end.

        Raises:
            BrokenError: an invariant does not hold.
            Exception: whatever the product raised that no worker would survive.
        """
        self._moment = MONDAY
        for resident in self.residents:
            resident.begin()
        for step in self.plan.steps:
            self._moment += timedelta(minutes=step.after)
            self._passes(self._moment)
            resident = self.residents[step.case]
            if resident.driver.end is None:
                resident.driver.passes(self._moment)
                self._step(resident, step)
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

    # steps

    def _step(self, resident: Resident, step: Step) -> None:
        if resident.driver.unanswered:
            self.marks.add(Mark.WORDS_MEANWHILE)
        _DEEDS[type(step.deed)](self, resident, step.deed)

    def _word(self, resident: Resident, word: Word) -> None:
        written = [each["written"] for each in resident.told if each.get("written")]
        resident.says(word)
        now = resident.told[-1]["written"]
        if any(each > now for each in written):
            self.marks.add(Mark.NOT_IN_ORDER)
            later = [each for each in resident.told[:-1] if each.get("written", "") > now]
            if word.kind.startswith("discharge.not") and any(each["kind"].endswith(".cancelled") for each in later):
                self.marks.add(Mark.CANCELLED_FIRST)

    def _turn(self, resident: Resident, turn: Turn) -> None:
        resident.turn(turn.pick, turn.about)

    def _again(self, resident: Resident, again: Again) -> None:
        self.marks.add(Mark.ANEW if again.anew else Mark.TWICE)
        (resident.anew if again.anew else resident.twice)(again.of)

    def _deadline(self, resident: Resident, deadline: Deadline) -> None:
        """Choose a clock that runs, and have its answer come around the moment in which it runs out."""
        now = resident.driver.now
        clocks = [row for row in resident.twin.rows("clocks") if row["ended_at"] is None]
        clocks = [row for row in clocks if row["due_at"] and now < row["due_at"] < now + NEAR]
        if clocks:
            clock = sorted(clocks, key=lambda row: (row["due_at"], row["name"]))[deadline.pick % len(clocks)]
            moment = clock["due_at"] + timedelta(seconds=deadline.seconds)
            resident.driver.at(moment, partial(self._just_then, resident, clock, deadline))
            if deadline.waits:
                self._moment = max(self._moment, moment)

    def _just_then(self, resident: Resident, clock: dict[str, Any], deadline: Deadline) -> None:
        [row] = [row for row in resident.twin.rows("clocks") if row["name"] == clock["name"]]
        if resident.answer(clock["limit"], deadline.pick) and row["due_at"] == clock["due_at"]:
            if deadline.seconds <= 0 and row["ended_at"] is None:
                self.marks.add(Mark.SECOND_BEFORE if deadline.seconds else Mark.SAME_MOMENT)
            if deadline.seconds > 0 and row["name"] not in resident.driver.run.story.case.dues:
                self.marks.add(Mark.SECOND_AFTER)

    def _build(self, resident: Resident, _: Build) -> None:
        resident.driver.new_build = True

    # after each step

    def _look(self, resident: Resident) -> None:
        self._mark(resident)
        for name, says in broken(self.twin, resident):
            raise BrokenError(name, says)

    def _mark(self, resident: Resident) -> None:
        driver, rows = resident.driver, resident.twin.rows("timeline")
        for row in rows[self._rows[resident.case] :]:
            self.trace.append(
                f"{driver.now:%d %H:%M:%S} {resident.case} wrote {row['what']} {row['subject']} {row['code']}"
            )
            if mark := of_milestone(row["what"], row["code"]):
                self.marks.add(mark)
        self._rows[resident.case] = len(rows)
        met = {
            Mark.LATE: resident.late,
            Mark.ANSWER_LOST: driver.unanswered,
            Mark.AWAY: driver.writing and not driver.unanswered,
            Mark.NEXT_RUN: driver.runs > 1,
            Mark.TASK_AGAIN: driver.again,
        }
        self.marks |= {mark for mark, is_so in met.items() if is_so}


_DEEDS: dict[type, Callable[[Town, Resident, Any], None]] = {
    Word: Town._word,
    Turn: Town._turn,
    Again: Town._again,
    Deadline: Town._deadline,
    Build: Town._build,
}


@cache
def two_providers(capacities: tuple[int, int]) -> Profile:
    """Gwangmyeong with a calendar that always works, and two providers that do everything."""
    whole = profile(statutory=False)
    every = tuple(sorted({category for provider in whole.providers for category in provider.categories}))
    two = [
        provider.model_copy(update={"categories": every, "capacity": capacity})
        for provider, capacity in zip((whole.provider(code) for code in PROVIDERS), capacities, strict=True)
    ]
    town = whole.model_copy(update={"providers": two})
    for kept in ("_providers", "_institutions"):  # the copy has what the whole had already counted
        vars(town).pop(kept, None)
    return town
