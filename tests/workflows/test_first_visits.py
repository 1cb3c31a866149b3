"""Where providers name their first visits: one is planned as named, or asked for, and the story waits for it."""

from datetime import timedelta

from tests.workflows.story import accepted, accepts, approved, visited
from tests.workflows.town import CENTRE, HELP, MEALS, SAFETY, Town

THREE = [MEALS, HELP, SAFETY]


async def test_an_acceptance_carries_its_first_visit_and_costs_no_event_more(naming_town: Town) -> None:
    town = naming_town
    await approved(town, *THREE)
    offers = [await town.offer(line) for line in (1, 2, 3)]
    moment = (town.now + timedelta(days=4)).isoformat()
    await town.tell_together(
        *(("referral.accepted", provider, offer, {"first_visit_at": moment}) for offer, provider in offers)
    )
    assert {(await town.visit(line)).planned_at.isoformat() for line in (1, 2, 3)} == {moment}
    assert len((await town.history()).events) <= 30


async def test_a_first_visit_that_nobody_named_is_asked_for_and_the_line_waits(naming_town: Town) -> None:
    town = naming_town
    provider = await accepted(town, HELP)
    assert await town.visits() == []
    [line] = (await town.state()).lines.values()
    assert (line.state, line.awaits_name, line.visit) == ("accepted", True, "")
    clock = await town.clock("first-visit")
    moment = town.now + timedelta(days=1)
    await town.tells("visit.proposed", provider, (await town.referrals())[0].offer_id, starts_at=moment.isoformat())
    assert (await town.visit()).planned_at == moment
    assert clock.name not in (await town.state()).dues
    await visited(town)
    assert (await town.visit()).planned_at == moment + timedelta(days=7)


async def test_nobody_answers_and_the_coordinator_calls_and_names_it(naming_town: Town) -> None:
    town = naming_town
    await accepted(town, HELP)
    await town.until((await town.clock("first-visit")).due_at)
    assert (await town.open_tasks())["first-visit"] == "coordinator"
    moment = town.now + timedelta(hours=20)
    done = await town.acts("visit.proposed", f"{town.case_id}.1", until=moment)
    assert done.verdicts[0] == "named"
    assert (await town.visit()).planned_at == moment
    assert "first-visit" not in await town.open_tasks()


async def test_an_expected_discharge_has_its_first_visit_named_before_it(naming_town: Town) -> None:
    town = naming_town
    home = town.now + timedelta(days=3)
    await town.hospital_tells("discharge.expected", discharge={"expected_at": home.isoformat()})
    await town.tells("presurvey.completed", CENTRE, town.case_id, score=3)
    await town.tells("plan.drafted", CENTRE, town.case_id, lines=[HELP])
    await town.tells("plan.approved", "gm-conference", town.case_id)
    offer, provider = await town.offer()
    await town.tells("referral.accepted", provider, offer)
    await town.clock("first-visit")
    moment = home + timedelta(hours=20)
    await town.tells("visit.proposed", provider, offer, starts_at=moment.isoformat())
    assert await town.visits() == []
    await town.until(home)
    await town.hospital_tells(at=0)
    assert (await town.visit()).planned_at == moment


async def test_a_visit_before_the_discharge_that_is_corrected_is_named_again(naming_town: Town) -> None:
    town = naming_town
    await approved(town, HELP)
    provider = await accepts(town, first_visit_at=(town.now + timedelta(hours=30)).isoformat())
    first = await town.visit()
    home = town.now + timedelta(hours=60)
    await town.acts("discharge.corrected", until=home, code="expected")
    assert [row.state for row in await town.visits()] == ["cancelled"]
    await town.until(home)
    await town.hospital_tells(at=0)
    assert (await town.state()).lines[f"{town.case_id}.1"].awaits_name
    moment = town.now + timedelta(hours=10)
    await town.tells("visit.proposed", provider, first.offer_id, starts_at=moment.isoformat())
    assert (await town.visit()).planned_at == moment


async def test_a_provider_that_gives_the_line_back_is_awaited_no_more(naming_town: Town) -> None:
    town = naming_town
    provider = await accepted(town, HELP)
    offer = (await town.referrals())[0].offer_id
    await town.tells("referral.changed", provider, offer, change="cannot-go-on")
    assert (await town.offer())[0] != offer
    new_offer, other = await town.offer()
    moment = town.now + timedelta(hours=20)
    await town.tells("referral.accepted", other, new_offer, first_visit_at=moment.isoformat())
    assert (await town.visit()).planned_at == moment
