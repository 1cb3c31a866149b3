"""What holds after each step of every life. Each function looks at one case, and says what is wrong in a sentence."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from handoff.case.state import CaseState
from handoff.vocabulary.states import Death, LineState
from tests.lives.simulate.resident import Resident
from tests.lives.simulate.words import Heard, differs_from_the_model, differs_from_the_set, plain
from tests.lives.twin import Twin
from tests.workflows.agreement import clocks_agree, lines_agree, owners, stands

OPEN = ("requested", "accepted", "in-progress", "on-hold")
ENDING = ("death", "closing")  # why a case ends: `why` of the milestone that its ending event leads to
OFFERS = ("referral.offered", "visit.scheduled", "assessment.requested", "plan.submitted")
STEPS_OF_CARE = ("offer_made", "visit_planned", "next_attempt", "assessment_requested", "plan_submitted", "check_due")


@dataclass(frozen=True)
class Scene:
    """The record of the town after a step, and one case in it."""

    twin: Twin
    resident: Resident
    heard: Heard

    @cached_property
    def row(self) -> Mapping[str, Any]:
        """The case's own row."""
        [row] = self.resident.twin.rows("cases")
        return row

    @cached_property
    def timeline(self) -> list[dict[str, Any]]:
        """What was written, in order."""
        return self.resident.twin.rows("timeline")

    @cached_property
    def tasks(self) -> list[SimpleNamespace]:
        """Tasks, open and closed."""
        return [SimpleNamespace(**row) for row in self.resident.twin.rows("tasks")]

    @cached_property
    def clocks(self) -> list[SimpleNamespace]:
        """Clocks, running and ended."""
        rows = self.resident.twin.rows("clocks")
        return [SimpleNamespace(**{**row, "pauses": json.loads(row["pauses"])}) for row in rows]

    @cached_property
    def referrals(self) -> list[dict[str, Any]]:
        """Its offers."""
        return self.resident.twin.rows("referrals")

    @property
    def story(self) -> CaseState:
        """The state in the workflow."""
        found: CaseState = self.resident.driver.run.story.case
        return found

    @property
    def settled(self) -> bool:
        """Whether nothing is being written, so that workflow and record know the same."""
        driver = self.resident.driver
        return (
            not driver.writing and driver.end is None and driver.run.story is not None and driver.run.story.record.quiet
        )


def closed_case_is_silent(scene: Scene) -> Iterator[str]:
    """A closed case makes no offer and no contact."""
    closed = scene.row["closed_at"]
    if closed is None:
        return
    open_offers = [row["offer_id"] for row in scene.referrals if row["state"] in OPEN]
    if open_offers:
        yield f"the case is closed, and these offers are open: {open_offers}"
    visits = [row["visit_id"] for row in scene.resident.twin.rows("visits") if row["state"] == "scheduled"]
    if visits:
        yield f"the case is closed, and these visits are planned: {visits}"
    asked = [task.kind for task in scene.tasks if task.closed_at is None and task.kind != "after-closing"]
    if asked:
        yield f"the case is closed, and people are still asked: {asked}"
    ends = [row["seq"] for row in scene.timeline if row["what"] == "noted" and row["why"] in ENDING]
    later = [row["key"] for row in scene.timeline if ends and row["seq"] > ends[-1] and row["what"] in STEPS_OF_CARE]
    if later:
        yield f"care went on after the event that ended the case: {later}"
    letters = [
        row["kind"]
        for row in scene.twin.rows("outbox")
        if str(row["subject"]).startswith(scene.resident.case) and row["kind"] in OFFERS and row["occurred_at"] > closed
    ]
    if letters:
        yield f"letters were written after the case was closed: {letters}"


def one_open_referral_a_line(scene: Scene) -> Iterator[str]:
    """A line has one open referral at most."""
    counted = Counter(row["line_id"] for row in scene.referrals if row["state"] in OPEN)
    for line, count in counted.items():
        if count > 1:
            yield f"line {line} has {count} open referrals"


def capacity(scene: Scene) -> Iterator[str]:
    """What is reserved at a provider is what its referrals need, and no more than it has."""
    reserved = Counter[str]()
    for row in scene.twin.rows("referrals"):
        reserved[row["provider"]] += row["reserved"]
        if row["reserved"] and row["state"] not in OPEN:
            yield f"referral {row['offer_id']} is {row['state']} and still has {row['reserved']} reserved"
    for row in scene.twin.rows("provider_capacities"):
        if not 0 <= row["reserved"] <= row["capacity"]:
            yield f"{row['provider']} has {row['capacity']}, and {row['reserved']} is reserved"
        if row["reserved"] != reserved[row["provider"]]:
            yield f"{row['provider']} has {row['reserved']} reserved, its referrals {reserved[row['provider']]}"


