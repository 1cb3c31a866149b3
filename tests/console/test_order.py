"""What is recorded, or corrected, lies between what it follows and what has followed it."""

from datetime import timedelta

from handoff.store.tables import checks, timeline
from tests.console.office import Office
from tests.console.test_occurrences import refused, same_minute, typed
from tests.workflows.story import served
from tests.workflows.town import MEALS, SAFETY, Town


async def test_a_case_does_not_end_before_the_last_thing_that_took_place(town: Town, office: Office) -> None:
    await served(town, SAFETY)
    [visit] = [row for row in await town.visits() if row.state == "completed"]
    close = f"close {town.case_id} --reason 3 --as kim --at"
    assert typed(visit.ended_at).replace("T", " ") in await refused(
        office, f"{close} {typed(visit.ended_at - timedelta(minutes=5))}"
    )
    [check] = [row for row in await town.rows(checks) if row.name == "day-3"]
    await town.until(check.planned_at)
    await office.answers(f"check {check.check_id} --ok --as kim")
    assert typed(town.now).replace("T", " ") in await refused(
        office, f"{close} {typed(town.now - timedelta(minutes=5))}"
    )
    rows = await town.rows(timeline)
    assert "case_closing" not in [row.what for row in rows]
    await office.answers(f"{close} {typed(town.now)}")


async def test_a_discharge_is_not_corrected_to_after_the_first_delivered_visit(town: Town, office: Office) -> None:
    await served(town, MEALS)
    [visit] = [row for row in await town.visits() if row.state == "completed"]
    await town.until(visit.ended_at + timedelta(hours=8))
    before = (await town.record()).discharged_at
    for moment in (visit.ended_at + timedelta(hours=5), town.now + timedelta(days=2)):
        said = await refused(office, f"discharge {town.case_id} --at {typed(moment)} --why typing-error --as kim")
        for words in (typed(visit.ended_at).replace("T", " "), f"handoff show {town.case_id}", "handoff admit"):
            assert words in said
    assert (await town.record()).discharged_at == before
    earlier = visit.ended_at - timedelta(minutes=20)
    await office.answers(f"discharge {town.case_id} --at {typed(earlier)} --why typing-error --as kim")
    assert same_minute((await town.record()).discharged_at, earlier)


async def test_a_discharge_after_a_new_stay_follows_the_visits_before_it(town: Town, office: Office) -> None:
    await served(town, MEALS)
    await town.passes(hours=8)
    await office.answers(f"admit {town.case_id} --at {typed(town.now)} --as kim")
    await town.passes(hours=8)
    await office.answers(f"discharge {town.case_id} --at {typed(town.now)} --as kim")
    assert same_minute((await town.record()).discharged_at, town.now)


async def test_consent_is_given_after_the_withdrawal_and_may_be_given_before_the_notice(
    town: Town, office: Office
) -> None:
    await served(town, MEALS)
    give = f"consent {town.case_id} --give --why typing-error --as kim --at"
    await office.answers(f"{give} {typed(town.now - timedelta(days=30))}")
    await town.passes(hours=2)
    await office.answers(f"consent {town.case_id} --withdraw --as kim")
    withdrawn = town.now
    await town.passes(hours=2)
    await office.answers(f"consent {town.case_id} --give --as kim")
    assert typed(withdrawn).replace("T", " ") in await refused(
        office, f"{give} {typed(withdrawn - timedelta(minutes=30))}"
    )
    await office.answers(f"{give} {typed(withdrawn + timedelta(minutes=30))}")
