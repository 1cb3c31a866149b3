"""What a restriction writes: nobody else is told about the person, and all goes on as it was after the answer."""

from handoff.store.tables import timeline
from tests.activities.chart import MEALS, Chart

MEALS_BY_TOPIC = {**MEALS, "prefers": "gm-meals-01"}
CENTRE = "gm-centre-cheolsan"
SHELTER = {"service": "temporary-protection", "kind": "one-off"}  # one provider only


async def test_a_restriction_is_one_urgent_task_and_lets_the_tasks_wait_that_tell_an_institution(chart: Chart) -> None:
    await chart.write("case_screened")
    await chart.write("contact_failed")
    await chart.write("assessment_requested")
    asked = await chart.clock("presurvey")
    await chart.write("overdue", "presurvey")
    assert "assess" in await chart.tasks()
    await chart.write("disclosure_restricted", who="gm-hospital", code="PD1-12")
    tasks = await chart.tasks()
    assert "assess" not in tasks
    assert "contact" in tasks  # the person may be called
    assert tasks["confirm-restriction"].about == {"who": "gm-hospital", "flag": "PD1-12"}
    assert tasks["confirm-restriction"].owner == "coordinator"
    running = await chart.running()
    assert "restriction" in running
    assert "presurvey" not in running
    [pause] = (await chart.clock("presurvey")).pauses
    assert pause["why"] == "access-restricted"
    assert (await chart.case_row()).restricted is True
    chart.passes(hours=2)
    await chart.write("disclosure_allowed", who="kim")
    tasks = await chart.tasks()
    assert "assess" in tasks
    assert "confirm-restriction" not in tasks
    assert "restriction" not in await chart.running()
    assert (await chart.clock("presurvey")).due_at > asked.due_at
    assert (await chart.case_row()).restricted is False


async def test_no_letter_that_names_the_person_is_written_meanwhile_and_the_coordinator_asks_after_the_answer(
    chart: Chart,
) -> None:
    await chart.write("case_screened")
    await chart.write("disclosure_restricted")
    await chart.write("assessment_requested")
    await chart.write("resurvey_requested")
    assert await chart.kinds(CENTRE) == []
    assert not {"assess", "resurvey"} & set(await chart.tasks())
    assert not {"presurvey", "resurvey"} & await chart.running()
    await chart.write("disclosure_allowed")
    assert {"assess", "resurvey"} <= set(await chart.tasks())
    assert {"presurvey", "resurvey"} <= await chart.running()


async def test_the_insurer_is_not_asked_when_a_survey_comes_in_meanwhile(chart: Chart) -> None:
    await chart.write("case_screened")
    await chart.write("assessment_requested")
    await chart.write("disclosure_restricted")
    fact = await chart.told("presurvey.completed", {"score": 6, "found": {}}, CENTRE)
    recorded = await chart.write("presurvey_recorded", quantity=6, who=CENTRE, fact=fact)
    assert recorded.verdict == "determination"
    assert await chart.kinds("nhis-gwangmyeong") == []
    assert "determine" not in await chart.tasks()
    await chart.write("disclosure_allowed")
    assert "determine" in await chart.tasks()


async def test_a_line_is_held_and_not_offered_while_access_is_restricted(chart: Chart) -> None:
    [meals] = await chart.planned(MEALS_BY_TOPIC)
    await chart.write("disclosure_restricted")
    assert (await chart.write("offer_made", meals)).verdict == "held"
    assert await chart.kinds("gm-meals-01") == []
    assert await chart.referrals() == {}
    await chart.write("disclosure_allowed")
    assert (await chart.write("offer_made", meals)).verdict == "offered"
    assert "referral.offered" in await chart.kinds("gm-meals-01")


async def test_an_open_offer_stays_without_its_clock_and_may_be_accepted(chart: Chart) -> None:
    [meals] = await chart.planned(MEALS_BY_TOPIC)
    offer = (await chart.write("offer_made", meals)).subject
    await chart.write("disclosure_restricted")
    assert await chart.referrals() == {offer: "requested"}
    assert f"answer:{offer}" not in await chart.running()
    assert (await chart.write("offer_accepted", offer)).verdict == "accepted"
    assert (await chart.write("visit_planned", meals)).verdict == "planned"


async def test_a_provider_that_is_called_is_not_called_and_a_gap_is_not_filled_before_the_answer(chart: Chart) -> None:
    [meals, shelter] = await chart.planned({**MEALS, "prefers": "gm-meals-02"}, SHELTER)
    await chart.write("offer_made", meals)
    await chart.write("offer_declined", (await chart.write("offer_made", shelter)).subject)
    await chart.write("offer_made", shelter)
    assert {"answer", "gap"} <= set(await chart.tasks())
    await chart.write("disclosure_restricted")
    assert not {"answer", "gap"} & set(await chart.tasks())
    assert f"gap:{shelter}" not in await chart.running()
    await chart.write("disclosure_allowed")
    assert {"answer", "gap"} <= set(await chart.tasks())


async def test_a_task_waits_until_both_the_death_is_taken_back_and_access_is_allowed(chart: Chart) -> None:
    await chart.write("case_screened")
    await chart.write("assessment_requested")
    await chart.write("overdue", "presurvey")
    await chart.write("disclosure_restricted")
    await chart.write("death_doubted")
    assert {"confirm-death", "confirm-restriction"} <= set(await chart.tasks())
    await chart.write("death_taken_back")
    assert "assess" not in await chart.tasks()
    assert "presurvey" not in await chart.running()
    await chart.write("death_told", until=chart.now)
    assert set(await chart.tasks()) == {"confirm-death"}
    await chart.write("death_taken_back")
    assert "confirm-restriction" in await chart.tasks()
    await chart.write("disclosure_allowed")
    assert "assess" in await chart.tasks()
    assert "presurvey" in await chart.running()


async def test_a_case_that_closes_meanwhile_leaves_no_task_and_no_clock(chart: Chart) -> None:
    await chart.write("case_screened")
    await chart.write("assessment_requested")
    await chart.write("disclosure_restricted")
    await chart.write("closed", code="outcome-guided-elsewhere")
    assert await chart.tasks() == {}
    assert await chart.running() == set()
    assert [row.what for row in await chart.rows(timeline)][-1] == "closed"
