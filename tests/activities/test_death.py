"""What a death writes: contact to the household stops, and goes on as it was if the death is taken back."""

from datetime import timedelta

from handoff.store.tables import tasks as tasks_table
from tests.activities.chart import MEALS, MONDAY, SAFETY, Chart, named

MEALS_BY_TOPIC = {**MEALS, "prefers": "gm-meals-01"}
HOUSEHOLD = {"contact", "consent", "assess", "check", "tell-result", "missed-visit", "safety-check"}


async def test_after_a_death_only_the_question_about_it_is_open_and_only_its_clock_runs(chart: Chart) -> None:
    await chart.write("case_screened")
    assert {"contact"} <= set(await chart.tasks())
    told = await chart.write("death_told", who="gm-hospital", until=MONDAY + timedelta(hours=3))
    assert set(await chart.tasks()) == {"confirm-death"}
    assert await chart.running() == {"death-closing"}
    assert named(told)["death-closing"].due_at == MONDAY + timedelta(hours=24)
    assert (await chart.tasks())["confirm-death"].due_at == MONDAY + timedelta(hours=24)
    row = await chart.case_row()
    assert (row.death, row.died_at) == ("clear-death", MONDAY + timedelta(hours=3))


async def test_after_a_death_a_provider_holds_its_place_and_visits_nobody(chart: Chart) -> None:
    [meals, safety] = await chart.planned(MEALS_BY_TOPIC, SAFETY)
    await chart.write("offer_accepted", (await chart.write("offer_made", meals)).subject)
    await chart.write("offer_made", safety)
    visit = await chart.write("visit_planned", meals)
    before = len(await chart.kinds("gm-meals-01"))
    told = await chart.write("death_told", until=chart.now)
    assert [line.line for line in told.lines] == [safety]
    assert (await chart.visits())[visit.subject] == "suspended"
    assert set((await chart.referrals()).values()) == {"on-hold", "cancelled"}
    assert (await chart.kinds("gm-meals-01"))[before:] == ["handoff.progressed"]


async def test_a_death_taken_back_leaves_tasks_clocks_and_services_as_they_were(chart: Chart) -> None:
    [meals] = await chart.planned(MEALS_BY_TOPIC)
    await chart.write("offer_accepted", (await chart.write("offer_made", meals)).subject)
    await chart.write("visit_planned", meals)
    await chart.write("contact_failed")
    tasks, clocks = await chart.tasks(), await chart.running()
    await chart.write("death_told", until=chart.now)
    chart.passes(hours=2)
    back = await chart.write("death_taken_back", who="kim")
    assert set(await chart.tasks()) == set(tasks)
    assert await chart.running() == clocks - {name for name in clocks if name.startswith("visit-end")}
    assert [line.line for line in back.lines] == [meals]
    assert set((await chart.referrals()).values()) == {"accepted"}
    row = await chart.case_row()
    assert (row.death, row.died_at) == ("", None)


async def test_a_task_that_would_ask_for_contact_after_a_death_waits_for_it_to_be_taken_back(chart: Chart) -> None:
    await chart.write("case_screened")
    await chart.write("death_told", until=chart.now)
    letters = await chart.kinds("gm-centre-cheolsan")
    await chart.write("contact_failed")
    await chart.write("resurvey_requested")
    await chart.write("check_due", "day-3")
    assert set(await chart.tasks()) == {"confirm-death"}
    assert await chart.running() == {"death-closing"}
    assert await chart.kinds("gm-centre-cheolsan") == letters
    await chart.write("death_taken_back")
    assert {"contact", "resurvey"} <= set(await chart.tasks())


async def test_a_death_in_doubt_is_one_urgent_task_and_stops_no_service(chart: Chart) -> None:
    [meals] = await chart.planned(MEALS_BY_TOPIC)
    await chart.write("offer_accepted", (await chart.write("offer_made", meals)).subject)
    visit = await chart.write("visit_planned", meals)
    await chart.write("contact_failed")
    doubted = await chart.write("death_doubted", who="nhis-gwangmyeong", until=MONDAY - timedelta(days=900))
    assert doubted.verdict == "doubted"
    assert not set(await chart.tasks()) & HOUSEHOLD
    assert "confirm-death" in await chart.tasks()
    assert await chart.running() == {"death-confirmation"}
    assert (await chart.visits())[visit.subject] == "scheduled"
    assert (await chart.write("task_settled", (await chart.tasks())["confirm-death"].task_id)).verdict == "settled"
    await chart.write("death_taken_back")
    assert set(await chart.tasks()) & HOUSEHOLD


async def test_a_clear_death_after_one_in_doubt_keeps_the_one_task_and_moves_its_deadline(chart: Chart) -> None:
    await chart.write("case_screened")
    await chart.write("death_doubted")
    await chart.write("death_told", until=chart.now)
    assert await chart.running() == {"death-closing"}
    [task] = await chart.rows(tasks_table, kind="confirm-death")
    assert task.due_at == (await chart.clock("death-closing")).due_at


async def test_a_visit_completed_after_the_date_of_death_lets_only_a_person_close(chart: Chart) -> None:
    await chart.served(MEALS_BY_TOPIC)
    await chart.visited(next(iter(await chart.lines())))
    told = await chart.write("death_told", until=chart.now - timedelta(hours=20))
    assert told.verdict == "doubted"
    assert await chart.running() == {"death-confirmation"}
    await chart.write("closed", code="reason-1")
    assert set((await chart.visits()).values()) == {"cancelled"}


async def test_a_visit_reported_after_the_date_of_death_does_not_count_and_lets_only_a_person_close(
    chart: Chart,
) -> None:
    await chart.served(MEALS_BY_TOPIC)
    visit = await chart.write("visit_planned", next(iter(await chart.lines())))
    await chart.write("death_told", until=chart.now)
    assert visit.at is not None
    completed = await chart.write("visit_completed", visit.subject, at=visit.at)
    assert completed.verdict == "gone"
    assert await chart.running() == {"death-confirmation"}
    assert (await chart.case_row()).support_began_at is None
    assert (await chart.visits())[visit.subject] == "suspended"


async def test_the_date_of_death_stays_with_the_closed_case(chart: Chart) -> None:
    await chart.write("case_screened")
    await chart.write("death_told", until=MONDAY + timedelta(hours=1))
    await chart.write("closed", code="outcome-died")
    row = await chart.case_row()
    assert (row.outcome, row.died_at) == ("died", MONDAY + timedelta(hours=1))
    assert await chart.tasks() == {}
    assert await chart.running() == set()
