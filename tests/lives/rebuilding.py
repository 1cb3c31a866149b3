"""The state of a life's case, made again from its twin alone, beside the state that its story has."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from tests.lives.driver import Driver
from tests.lives.jobs import payload
from tests.lives.life import Life
from tests.lives.product import (
    CaseEvent,
    CaseState,
    StoredCase,
    StoredClock,
    StoredLine,
    StoredMilestone,
    StoredReferral,
    StoredRows,
    StoredVisit,
    begin_from,
    read_state,
    stored,
    told,
    with_events,
)
from tests.lives.weather import Write


def events_of(life: Life) -> dict[str, CaseEvent]:
    """What the case was told, by name: as facts and actions stand in the record."""
    events = [told(each) for each in (*life.told, *life.acted)]
    return {event.name: event for event in events}


def begin(life: Life, cause: str) -> Any:
    """What the workflow begins with by the record."""
    twin = life.twin
    rows = StoredRows(
        case=stored(StoredCase, twin.opened("cases")[0]),
        timeline=[stored(StoredMilestone, row) for row in sorted(twin.opened("timeline"), key=lambda row: row["seq"])],
        clocks=[stored(StoredClock, row) for row in twin.opened("clocks")],
        lines=[stored(StoredLine, row) for row in sorted(twin.opened("plan_lines"), key=lambda row: row["seq"])],
        referrals=[stored(StoredReferral, row) for row in sorted(twin.opened("referrals"), key=_offered)],
        visits=[stored(StoredVisit, row) for row in twin.opened("visits")],
    )
    return begin_from(with_events(rows, events_of(life)), cause)


def _offered(row: Mapping[str, Any]) -> Any:
    return row["offered_at"], row["offer_id"]


def from_record(life: Life) -> CaseState:
    """The state by the record."""
    return begin(life, "rebuilt:0").carried


def of_story(driver: Driver) -> CaseState:
    """The state that the story has."""
    return read_state(json.dumps(driver.query("state")))


def quiet(life: Life) -> bool:
    """Whether nothing is under way: all that the story was told is written, and it knows all that is written."""
    driver = life.driver
    if driver.end is not None or driver.writing or driver.unanswered or driver.run.story is None:
        return False
    return bool(driver.run.story.record.quiet)


@dataclass(frozen=True)
class Calm:
    """Weather in which every write takes the same time, whatever it is called: a rebuild gives some other names."""

    def of(self, _written: Any) -> Write:
        """How one write fares."""
        return Write(timedelta(milliseconds=20), timedelta(seconds=3), away=False, lost=False, forgotten=False)


def lose_and_rebuild(life: Life, number: int = 1, *, own: bool = False) -> None:
    """Lose the workflow with all that Temporal had, and start it again with the state that the record gives.

    Facts that left nothing in the record are told again, and actions that were not answered are sent again.
    `own`: with the state that it had, as if it only continued as new.
    """
    begins = begin(life, f"rebuilt:{number}")
    if own:
        begins = replace(begins, carried=of_story(life.driver))
    state, driver = begins.carried, life.driver
    driver.lose([payload(begins)], {"HandoffStage": str(state.stage), "HandoffOverdue": bool(state.overdue)})
    delivered = [each for each in life.told if each not in life.waiting]
    if again := [each for each in delivered if each["number"] > state.number]:
        driver.signal("tell", {"facts": again, "told_at": driver.now.isoformat()})
