"""What a case writes that takes over another one of the same person."""

from typing import Any

import pytest
from sqlalchemy import update

from handoff.store.tables import cases
from tests.activities.chart import MEALS, Chart


async def absorbs(chart: Chart, other: str, **body: Any) -> None:
    fact = await chart.told("case.absorbed", {"code": other, "who": "kim", **body}, "desk")
    await chart.write("case_absorbed", code=other, who="kim", fact=fact)


async def points(chart: Chart) -> list[tuple[str, str]]:
    return [(point["code"], point["place"]) for point in (await chart.tasks())["joined-case"].about["settle"]]


async def test_a_word_that_was_answered_in_the_other_case_is_named_and_not_asked_about(chart: Chart) -> None:
    other = await chart.ward.admitted()
    await absorbs(chart, other.case, answered=[{"kind": "person.died", "sender": "seoul-hospital"}])
    assert await points(chart) == [("word-answered", "seoul-hospital")]


async def linked(chart: Chart, other: Chart, outcome: str) -> None:
    async with chart.ward.engine.begin() as conn:
        columns = {"joined_into": chart.case, "closed_at": chart.now, "outcome": outcome}
        await conn.execute(update(cases).where(cases.c.case_id == other.case).values(**columns))


@pytest.mark.parametrize(("outcome", "began"), [("joined", True), ("guided", False)])
async def test_support_began_with_a_visit_of_a_case_that_was_absorbed_not_of_one_that_is_only_linked(
    outcome: str, *, began: bool, chart: Chart
) -> None:
    other = await chart.ward.admitted()
    [offer] = await other.served(MEALS)
    await other.visited(offer.rpartition(".")[0])
    [offer] = await chart.served(MEALS)
    visit = await chart.visited(offer.rpartition(".")[0])
    await linked(chart, other, outcome)
    await chart.write("corrected", visit, code="visit.missed:other", who="kim")
    assert ((await chart.case_row()).support_began_at is not None) == began
