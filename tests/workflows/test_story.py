import pytest

from tests.workflows.story import accepts, approved, assessed, decided, drafted
from tests.workflows.town import MEALS, PROTECTION, Town


@pytest.mark.history("first-service")
async def test_a_person_is_carried_from_the_notice_to_the_first_service(town: Town) -> None:
    await town.hospital_tells()
    assert await town.said() == [
        "case_opened",
        "case_screened",
        "service_dates_set",
        "checks_planned",
        "consent_given",
        "assessment_requested",
    ]
    await town.tells("presurvey.completed", "gm-centre-cheolsan", town.case_id, score=3)
    await drafted(town)
    assert await town.said() == ["presurvey_recorded", "result_to_tell", "plan_submitted"]
    await decided(town, version=1)
    provider = await accepts(town)
    assert await town.said() == [
        "plan_approved",
        "next_check_planned",
        "offer_made",
        "offer_accepted",
        "service_dates_set",
        "visit_planned",
    ]
    await town.tells("visit.completed", provider, (await town.visit()).visit_id)
    assert await town.said() == ["visit_completed", "visit_planned"]
    case = await town.state()
    assert case.stage == "follow-up"
    assert case.support_began
    assert (await town.record()).support_began_at is not None


async def test_a_need_that_the_community_centre_cannot_judge_goes_to_the_insurer(town: Town) -> None:
    await town.hospital_tells()
    await town.tells("presurvey.completed", "gm-centre-cheolsan", town.case_id, score=6)
    assert (await town.state()).stage == "assessment"
    assert await town.letters("nhis-gwangmyeong") == ["assessment.requested"]
    await town.tells("determination.returned", "nhis-gwangmyeong", town.case_id, result="eligible")
    assert (await town.state()).stage == "plan"


async def test_a_person_without_complex_need_is_guided_elsewhere(town: Town) -> None:
    await town.hospital_tells()
    await town.tells("presurvey.completed", "gm-centre-cheolsan", town.case_id, score=1)
    assert (await town.open_tasks())["guide"] == "coordinator"
    await town.closes("outcome-guided-elsewhere")
    assert await town.ended() == "outcome-guided-elsewhere"
    assert (await town.record()).end_reason is None


async def test_every_line_lives_its_own_life(town: Town) -> None:
    await approved(town, MEALS, PROTECTION)
    await accepts(town, 1)
    offer, provider = await town.offer(2)
    await town.tells("referral.declined", provider, offer, reason="no-capacity")
    states = {name.rpartition(".")[2]: line.state for name, line in (await town.state()).lines.items()}
    assert states == {"1": "accepted", "2": "gap"}
    assert (await town.visit(1)).state == "scheduled"


async def test_a_case_that_is_assessed_waits_for_its_plan_with_the_coordinator(town: Town) -> None:
    await assessed(town)
    assert (await town.open_tasks())["draft-plan"] == "coordinator"
