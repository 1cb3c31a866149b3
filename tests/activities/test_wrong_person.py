"""What was disclosed about the wrong person is retracted also if a death was told of the case: the data have to go."""

from pathlib import Path

import pytest
from sqlalchemy import insert, update

from handoff.profile import load
from handoff.store.queries import disclosures
from handoff.store.tables import tasks
from tests.activities.chart import HELP, MEALS, MONDAY, Chart
from tests.activities.test_personal_details import learns

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


async def letters_to_delete(chart: Chart) -> dict[str, int]:
    return {row.subject: len(row.about["letters"]) for row in await chart.rows(tasks, kind="retract")}


async def test_letters_with_new_details_are_to_be_deleted_too_and_those_with_a_district_alone_are_not(
    chart: Chart,
) -> None:
    await chart.write("case_screened")
    await chart.write("assessment_requested")
    await learns(chart, phone="010-1111-2222")  # the community centre learns it
    lines = await chart.planned(BY_TOPIC, HELP)
    offers = [(await chart.write("offer_made", line)).subject for line in lines]
    await chart.write("offer_accepted", offers[0])
    await learns(chart, address="경기도 광명시 하안로 99 (하안동)")  # the provider that was asked learns the district
    await chart.write("closed", code=WRONG)
    assert await letters_to_delete(chart) == {"gm-centre-cheolsan": 3, "gm-meals-01": 2}  # it was asked twice


async def test_who_was_called_for_an_assessment_is_asked_to_delete_what_it_learned(
    chart: Chart, tmp_path: Path
) -> None:
    by_phone = tmp_path / "by-phone.toml"
    centre = '[[institutions]]\ncode = "gm-centre-cheolsan"\nchannel = "phone"\n'
    by_phone.write_text(f'extends = "gwangmyeong"\ncode = "by-phone"\n{centre}')
    chart.ward.profile = load.load(by_phone)
    await chart.write("case_screened")
    await chart.write("assessment_requested")
    await chart.write("closed", code=WRONG)
    assert "gm-centre-cheolsan" in await letters_to_delete(chart)


async def test_a_provider_without_a_topic_that_declined_has_nothing_to_delete(chart: Chart) -> None:
    [line] = await chart.planned(BY_PHONE)
    offer = (await chart.write("offer_made", line)).subject
    await chart.write("offer_declined", offer, code="capacity")
    await chart.write("closed", code=WRONG)
    assert "gm-meals-02" not in await letters_to_delete(chart)
