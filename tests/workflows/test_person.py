"""Consent, refusal, death and the end: what the person says, and what life does, counts first."""

import pytest

from handoff.store import tables
from handoff.vocabulary.states import Interruption
from tests.workflows.story import accepts, approved, assessed, declines, planned, served
from tests.workflows.town import CENTRE, HOSPITAL, MEALS, SAFETY, Town
from workflows.client import RefusedError


async def test_nobody_is_told_of_a_person_before_consent(town: Town) -> None:
    await town.hospital_tells(consent=None)
    assert await town.letters(CENTRE) == []
    await town.tells("consent.given", HOSPITAL, town.case_id)
    assert await town.letters(CENTRE) == ["assessment.requested"]


@pytest.mark.history("refused-consent")
async def test_a_refused_consent_closes_with_an_outcome_and_nobody_was_told(town: Town) -> None:
    await town.hospital_tells(consent=None)
    await town.acts("consent.refused")
    assert await town.ended() == "outcome-refused"
    row = await town.record()
    assert (row.outcome, row.end_reason) == ("refused", None)
    assert await town.letters(CENTRE) == []
    assert await town.open_tasks() == {}


async def test_a_refusal_of_all_support_after_it_began_is_the_fourth_reason(town: Town) -> None:
    provider = await served(town)
    await town.acts("consent.refused")
    assert await town.ended() == "reason-4"
    assert (await town.record()).end_reason == 4
    assert "handoff.closed" in await town.letters(provider)


@pytest.mark.history("withdrawn-consent")
async def test_a_withdrawal_recalls_unaccepted_offers_and_what_was_accepted_goes_on(town: Town) -> None:
    await approved(town, MEALS, SAFETY)
    provider = await accepts(town, 1)
    offer, asked = await town.offer(2)
    await town.acts("consent.withdrawn")
    assert "referral.withdrawn:other" in await town.letters(asked)
    assert (await town.visit(1)).provider == provider
    await town.tells("referral.accepted", asked, offer)
    assert "notice.rejected" in str(await town.letters(asked))
    assert (await town.line(2)).state == "planned"
    await town.acts("consent.given")
    assert (await town.offer(2))[0] != offer


async def test_a_person_who_refuses_after_withdrawing_ends_the_case(town: Town) -> None:
    await approved(town)
    await town.acts("consent.withdrawn")
    await town.acts("consent.refused")
    assert await town.ended() == "outcome-refused"


async def test_a_line_declined_while_consent_is_withdrawn_waits_for_consent(town: Town) -> None:
    await approved(town)
    provider = await accepts(town)
    await town.acts("consent.withdrawn")
    await town.tells("referral.changed", provider, f"{town.case_id}.1.O1", change="cannot-go-on")
    assert [row.state for row in await town.referrals()] == ["failed"]
    await town.acts("consent.given")
    assert (await town.offer())[1] != provider


@pytest.mark.history("death-told")
async def test_a_death_while_an_offer_is_open_stops_all_contact_at_once_and_closes_the_case_a_day_later(
    town: Town,
) -> None:
    await approved(town, MEALS, SAFETY)
    served_by = await accepts(town, 1)
    _, asked = await town.offer(2)
    await town.hospital_tells("person.died")
    assert (await town.state()).interruption == Interruption.DIED
    assert set(await town.open_tasks()) == {"confirm-death"}
    assert {row.state for row in await town.rows(tables.visits)} == {"suspended"}
    assert "referral.withdrawn:other" in await town.letters(asked)
    assert "handoff.progressed:suspended" in await town.letters(served_by)
    await town.until((await town.clock("death-closing")).due_at)
    assert await town.ended() == "outcome-died"
    assert await town.open_tasks() == {}
    assert {row.state for row in await town.rows(tables.visits)} == {"cancelled"}
    assert {row.reserved for row in await town.rows(tables.referrals)} == {0}
    assert "referral.withdrawn:other" in await town.letters(served_by)
    assert not [row for row in await town.rows(tables.clocks) if row.ended_at is None]
    assert (await town.record()).died_at is not None


async def test_a_death_after_support_began_is_the_first_reason(town: Town) -> None:
    await served(town)
    await town.hospital_tells("person.died")
    await town.passes(hours=25)
    assert await town.ended() == "reason-1"


