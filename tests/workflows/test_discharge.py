"""The discharge: expected, corrected, cancelled, renewed; readmission and return. Clocks and bookings follow it."""

from datetime import timedelta

import pytest

from handoff.store import tables
from tests.workflows.agreement import stands
from tests.workflows.story import accepted, accepts, approved, planned, served, visited
from tests.workflows.town import CENTRE, INSURER, MEALS, PROTECTION, SAFETY, Town


@pytest.mark.history("expected-discharge")
async def test_an_expected_discharge_is_assessed_in_the_ward_and_services_wait_for_the_actual_one(town: Town) -> None:
    provider = await accepted(town, kind="discharge.expected", at=48)
    assert "visit_planned" not in await town.said()
    assert (await town.state()).lines[f"{town.case_id}.1"].state == "accepted"
    await town.passes(hours=50)
    await town.hospital_tells(at=-1)
    assert await town.story() == ["discharge_confirmed", "service_dates_set", "checks_planned", "visit_planned"]
    visit = await town.visit()
    assert visit.provider == provider
    assert visit.planned_at > town.now
    assert (await town.clock("first-service")).started_at == town.now - timedelta(hours=1)


@pytest.mark.history("correction")
async def test_a_corrected_date_moves_every_clock_and_those_told_are_told_again(town: Town) -> None:
    provider = await accepted(town)
    await town.hospital_tells("discharge.corrected", at=-20)
    corrected = town.now - timedelta(hours=20)
    for name, days in {"first-service": 2, "check:day-3": 3, "check:day-30": 30}.items():
        assert (await town.clock(name)).due_at == corrected + timedelta(days=days)
    assert "handoff.progressed:discharge-corrected" in await town.letters(provider)


async def test_a_date_that_a_person_corrects_into_the_future_cancels_visits_until_the_person_is_home(
    town: Town,
) -> None:
    await accepted(town)
    assert (await town.visit()).state == "scheduled"
    left = (await town.state()).discharged_at
    await town.hospital_tells("discharge.corrected", at=20)  # a routine message: the person has left all the same
    assert (await town.state()).discharged_at == left
    await town.acts("discharge.corrected", until=town.now + timedelta(hours=20), code="expected")
    assert (await town.state()).discharged_at is None
    assert [row.state for row in await town.visits()] == ["cancelled"]
    await town.passes(hours=21)
    assert (await town.record()).discharged_at is None
    await town.hospital_tells()
    assert (await town.visit()).planned_at > town.now


async def test_dates_that_differ_are_settled_by_a_person_and_until_then_the_hospital_counts(town: Town) -> None:
    await town.hospital_tells()
    told = (await town.record()).discharged_at
    await town.hospital_tells(sender=INSURER, at=-30)
    assert (await town.record()).discharged_at == told
    assert (await town.open_tasks())["dates-differ"] == "coordinator"
    settled = town.now - timedelta(hours=29)
    await town.acts("discharge.corrected", until=settled, code="actual")
    assert (await town.record()).discharged_at == settled
    assert "dates-differ" not in await town.open_tasks()


@pytest.mark.history("cancelled-discharge")
async def test_a_discharge_cancelled_after_services_began_undoes_what_is_booked_and_a_new_date_offers_anew(
    town: Town,
) -> None:
    provider = await served(town, MEALS, PROTECTION)
    await town.hospital_tells("discharge.cancelled")
    case = await town.state()
    assert case.stands == "discharge-cancelled"
    assert [row.reserved for row in await town.rows(tables.referrals)] == [0, 0]
    assert not [row for row in await town.rows(tables.visits) if row.state == "scheduled"]
    assert "referral.withdrawn:discharge-cancelled" in await town.letters(provider)
    assert stands(next(row for row in await town.rows(tables.clocks) if row.name == "contact-attempt:tell-result"))
    await town.passes(days=3)
    await town.fresh()
    await town.hospital_tells()
    assert (await town.story("service_dates_set"))[:4] == [
        "discharge_renewed",
        "checks_planned",
        "offer_made",
        "offer_made",
    ]
    await accepts(town)
    assert (await town.visit()).planned_at > town.now


