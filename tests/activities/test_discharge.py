from datetime import timedelta

import pytest

from handoff.store.tables import plan_lines, referrals
from tests.activities.chart import MEALS, MONDAY, SAFETY, Chart, Ward, named

MEALS_BY_TOPIC = {**MEALS, "prefers": "gm-meals-01"}


async def test_an_expected_discharge_that_took_place_starts_services_and_checks(ward: Ward) -> None:
    chart = await ward.admitted(discharged_at=None, expected_at=MONDAY + timedelta(days=1))
    [offer] = await chart.served(MEALS_BY_TOPIC)
    line = offer.rpartition(".")[0]
    assert f"service-start:{line}" not in await chart.running()
    chart.passes(days=2)
    dues = named(await chart.write("discharge_confirmed", until=chart.now))
    assert dues["first-service"].due_at == chart.now + timedelta(days=2)
    assert dues[f"service-start:{line}"].due_at == chart.now + timedelta(hours=72)
    assert set(await chart.checks()) >= {"day-3", "day-7", "day-30"}
    assert "discharge-confirmation" not in await chart.running()
    news = (await chart.letters("gm-meals-01", "handoff.progressed"))[-1]
    assert news["state"] == "discharge-corrected"


async def test_a_corrected_date_moves_every_clock_check_and_visit_that_hangs_on_it(chart: Chart) -> None:
    [offer] = await chart.served(MEALS_BY_TOPIC)
    line = offer.rpartition(".")[0]
    visit = await chart.write("visit_planned", line)
    actual = MONDAY + timedelta(days=4)
    corrected = await chart.write("discharge_corrected", until=actual, code="actual", who="gm-hospital")
    dues = named(corrected)
    assert dues["first-service"].due_at == actual + timedelta(days=2)
    assert dues["check:day-3"].due_at == actual + timedelta(days=3)
    assert dues[f"service-start:{line}"].due_at == actual + timedelta(hours=72)
    due = dues[f"visit-end:{visit.subject}"].due_at
    assert due is not None
    assert due > actual
    assert (await chart.checks())["day-30"] == actual + timedelta(days=30)
    assert len(await chart.letters("gm-meals-01", "visit.scheduled")) == 2
    assert (await chart.case_row()).discharged_at == actual


async def test_a_discharge_that_turns_out_to_be_expected_stops_what_needs_the_person_at_home(chart: Chart) -> None:
    [offer] = await chart.served(MEALS_BY_TOPIC)
    visit = await chart.write("visit_planned", offer.rpartition(".")[0])
    corrected = await chart.write("discharge_corrected", until=MONDAY + timedelta(days=5), code="expected")
    dues = named(corrected)
    assert dues["first-service"].due_at is None
    assert dues["discharge-confirmation"].due_at
    assert await chart.visits() == {visit.subject: "cancelled"}
    assert set(await chart.checks()) == {"month-3"}
    assert (await chart.referrals())[offer] in ("accepted", "in-progress")


async def test_dates_that_differ_wait_for_a_person_and_a_decided_date_settles_them(chart: Chart) -> None:
    await chart.write("case_screened")
    await chart.write("dates_differ", who="nhis-gwangmyeong", until=MONDAY - timedelta(days=1))
    assert (await chart.tasks())["dates-differ"].about["says"] == "nhis-gwangmyeong"
    await chart.write("noted", key="noted:discharge.corrected#a77", why="dates-agree", who="kim")
    assert "dates-differ" not in await chart.tasks()
    assert "correction" not in await chart.running()


@pytest.mark.parametrize(("why", "left"), [("dates-agree", set()), ("", {"dates-differ"}), ("older", {"dates-differ"})])
async def test_a_difference_is_settled_once_no_words_contradict_each_other(
    chart: Chart, why: str, left: set[str]
) -> None:
    await chart.write("case_screened")
    await chart.write("dates_differ", who="nhis-gwangmyeong", until=MONDAY - timedelta(days=1))
    await chart.write("notice_joined", key="notice_joined:discharge.notified#7", who="gm-hospital", why=why)
    assert {"dates-differ"} & set(await chart.tasks()) == left


