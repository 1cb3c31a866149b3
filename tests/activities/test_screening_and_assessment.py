from dataclasses import replace
from datetime import date, timedelta

from tests.activities.chart import BOKSUN, MONDAY, Chart, Ward, named


async def test_a_case_begins_with_a_contact_a_first_service_clock_and_the_checks(chart: Chart) -> None:
    outcome = await chart.write("case_screened")
    assert outcome.verdict == "undetermined"  # nobody has assessed yet whether the need is complex
    dues = named(outcome)
    assert dues["first-service"].due_at == MONDAY + timedelta(days=2)
    assert dues["first-contact"].owner == "coordinator"
    assert dues["check:day-3"].due_at == MONDAY + timedelta(days=3)
    assert set(await chart.tasks()) == {"contact"}
    assert (await chart.case_row()).priority == "high"


async def test_without_consent_somebody_asks_for_it(ward: Ward) -> None:
    chart = await ward.admitted(consent="")
    await chart.write("case_screened")
    assert set(await chart.tasks()) == {"contact", "consent"}
    assert "consent" in await chart.running()
    outcome = await chart.write("consent_given")
    assert named(outcome)["consent"].due_at is None
    assert set(await chart.tasks()) == {"contact"}
    assert (await chart.case_row()).consent == "given"


async def test_an_expected_discharge_is_asked_about_and_starts_no_service_clock(ward: Ward) -> None:
    chart = await ward.admitted(discharged_at=None, expected_at=MONDAY + timedelta(days=1))
    dues = named(await chart.write("case_screened"))
    assert "first-service" not in dues
    assert not [name for name in dues if name.startswith("check:")]
    assert dues["discharge-confirmation"].due_at


async def test_the_survey_of_the_community_centre_leads_to_a_plan(chart: Chart) -> None:
    outcome = await chart.surveyed(score=2)
    assert outcome.verdict == "own-survey"
    dues = named(outcome)
    assert dues["presurvey"].due_at is None
    assert dues["plan"].due_at
    assert {"draft-plan", "tell-result"} <= set(await chart.tasks())
    assert (await chart.case_row()).stage == "plan"
    [letter] = await chart.letters("gm-centre-cheolsan", "assessment.requested")
    assert letter["person"]["name"] == "김복순"


async def test_a_high_score_goes_to_the_insurer_and_its_word_leads_to_a_plan(chart: Chart) -> None:
    outcome = await chart.surveyed(score=5)
    assert outcome.verdict == "determination"
    assert named(outcome)["determination"].owner == "nhis-gwangmyeong"
    assert await chart.kinds("nhis-gwangmyeong") == ["assessment.requested"]
    determined = await chart.write("determination_recorded", code="eligible", who="nhis-gwangmyeong")
    assert determined.verdict == "eligible"
    assert "draft-plan" in await chart.tasks()
    assert "determination" not in await chart.running()


async def test_a_low_score_is_guided_elsewhere_by_a_person(chart: Chart) -> None:
    assert (await chart.surveyed(score=0)).verdict == "guide"
    assert "guide" in await chart.tasks()


async def test_a_determination_of_not_eligible_is_decided_and_told_by_a_person(chart: Chart) -> None:
    await chart.surveyed(score=5)
    await chart.write("determination_recorded", code="not-eligible", who="nhis-gwangmyeong")
    assert {"eligibility", "tell-result"} <= set(await chart.tasks())
    await chart.write("contact_made", code="result")
    assert "tell-result" not in await chart.tasks()


async def test_whoever_cannot_be_reached_is_tried_another_way_and_never_forgotten(chart: Chart) -> None:
    await chart.write("case_screened")
    steps = [await chart.failed("contact_failed") for _ in range(4)]
    assert steps == ["phone-other-hours", "home-visit", "welfare-check", "welfare-check"]
    task = (await chart.tasks())["contact"]
    assert (task.owner, task.about["step"]) == ("team-lead", "welfare-check")
    await chart.write("contact_made", code="phone")
    assert "contact" not in await chart.tasks()
    assert not {"first-contact", "contact-attempt"} & await chart.running()


async def test_a_survey_that_finds_no_door_of_the_act_asks_a_person(ward: Ward) -> None:
    young = await ward.admitted(person=replace(BOKSUN, birth_date=date(1990, 1, 1)))
    outcome = await young.surveyed(score=2, severe_disability=False, group="none")
    assert outcome.verdict == "not-eligible"
    assert "eligibility" in await young.tasks()
    await young.write("determination_recorded", code="eligible", who="duty-officer")
    assert "eligibility" not in await young.tasks()
    assert "draft-plan" in await young.tasks()


async def test_a_screening_that_finds_no_door_is_corrected_by_a_survey_that_does(ward: Ward) -> None:
    young = await ward.admitted(person=replace(BOKSUN, birth_date=date(1990, 1, 1), severe_disability=False))
    await young.write("case_screened")
    fact = await young.told("presurvey.completed", {"found": {"group": "family-care-gap"}}, "desk")
    assert (await young.write("presurvey_recorded", quantity=3, fact=fact)).verdict == "own-survey"
    assert (await young.case_row()).eligibility == "eligible"
    assert "eligibility" not in await young.tasks()
