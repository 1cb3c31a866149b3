"""Each sequence of messages leaves the case at the same place, in every order, at once or one by one, once or twice."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Literal

import pytest

from events.dispatcher import Dispatcher
from events.readers import InboundRecord
from handoff.case.dispatch import take
from handoff.case.state import CaseState
from handoff.store import tables
from handoff.store.engine import Bell
from tests.events.desk import PROFILE, Desk
from tests.events.sequences import PLACES, Place, sequence
from workflows.messages import Facts


@dataclass
class Cases:
    """The cases that a dispatcher delivers to, without a server."""

    states: dict[str, CaseState] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)

    async def __call__(self, case_id: str, told: Facts, /, *, opened: bool) -> Literal["told"]:
        case = self.states.setdefault(case_id, CaseState(case_id))
        assert opened == (not case.number)
        for event in told.facts:
            if event.number > case.number:
                case.number = event.number
                self.written += [milestone.key for milestone in take(case, event)]
        return "told"


async def ended(desk: Desk, batches: Sequence[Sequence[InboundRecord]]) -> tuple[object, ...]:
    """Where the only case stands, and what a person has to settle."""
    cases = Cases()
    dispatcher = Dispatcher(desk.engine, desk.vault, PROFILE, cases, Bell(desk.url, "nobody"))
    for batch in batches:
        await desk.take(*batch)
        while await dispatcher.deliver_once():
            pass
    assert len(set(cases.written)) == len(cases.written)
    [case] = cases.states.values()
    held = tuple(sorted(str(task.about["settle"]) for task in await desk.rows(tables.tasks) if "settle" in task.about))
    return case.stands, case.discharged_at, case.expected_at, case.admitted_at, case.disputed, held


@pytest.mark.parametrize("name", PLACES)
async def test_a_sequence_ends_at_the_same_place_in_every_order(name: str, desk: Desk) -> None:
    ends = set()
    for order in permutations(sequence(name)):
        for batches in ([order], [[message] for message in order], [order, order]):
            ends.add(await ended(desk, batches))
            await desk.forget()
    assert len(ends) == 1
    stands, *_, disputed, _ = ends.pop()
    assert Place(stands, disputed) == PLACES[name]