@pytest.mark.history("death-taken-back")
async def test_a_death_that_a_person_takes_back_lets_offers_visits_and_checks_go_on(town: Town) -> None:
    await approved(town, MEALS, SAFETY)
    provider = await accepts(town, 1)
    await town.hospital_tells("person.died")
    await town.passes(hours=20)
    assert not {row.state for row in await town.rows(tables.visits)} & {"scheduled"}
    task = next(row for row in await town.rows(tables.tasks) if row.kind == "confirm-death")
    await town.acts("task.settled", task.task_id, code="confirm-death")
    assert (await town.state()).interruption is None
    assert (await town.visit()).state == "scheduled"
    assert "handoff.progressed:resumed" in await town.letters(provider)
    assert (await town.referrals(2))[-1].state == "requested"
    await town.passes(hours=30)
    assert not (await town.state()).end


async def test_a_later_message_of_the_hospital_that_denies_the_death_takes_it_back(town: Town) -> None:
    await served(town)
    await town.hospital_tells("person.died")
    await town.hospital_tells("discharge.corrected", discharge={"discharged_at": None, "deceased": False})
    assert (await town.state()).interruption is None
    assert "confirm-death" not in await town.open_tasks()


@pytest.mark.history("death-in-doubt")
async def test_a_death_dated_before_the_discharge_lets_contact_wait_until_a_person_confirms(town: Town) -> None:
    await served(town)
    await town.tells("contact.made", "desk", town.case_id)
    await town.hospital_tells("person.died", at=-72)
    assert not (await town.state()).end
    assert (await town.visit()).state == "scheduled"
    assert "check" not in await town.open_tasks()
    task = next(row for row in await town.rows(tables.tasks) if row.kind == "confirm-death")
    await town.acts("task.settled", task.task_id, code="confirm-death")
    assert "confirm-death" not in await town.open_tasks()
    await town.closes("reason-1")
    assert await town.ended() == "reason-1"


async def test_reasons_are_for_support_that_began_and_outcomes_for_what_never_did(town: Town) -> None:
    await assessed(town)
    with pytest.raises(RefusedError, match="has not begun") as refused:
        await town.closes("reason-3")
    assert refused.value.code == "support-not-begun"
    await town.tells("plan.drafted", CENTRE, town.case_id, lines=[SAFETY])
    await town.tells("plan.approved", "gm-conference", town.case_id)
    provider = await accepts(town)
    await town.tells("visit.completed", provider, (await town.visit()).visit_id)
    with pytest.raises(RefusedError, match="has begun"):
        await town.closes("outcome-unmet-need")
    await town.closes("reason-3")
    assert await town.ended() == "reason-3"


async def test_what_does_not_fit_is_refused_in_words_that_say_what_can_be_done(town: Town) -> None:
    await town.hospital_tells(consent=None)
    refusals = {
        "presurvey.completed": "consent --give",
        "plan.drafted": "may only follow the assessment",
        "plan.approved": "No plan awaits",
        "consent.withdrawn": "consent --refuse",
        "referral.accepted": "no longer open",
        "no.such-thing": "Unknown event type",
    }
    for kind, words in refusals.items():
        with pytest.raises(RefusedError, match=words):
            await town.acts(kind, code="")
    assert (await town.said())[-1] == "checks_planned"  # a step of `case_screened`


async def test_a_person_who_is_not_reached_is_tried_again_and_never_closed_silently(town: Town) -> None:
    await town.hospital_tells()
    for _ in range(6):
        await town.acts("contact.failed")
    assert not (await town.state()).end
    assert (await town.open_tasks())["contact"] == "team-lead"


async def test_somebody_not_eligible_is_closed_by_a_person_with_an_outcome(town: Town) -> None:
    await town.hospital_tells()
    await town.tells("presurvey.completed", CENTRE, town.case_id, score=6)
    await town.tells("determination.returned", "nhis-gwangmyeong", town.case_id, result="not-eligible")
    assert not (await town.state()).end
    assert "eligibility" in await town.open_tasks()
    await town.closes("outcome-not-eligible")
    assert await town.ended() == "outcome-not-eligible"


async def test_a_decision_after_the_decline_of_everybody_is_a_persons(town: Town) -> None:
    await planned(town, {**SAFETY, "urgent": True})
    await declines(town)
    await declines(town)
    assert (await town.open_tasks())["gap"] == "coordinator"


async def test_an_application_opens_a_case_that_somebody_owns_and_the_hospitals_notice_joins_it(town: Town) -> None:
    await town.hospital_tells("application.received", CENTRE, consent=None, discharge={"discharged_at": None})
    assert {"contact", "consent"} <= set(await town.open_tasks())
    assert await town.hospital_tells() == "joined"
    assert "discharge_confirmed" in await town.said()
    assert (await town.state()).facility == HOSPITAL
