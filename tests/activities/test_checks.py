from datetime import timedelta

from handoff.store.tables import checks
from tests.activities.chart import MEALS, MONDAY, Chart, named


async def test_a_check_whose_day_has_come_is_a_task_and_the_community_centre_is_asked(chart: Chart) -> None:
    await chart.write("case_screened")
    chart.passes(days=3)
    due = await chart.write("check_due", "day-3")
    assert (due.verdict, due.subject) == ("due", f"{chart.case}.day-3")
    assert (await chart.tasks())["check"].subject == f"{chart.case}.day-3"
    assert named(due)["check-window:day-3"].due_at
    assert (await chart.letters("gm-centre-cheolsan"))[-1]["state"] == "check-due"


async def test_a_check_made_closes_its_task_whether_named_by_its_id_or_by_the_case(chart: Chart) -> None:
    await chart.write("case_screened")
    await chart.write("check_due", "day-3")
    assert (await chart.write("check_completed", chart.case, code="well")).subject == f"{chart.case}.day-3"
    assert "check" not in await chart.tasks()
    assert "check-window:day-3" not in await chart.running()
    await chart.write("check_completed", f"{chart.case}.day-7", code="needs-change")
    assert "draft-plan" in await chart.tasks()
    assert set(await chart.checks()) == {"day-30"}


async def test_a_check_that_fails_climbs_to_a_safety_check(chart: Chart) -> None:
    await chart.write("case_screened")
    await chart.write("check_due", "day-3")
    steps = [await chart.failed("check_failed", f"{chart.case}.day-3", code="no-answer") for _ in range(3)]
    assert steps == ["phone-other-hours", "home-visit", "welfare-check"]
    task = (await chart.tasks())["safety-check"]
    assert (task.owner, task.subject) == ("duty-officer", f"{chart.case}.day-3")
    await chart.write("check_completed", f"{chart.case}.day-3")
    assert "safety-check" not in await chart.tasks()


async def test_each_statutory_check_plans_the_next_at_most_six_months_later(chart: Chart) -> None:
    await chart.planned(MEALS)
    made = await chart.write("check_completed", f"{chart.case}.month-3")
    assert "check:month-9" in named(made)
    month_9 = (await chart.checks())["month-9"]
    assert timedelta(days=250) < month_9 - MONDAY < timedelta(days=276)


async def test_a_check_that_was_cancelled_is_not_due(chart: Chart) -> None:
    await chart.write("case_screened")
    await chart.write("discharge_cancelled")
    assert (await chart.write("check_due", "day-3")).verdict == "gone"
    assert {row.state for row in await chart.rows(checks)} == {"cancelled"}
