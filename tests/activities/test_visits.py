from datetime import timedelta

from handoff.store.tables import visits
from tests.activities.chart import HELP, MEALS, MONDAY, SAFETY, Chart, Ward, named

MEALS_BY_TOPIC = {**MEALS, "prefers": "gm-meals-01"}
WEEKLY = {**MEALS, "service": "home-visit-korean-medicine", "quantity": 1}


async def test_the_first_visit_comes_within_two_days_and_its_provider_is_told(chart: Chart) -> None:
    [offer] = await chart.served(MEALS_BY_TOPIC)
    line = offer.rpartition(".")[0]
    visit = await chart.write("visit_planned", line)
    assert (visit.verdict, visit.subject) == ("planned", f"{line}.V1")
    assert visit.at is not None
    assert MONDAY < visit.at <= MONDAY + timedelta(days=2)
    [letter] = await chart.letters("gm-meals-01", "visit.scheduled")
    assert (letter["visit_id"], letter["service"]) == (visit.subject, "meal-delivery")
    assert named(visit)[f"visit-end:{visit.subject}"].due_at
    assert await chart.lines() == {line: "in-service"}
    assert await chart.referrals() == {offer: "in-progress"}


async def test_the_providers_own_proposal_is_taken_where_it_is_in_time(chart: Chart) -> None:
    [line] = await chart.planned(MEALS)
    proposal = chart.now + timedelta(hours=30)
    await chart.write("offer_accepted", (await chart.write("offer_made", line)).subject, until=proposal)
    assert (await chart.write("visit_planned", line)).at == proposal


async def test_the_first_delivered_visit_is_when_support_began(chart: Chart) -> None:
    [offer] = await chart.served(MEALS)
    line = offer.rpartition(".")[0]
    await chart.visited(line)
    row = await chart.case_row()
    assert (row.support_began_at, row.stage) == (chart.now, "follow-up")
    assert not {"first-service", f"service-start:{line}"} & await chart.running()
    assert "first-service" in [news["state"] for news in await chart.letters("gm-hospital", "handoff.progressed")]


async def test_a_series_goes_on_by_its_rhythm_until_its_days_are_over(chart: Chart) -> None:
    [offer] = await chart.served({**MEALS, "days": 7})
    line = offer.rpartition(".")[0]
    days = []
    while (visit := await chart.write("visit_planned", line)).verdict == "planned":
        assert visit.at is not None
        chart.now = visit.at
        days.append(visit.at.date())
        await chart.write("visit_completed", visit.subject)
    assert len(days) == 3
    assert visit.verdict == "over"
    assert await chart.lines() == {line: "completed"}
    assert await chart.referrals() == {offer: "completed"}


async def test_a_one_off_is_over_once_delivered_and_an_on_demand_line_serves_when_asked(chart: Chart) -> None:
    offers = await chart.served(SAFETY, HELP)
    once, asked = (offer.rpartition(".")[0] for offer in offers)
    await chart.visited(once)
    assert (await chart.write("visit_planned", once)).verdict == "over"
    moment = chart.now + timedelta(days=3)
    visit = await chart.write("visit_planned", asked, until=moment)
    assert (visit.verdict, visit.at) == ("planned", moment)


async def test_planning_the_same_visit_for_another_reason_plans_no_second(chart: Chart) -> None:
    [offer] = await chart.served(MEALS)
    line = offer.rpartition(".")[0]
    first, second = await chart.write("visit_planned", line), await chart.write("visit_planned", line)
    assert (first.subject, first.at) == (second.subject, second.at)


async def test_a_missed_visit_is_called_about_the_same_day_and_made_up(chart: Chart) -> None:
    [offer] = await chart.served(WEEKLY)
    line = offer.rpartition(".")[0]
    visit = await chart.write("visit_planned", line)
    chart.now = visit.at or chart.now
    missed = await chart.write("visit_missed", visit.subject, code="provider")
    assert named(missed)[f"missed-visit-call:{visit.subject}"].due_at
    assert set(await chart.tasks()) >= {"missed-visit"}
    assert "safety-check" not in await chart.tasks()
    makes_up = await chart.write("visit_planned", line)
    rows = await chart.rows(visits, visit_id=makes_up.subject)
    assert rows[0].makes_up == visit.subject
    assert rows[0].planned_at - chart.now <= timedelta(days=2)
    chart.now = makes_up.at or chart.now
    await chart.write("visit_completed", makes_up.subject)
    assert "missed-visit" not in await chart.tasks()
    assert f"missed-visit-call:{visit.subject}" not in await chart.running()