async def test_a_cancelled_discharge_undoes_everything_booked_and_clocks_stand_still_with_a_reason(
    chart: Chart,
) -> None:
    [meals, safety] = await chart.served(MEALS_BY_TOPIC, SAFETY)
    line = meals.rpartition(".")[0]
    visit = await chart.write("visit_planned", line)
    cancelled = await chart.write("discharge_cancelled", who="gm-hospital")
    assert named(cancelled)["discharge-cancelled"].due_at
    assert await chart.referrals() == {meals: "cancelled", safety: "cancelled"}
    assert [row.reserved for row in await chart.rows(referrals)] == [0, 0]
    assert await chart.visits() == {visit.subject: "cancelled"}
    assert set((await chart.lines()).values()) == {"planned"}
    assert {told.line for told in cancelled.lines} == set(await chart.lines())
    assert await chart.running() == {"discharge-cancelled"}
    paused = await chart.clock("contact-attempt:tell-result")
    assert paused.pauses[-1]["why"] == "discharge-cancelled"
    row = await chart.case_row()
    assert (row.discharged_at, row.expected_at, row.closed_at) == (None, None, None)
    assert "referral.withdrawn" in await chart.kinds("gm-meals-01")


async def test_a_new_date_lets_the_clocks_go_on_and_the_lines_be_offered_anew(chart: Chart) -> None:
    [offer] = await chart.served(MEALS_BY_TOPIC)
    line = offer.rpartition(".")[0]
    before = (await chart.clock("contact-attempt:tell-result")).due_at
    await chart.write("discharge_cancelled")
    chart.passes(days=7)
    renewed = await chart.write("discharge_renewed", until=chart.now, code="actual")
    dues = named(renewed)
    assert dues["discharge-cancelled"].due_at is None
    assert dues["contact-attempt:tell-result"].due_at == before + timedelta(days=7)
    assert dues["first-service"].due_at == chart.now + timedelta(days=2)
    assert set(await chart.checks()) == {"month-3", "day-3", "day-7", "day-30"}
    task = (await chart.tasks())["tell-result"]
    assert task.due_at == dues["contact-attempt:tell-result"].due_at
    again = await chart.write("offer_made", line)
    assert (again.verdict, again.subject) == ("offered", f"{line}.O2")


async def test_a_cancelled_discharge_without_a_new_date_is_asked_about(chart: Chart) -> None:
    await chart.write("case_screened")
    await chart.write("discharge_cancelled")
    chart.passes(days=14)
    await chart.write("overdue", "discharge-cancelled")
    assert "cancelled-discharge" in await chart.tasks()
    await chart.write("discharge_renewed", until=chart.now + timedelta(days=1), code="expected")
    assert "cancelled-discharge" not in await chart.tasks()


async def test_a_readmission_suspends_visits_holds_capacity_and_takes_back_what_was_not_accepted(chart: Chart) -> None:
    [meals] = await chart.served(MEALS_BY_TOPIC)
    line = meals.rpartition(".")[0]
    visit = await chart.write("visit_planned", line)
    fact = await chart.told("plan.drafted", {"lines": [{**MEALS, "keeps": line}, SAFETY]}, "gm-centre-cheolsan")
    await chart.write("plan_submitted", fact=fact)
    await chart.write("plan_approved", chart.case)
    open_offer = await chart.write("offer_made", f"{chart.case}.2")
    suspended = await chart.write("suspended", until=chart.now, who="gm-hospital")
    assert await chart.referrals() == {meals: "on-hold", open_offer.subject: "cancelled"}
    assert [told.line for told in suspended.lines] == [f"{chart.case}.2"]
    assert await chart.visits() == {visit.subject: "suspended"}
    assert await chart.running() == {"readmission-hold", "readmission-review"}
    assert (await chart.clock("first-service")).pauses[-1]["why"] == "readmitted"
    assert {row.offer_id: row.reserved for row in await chart.rows(referrals)}[meals] == 3
    news = (await chart.letters("gm-meals-01", "handoff.progressed"))[-1]
    assert (news["state"], news["visits"]) == ("suspended", [visit.subject])