async def test_a_cancelled_discharge_without_a_new_date_is_closed_only_by_a_person(town: Town) -> None:
    await town.hospital_tells()
    await town.hospital_tells("discharge.cancelled")
    await town.passes(days=40)
    assert not (await town.state()).end
    assert (await town.open_tasks())["cancelled-discharge"] == "team-lead"
    await town.closes("outcome-discharge-cancelled")
    assert await town.ended() == "outcome-discharge-cancelled"


@pytest.mark.history("readmission")
async def test_readmission_stops_the_clocks_holds_capacity_and_the_return_goes_on_with_the_same_provider(
    town: Town,
) -> None:
    provider = await accepted(town)
    running = await town.clock("contact-attempt:tell-result")
    await town.hospital_tells("admission.occurred")
    left = running.due_at - town.now
    clock = next(row for row in await town.rows(tables.clocks) if row.name == running.name)
    assert stands(clock) == ["readmitted"]
    [referral] = await town.referrals()
    assert (referral.state, referral.reserved) == ("on-hold", 5)
    assert [row.state for row in await town.visits()] == ["suspended"]
    await town.passes(days=5)
    await town.hospital_tells()
    # What was left when the clock stopped is left when it goes on; a moment passes between word and record.
    assert abs((await town.clock(running.name)).due_at - town.now - left) < timedelta(minutes=1)
    visit = await town.visit()
    assert visit.provider == provider
    assert visit.planned_at > town.now
    assert (await town.clock("check:day-3")).due_at == town.now + timedelta(days=3)
    await town.tells("presurvey.completed", CENTRE, town.case_id, score=3)
    assert "resurvey_recorded" in await town.said()


async def test_a_return_after_the_hold_ran_out_asks_the_providers_anew(town: Town) -> None:
    await accepted(town)
    await town.hospital_tells("admission.occurred")
    await town.passes(days=8)
    assert (await town.state()).lines[f"{town.case_id}.1"].state == "planned"
    await town.hospital_tells()
    assert (await town.offer())[0].endswith(".O2")


async def test_an_unanswered_offer_is_taken_back_on_readmission_and_made_again_after_it(town: Town) -> None:
    await approved(town)
    await town.hospital_tells("admission.occurred")
    assert [row.state for row in await town.referrals()] == ["cancelled"]
    await town.passes(days=1)
    await town.hospital_tells()
    assert (await town.offer())[0].endswith(".O2")


async def test_an_admission_that_was_a_mistake_leaves_everything_as_it_was(town: Town) -> None:
    provider = await served(town)
    await town.hospital_tells("admission.occurred")
    await town.passes(hours=3)
    await town.hospital_tells("admission.cancelled")
    case = await town.state()
    assert not case.stands
    assert not case.resurvey
    assert (await town.visit()).provider == provider


async def test_a_person_who_stays_in_hospital_is_closed_with_the_second_reason(town: Town) -> None:
    await served(town)
    await town.hospital_tells("admission.occurred")
    await town.passes(days=15)
    assert (await town.open_tasks())["readmission-review"] == "team-lead"
    await town.closes("reason-2")
    assert await town.ended() == "reason-2"
    assert (await town.record()).end_reason == 2


async def test_a_late_word_about_the_discharge_before_a_readmission_brings_nobody_home(town: Town) -> None:
    await accepted(town)
    discharged = (await town.record()).discharged_at
    await town.passes(hours=20)
    await town.hospital_tells("admission.occurred")
    hours = (discharged - town.now).total_seconds() / 3600
    assert await town.hospital_tells(sender=INSURER, at=hours) == "joined"
    assert (await town.state()).stands == "readmitted"


async def test_the_admission_that_the_discharge_ended_is_no_readmission(town: Town) -> None:
    await accepted(town)
    await town.hospital_tells("admission.occurred", at=-240)
    assert not (await town.state()).stands


async def test_nothing_is_offered_while_the_discharge_is_cancelled(town: Town) -> None:
    await planned(town, SAFETY)
    await town.hospital_tells("discharge.cancelled")
    await town.tells("plan.approved", "gm-conference", town.case_id, version=1)
    assert await town.referrals() == []
    await town.hospital_tells(at=-1)
    assert await town.offer()


async def test_a_readmission_during_follow_up_keeps_the_place_in_the_series(town: Town) -> None:
    await served(town)
    await town.hospital_tells("admission.occurred")
    await town.passes(days=2)
    await town.hospital_tells()
    await visited(town)
    assert [row.state for row in await town.visits()] == ["completed", "cancelled", "completed", "scheduled"]