async def test_a_meal_that_was_missed_is_called_about_and_the_next_one_comes_on_its_day(chart: Chart) -> None:
    [offer] = await chart.served(MEALS)
    line = offer.rpartition(".")[0]
    visit = await chart.write("visit_planned", line)
    chart.now = visit.at or chart.now
    await chart.write("visit_missed", visit.subject, code="no-answer")
    assert set(await chart.tasks()) >= {"missed-visit", "safety-check"}
    assert f"make-up:{line}" not in await chart.running()
    following = await chart.write("visit_planned", line)
    assert [row.makes_up for row in await chart.rows(visits, visit_id=following.subject)] == [""]


async def test_a_meal_that_nobody_reports_opens_no_task_and_waits_for_its_week(chart: Chart) -> None:
    [offer] = await chart.served(MEALS)
    visit = await chart.write("visit_planned", offer.rpartition(".")[0])
    assert (await chart.write("visit_unreported", visit.subject)).verdict == "unreported"
    assert "visit-report" not in await chart.tasks()
    assert await chart.visits() == {visit.subject: "unreported"}
    fact = await chart.told("visit.completed", {"units": 1, "typed_by": "kim"}, "gm-meals-02")
    await chart.write("visit_completed", visit.subject, who="gm-meals-02", fact=fact, at=visit.at)
    [row] = await chart.rows(visits)
    assert (row.state, row.ended_at, row.reported_by, row.typed_by) == ("completed", visit.at, "gm-meals-02", "kim")
    assert (await chart.case_row()).support_began_at == visit.at


async def test_the_second_miss_in_a_row_escalates_and_no_answer_with_risk_is_a_safety_check(chart: Chart) -> None:
    [offer] = await chart.served(MEALS)
    line = offer.rpartition(".")[0]
    for _ in range(2):
        visit = await chart.write("visit_planned", line)
        chart.now = visit.at or chart.now
        await chart.write("visit_missed", visit.subject, code="no-answer")
    tasks = await chart.tasks()
    assert tasks["missed-visit-escalated"].owner == "team-lead"
    assert tasks["safety-check"].owner == "duty-officer"
    await chart.write("contact_made", code="visit")
    assert not {"missed-visit", "missed-visit-escalated", "safety-check"} & set(await chart.tasks())


async def test_a_failed_call_after_a_missed_visit_climbs_to_a_safety_check(chart: Chart) -> None:
    [offer] = await chart.served(MEALS)
    await chart.write("contact_made")
    visit = await chart.write("visit_planned", offer.rpartition(".")[0])
    await chart.write("visit_missed", visit.subject, code="other")
    assert [await chart.failed("contact_failed") for _ in range(2)] == ["home-visit", "welfare-check"]
    assert (await chart.tasks())["safety-check"].owner == "duty-officer"


async def test_a_visit_nobody_reports_is_asked_about_and_may_be_reported_later(chart: Chart) -> None:
    [offer] = await chart.served(SAFETY)
    line = offer.rpartition(".")[0]
    visit = await chart.write("visit_planned", line)
    assert (await chart.write("visit_unreported", visit.subject)).verdict == "unreported"
    assert (await chart.tasks())["visit-report"].subject == visit.subject
    assert (await chart.write("visit_planned", line)).subject == visit.subject  # a one-off is not given twice
    assert (await chart.write("visit_completed", visit.subject)).verdict == "completed"
    assert "visit-report" not in await chart.tasks()


async def test_a_visit_reported_twice_counts_once_and_the_second_report_is_answered(chart: Chart) -> None:
    [offer] = await chart.served(MEALS_BY_TOPIC)
    visit = await chart.visited(offer.rpartition(".")[0])
    fact = await chart.told("visit.missed", {}, "gm-meals-01")
    assert (await chart.write("visit_missed", visit, fact=fact, who="gm-meals-01")).verdict == "gone"
    assert (await chart.letters("gm-meals-01", "notice.rejected"))[0]["code"] == "visit-gone"
    assert await chart.visits() == {visit: "completed"}


async def test_a_visit_moved_by_its_provider_is_due_at_the_new_moment(chart: Chart) -> None:
    [offer] = await chart.served(MEALS_BY_TOPIC)
    visit = await chart.write("visit_planned", offer.rpartition(".")[0])
    moment = chart.now + timedelta(days=1, hours=3)
    moved = await chart.write("visit_moved", visit.subject, until=moment)
    assert (moved.verdict, moved.at) == ("moved", moment)
    due = named(moved)[f"visit-end:{visit.subject}"].due_at
    assert due is not None
    assert moment < due <= moment + timedelta(hours=18)  # then the next meal is planned
    assert len(await chart.letters("gm-meals-01", "visit.scheduled")) == 2


async def test_no_visit_is_planned_for_a_line_that_nobody_has_accepted(ward: Ward) -> None:
    chart = await ward.admitted()
    [line] = await chart.planned(MEALS)
    assert (await chart.write("visit_planned", line)).verdict == "lost"
