"""The desk's list "door not checked" as tests use it."""

from typing import Any

from events.intake.settle_door import DoorDecision, Doorkeeper
from events.readers import InboundRecord
from handoff.profile.register import EligibilityRules
from handoff.store import tables
from handoff.store.queries import at_door as door_queries
from tests.events.desk import PROFILE, Desk, notice, person

YOUNG = {"birth_date": "1988-03-02", "registration_number": "880302-2123456"}  # 38 years old
STAY = {"discharge": {"reference": "V-1"}}
ONLY_AGE = PROFILE.model_copy(update={"eligibility": EligibilityRules(severe_disability=False)})
NO_GROUPS = PROFILE.model_copy(update={"eligibility": EligibilityRules()})


def young(**more: Any) -> InboundRecord:
    changes = more.pop("who", {})
    number = {"registration_number": None} if "birth_date" in changes else {}  # it names the birth date too
    who = person(**{**YOUNG, **number, **changes})
    return notice(who=who, **more)


async def at_door(desk: Desk, **more: Any) -> int:
    [taken] = await desk.take(young(**more))
    assert taken.outcome == "at-door", taken
    return max(row.fact_id for row in await desk.rows(tables.facts))


def keeper(desk: Desk) -> Doorkeeper:
    return Doorkeeper(desk.engine, desk.vault, PROFILE)


async def let_in(desk: Desk, *numbers: int, door: str = "severe-disability") -> list[str]:
    taken = await keeper(desk).settle(DoorDecision(numbers, "kim", door, eligible=True), desk.now)
    return [result.outcome for result in taken]


async def turn_away(desk: Desk, *numbers: int) -> list[str]:
    taken = await keeper(desk).settle(DoorDecision(numbers, "kim", "", eligible=False), desk.now)
    return [result.outcome for result in taken]


async def listed(desk: Desk) -> list[int | None]:
    async with desk.engine.connect() as conn:
        return [row.fact_id for row in await door_queries.listed(conn, None, 1000)]