async def test_a_return_keeps_the_providers_counts_checks_anew_and_asks_for_a_short_survey(chart: Chart) -> None:
    [offer] = await chart.served(MEALS_BY_TOPIC)
    line = offer.rpartition(".")[0]
    await chart.visited(line)
    await chart.write("check_completed", f"{chart.case}.day-3")
    await chart.write("visit_planned", line)
    await chart.write("suspended", until=chart.now)
    chart.passes(days=3)
    resumed = await chart.write("resumed", until=chart.now, code="actual", who="gm-hospital")
    assert [told.line for told in resumed.lines] == [line]
    assert await chart.referrals() == {offer: "accepted"}
    assert named(resumed)["resurvey"].owner == "gm-centre-cheolsan"
    planned = await chart.checks()
    assert planned["day-3r2"] == chart.now + timedelta(days=3)
    assert planned["day-7"] == chart.now + timedelta(days=7)
    assert not {"readmission-hold", "readmission-review"} & await chart.running()
    assert (await chart.case_row()).admitted_at is None
    letter = (await chart.letters("gm-centre-cheolsan", "assessment.requested"))[-1]
    assert letter["assessment"] == "resurvey-1"
    await chart.write("resurvey_recorded", quantity=3, who="gm-centre-cheolsan")
    assert "resurvey" not in await chart.running()
    assert (await chart.write("visit_planned", line)).verdict == "planned"


async def test_an_admission_that_never_was_lets_everything_go_on_without_a_survey(chart: Chart) -> None:
    [offer] = await chart.served(MEALS_BY_TOPIC)
    before = (await chart.clock("first-service")).due_at
    await chart.write("suspended", until=chart.now)
    chart.passes(hours=5)
    resumed = await chart.write("resumed", code="cancelled")
    dues = named(resumed)
    assert dues["first-service"].due_at == before + timedelta(hours=5)
    assert "resurvey" not in dues
    assert await chart.referrals() == {offer: "accepted"}
    assert "check:day-3" in dues


@pytest.mark.parametrize("code", ["cancelled", "actual"])
async def test_a_statutory_check_that_was_due_when_the_person_was_admitted_is_due_at_the_return(
    chart: Chart, code: str
) -> None:
    await chart.served(MEALS_BY_TOPIC)
    chart.passes(days=92)
    await chart.write("check_due", f"{chart.case}.month-3")
    await chart.write("suspended", until=chart.now)
    assert "check" not in await chart.tasks()
    chart.passes(days=2)
    assert "check:month-3" not in await chart.running()  # it waits
    resumed = await chart.write("resumed", until=chart.now, code=code)
    due = named(resumed)["check:month-3"].due_at
    assert due
    assert due <= chart.now
    await chart.write("check_due", f"{chart.case}.month-3")
    assert (await chart.tasks())["check"].subject == f"{chart.case}.month-3"


async def test_held_capacity_is_given_back_when_the_hold_runs_out(chart: Chart) -> None:
    [offer] = await chart.served(MEALS_BY_TOPIC)
    await chart.write("suspended", until=chart.now)
    chart.passes(days=7)
    expired = await chart.write("hold_expired")
    assert [told.line for told in expired.lines] == [offer.rpartition(".")[0]]
    assert await chart.referrals() == {offer: "cancelled"}
    assert [row.reserved for row in await chart.rows(referrals)] == [0]
    assert [row.state for row in await chart.rows(plan_lines)] == ["planned"]
    resumed = await chart.write("resumed", until=chart.now, code="actual")
    assert resumed.lines == []
