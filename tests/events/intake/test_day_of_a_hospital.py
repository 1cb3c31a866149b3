"""A day of a whole hospital's feed makes what its README names, and keeps nothing of strangers."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import pytest

from events.readers import InboundRecord
from handoff.store import tables
from simulation.feed.day import day
from simulation.feed.patients import STRANGERS_GIVEN
from simulation.feed.stories import Makes
from tests.events.desk import Desk
from tests.events.unsealed import everything

MIDNIGHT = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # in Seoul, after the day
AT_ONCE = 200


MADE = day()


def records(values: Iterable[bytes]) -> list[InboundRecord]:
    """Records on the hospital's topic."""
    topic = "handoff.from.gm-hospital"
    return [InboundRecord("gm-hospital", value, (), topic, 0, offset) for offset, value in enumerate(values)]


@pytest.mark.parametrize(
    "values", [MADE.messages, [b"".join(hour) for hour in MADE.hours if hour]], ids=["alone", "by hours"]
)
async def test_a_day_makes_what_its_readme_names(desk: Desk, values: Sequence[bytes]) -> None:
    outcomes, codes = Counter[str](), Counter[str]()
    desk.now = MIDNIGHT
    arrivals = records(values)
    for begin in range(0, len(arrivals), AT_ONCE):
        for taken in await desk.take(*arrivals[begin : begin + AT_ONCE]):
            outcomes[taken.outcome] += 1
            codes[taken.code] += 1
    assert outcomes["at-door"] == MADE.makes[Makes.LISTED]
    assert len(await desk.rows(tables.cases)) == MADE.makes[Makes.CASE]
    assert len(await desk.rows(tables.tasks)) == MADE.makes[Makes.TASK]
    assert codes["not-our-municipality"] == MADE.makes[Makes.REJECTED]
    assert await desk.rows(tables.parked) == []
    assert outcomes["opened"] == MADE.makes[Makes.CASE]
    assert outcomes["kept"] == outcomes["resent"] == 0
    shown = await everything(desk)
    assert "김" in shown  # what is sealed is opened
    strangers = {form for patient in MADE.strangers for form in (patient.name.replace("^", ""), patient.name)}
    assert [name for name in strangers if name in shown] == []
    assert [given for given in STRANGERS_GIVEN if given in shown] == []
