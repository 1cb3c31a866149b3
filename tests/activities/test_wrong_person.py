"""What was disclosed about the wrong person is retracted also if a death was told of the case: the data have to go."""

import pytest
from sqlalchemy import insert, update

from handoff.store.queries import disclosures
from handoff.store.tables import tasks
from tests.activities.chart import MEALS, MONDAY, Chart

BY_TOPIC, BY_PHONE = {**MEALS, "prefers": "gm-meals-01"}, {**MEALS, "prefers": "gm-meals-02"}
WRONG = "outcome-wrong-person"


async def to_retract(chart: Chart) -> list[str]:
    return sorted(row.subject for row in await chart.rows(tasks, kind="retract") if row.closed_at is None)


async def test_after_a_death_it_is_asked_all_the_same_whether_the_data_were_deleted(chart: Chart) -> None:
    await chart.served(BY_TOPIC)
    await chart.write("death_told", until=chart.now)
    await chart.write("closed", code=WRONG)
    assert await to_retract(chart) == ["gm-centre-cheolsan", "gm-meals-01"]


async def test_a_task_that_waits_is_no_confirmation(chart: Chart) -> None:
    await chart.served(BY_PHONE)
    await chart.write("closed", code=WRONG)
    async with chart.ward.engine.begin() as conn:
        waiting = update(tasks).where(tasks.c.case_id == chart.case, tasks.c.kind == "retract")
        await conn.execute(waiting.values(closed_at=MONDAY, closed_by="death"))
        retracted = await disclosures.retractions(conn, chart.case)
    assert {(one.confirmed_at, one.confirmed_by) for one in retracted.values()} == {(None, "")}
    assert all(one.asked_at for one in retracted.values())


@pytest.mark.parametrize("stops", ["death_told", "closing"])
async def test_what_an_undone_join_had_moved_is_put_right_also_after_a_death_and_while_the_case_ends(
    stops: str, chart: Chart
) -> None:
    row = {"task_id": "T" + chart.case, "case_id": chart.case, "kind": "unjoined-case", "owner": "coordinator"}
    async with chart.ward.engine.begin() as conn:
        await conn.execute(insert(tasks), {**row, "opened_at": MONDAY, "due_at": MONDAY, "about": {"settle": []}})
    await chart.write(stops, code=WRONG if stops == "closing" else "")
    assert "unjoined-case" in await chart.tasks()