def owner_and_due_moment(scene: Scene) -> Iterator[str]:
    """An open case has an owner, and a moment by which something has to happen."""
    if scene.row["closed_at"] is not None or not scene.timeline:
        return
    if not owners(scene.tasks, scene.clocks):
        yield f"nobody owns the open case; its clocks stand still because of {_standing(scene)}"
    dues = [task.due_at for task in scene.tasks if task.closed_at is None]
    dues += [clock.due_at for clock in scene.clocks if clock.ended_at is None and not stands(clock)]
    if not any(dues):
        yield f"nothing is due in the open case; its clocks stand still because of {_standing(scene)}"


def clocks_of_both_agree(scene: Scene) -> Iterator[str]:
    """What the workflow waits for runs in the record, and the other way round, once everything is written."""
    if not scene.settled:
        return
    try:
        waited_for = [clock for clock in scene.clocks if not (_over(scene, clock) or _awaits_a_visit(scene, clock))]
        clocks_agree(scene.story, waited_for)
    except AssertionError as differs:
        yield str(differs).splitlines()[0]


def history_has_all_that_the_record_has(scene: Scene) -> Iterator[str]:
    """Every milestone of the record is in a history, though tasks were lost after they had written."""
    if scene.settled:
        rows = {row["key"] for row in scene.timeline if row["outcome"] is not None}
        if alone := rows - scene.resident.driver.written:
            yield f"no history has {sorted(alone)}"


def lines_of_both_agree(scene: Scene) -> Iterator[str]:
    """Each line of the plan is in the same state in workflow and record, once everything is written."""
    if not scene.settled:
        return
    over = {clock.subject for clock in scene.clocks if _over(scene, clock)}
    rows = [SimpleNamespace(**row) for row in scene.resident.twin.rows("plan_lines")]
    planned = {name for name, line in scene.story.lines.items() if line.state == LineState.PLANNED}
    for row in rows:
        row.state = LineState.PLANNED if row.line_id in over & planned else row.state
    try:
        lines_agree(scene.story, rows)
    except AssertionError as differs:
        yield str(differs).splitlines()[0]


def _over(scene: Scene, clock: SimpleNamespace) -> bool:
    """A wait that is over has no milestone of its own: the record learns of it by the next offer."""
    return bool(clock.name.startswith("wait:") and clock.due_at and clock.due_at <= scene.resident.driver.now)


def _awaits_a_visit(scene: Scene, clock: SimpleNamespace) -> bool:
    """The end of a service has come, and a visit before it is not reported yet: the line ends with that."""
    line = scene.story.lines.get(clock.subject)
    rung = bool(clock.due_at) and clock.due_at <= scene.resident.driver.now
    return clock.name.startswith("line-end:") and rung and line is not None and bool(line.visit)


def whereabouts_are_those_of_the_set(scene: Scene) -> Iterator[str]:
    """Where the person is depends on the set of words that were told, and not on their order."""
    if _moves(scene):
        yield from differs_from_the_set(scene.story, scene.heard.words(scene.story))


def whereabouts_are_those_of_the_model(scene: Scene) -> Iterator[str]:
    """Where one hospital told everything, the person is where it last wrote."""
    if _moves(scene) and plain(words := scene.heard.words(scene.story)):
        yield from differs_from_the_model(scene.story, words)


def _moves(scene: Scene) -> bool:
    """Whether the case has moved to where the person is. After a clear death it waits where it was."""
    return scene.settled and not scene.story.end and scene.story.death != Death.CLEAR


def _standing(scene: Scene) -> list[str]:
    return sorted({why for clock in scene.clocks if clock.ended_at is None for why in stands(clock)})


INVARIANTS: tuple[Callable[[Scene], Iterator[str]], ...] = (
    closed_case_is_silent,
    one_open_referral_a_line,
    capacity,
    owner_and_due_moment,
    clocks_of_both_agree,
    lines_of_both_agree,
    history_has_all_that_the_record_has,
    whereabouts_are_those_of_the_set,
    whereabouts_are_those_of_the_model,
)


def broken(scene: Scene) -> Iterator[tuple[str, str]]:
    """The invariants that do not hold: each by its name, with what is wrong."""
    for invariant in INVARIANTS:
        for says in invariant(scene):
            yield invariant.__name__, says
