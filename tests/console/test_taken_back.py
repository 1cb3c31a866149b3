"""What a correction takes back, and what has to be said before it."""

import pytest

from handoff.store.tables import checks, clocks, timeline
from tests.console.office import Office, shown
from tests.console.test_occurrences import refused
from tests.workflows.story import accepted, approved, served
from tests.workflows.town import CENTRE, HELP, MEALS, SAFETY, Town


@pytest.mark.parametrize(
    ("result", "asked"), [("needs-change", "draft-plan"), ("worse", "draft-plan"), ("need-ended", "review-end")]
)
async def test_a_check_that_was_not_made_asks_for_nothing(town: Town, office: Office, result: str, asked: str) -> None:
    await served(town, {**MEALS, "days": 90})
    [check] = [row for row in await town.rows(checks) if row.name == "day-3"]
    await town.until(check.planned_at)
    await town.tells("check.completed", CENTRE, check.check_id, result=result)
    assert asked in await town.open_tasks()
    await office.answers(f"check {check.check_id} --failed --as kim --why other-person")
    assert asked not in await town.open_tasks()
    running = {row.limit for row in await town.rows(clocks) if row.ended_at is None}
    assert not {"plan-revision", "review-end"} & running
    await office.answers(f"check {check.check_id} --ok --as kim")
    assert not {asked, "check"} & set(await town.open_tasks())
    assert (await office.answers(f"prove {town.case_id} --json"))["proved"]


async def test_the_end_is_asked_about_for_a_reason_that_is_true(town: Town, office: Office) -> None:
    await accepted(town, HELP)
    await office.answers(f"line {town.case_id}.1 --end goal-reached --as kim")
    assert "review-end" in await town.open_tasks()
    text = " ".join((await shown(office, f"show {town.case_id}")).replace("│", "").split())
    assert "the lines are over, or the need has ended" in text
    assert "everything planned was delivered" not in text


@pytest.mark.parametrize("line", [SAFETY, HELP, MEALS], ids=["one-off", "series", "by-exception"])
async def test_an_acceptance_stands_until_its_past_visits_are_reported(
    town: Town, office: Office, line: dict[str, object]
) -> None:
    await accepted(town, line)
    [referral] = await town.referrals()
    decline = f"answer {referral.offer_id} --decline other --as kim --why typing-error"
    visit = await town.visit()
    await town.until(visit.planned_at)
    await town.passes(hours=1)
    assert "nobody has said whether it did" in await refused(office, decline)
    assert (await town.referrals())[0].state == "in-progress"
    await office.answers(f"visit {visit.visit_id} --missed provider --as kim")
    later = [row for row in await town.visits() if row.state == "scheduled"]
    assert all(row.planned_at > town.now for row in later)
    await office.answers(decline)
    assert (await town.referrals())[0].state == "rejected"


async def test_a_part_that_was_accepted_is_repeated_reduced_or_taken_back(town: Town, office: Office) -> None:
    await approved(town, {**HELP, "quantity": 3})
    offer, _ = await town.offer()
    line = f"{town.case_id}.1"
    await office.answers(f"answer {offer} --partly 2 --as kim")
    rows = await town.rows(timeline)
    again = await office.answers(f"answer {offer} --partly 2 --as kim")
    assert (again["milestones"], again["recorded"] != "") == ([], True)
    for other in (
        "--partly 1",
        "--partly 3",
        "--partly 1 --why typing-error",
        "--accept",
        "--accept --why typing-error",
    ):
        said = await refused(office, f"answer {offer} {other} --as kim")
        for words in ("2 a week", f"handoff line {line} --per-week N", f"handoff answer {offer} --decline other"):
            assert words in said, other
    assert await town.rows(timeline) == rows
    assert "--why" in await refused(office, f"answer {offer} --decline other --as kim")
    await office.answers(f"answer {offer} --decline other --why typing-error --as kim")
    assert {row.offer_id: row.state for row in await town.referrals()}[offer] == "rejected"
    await office.answers(f"answer {offer} --partly 2 --why right-after-all --as kim")
    referral = next(row for row in await town.referrals() if row.offer_id == offer)
    assert (referral.state, referral.quantity, (await town.state()).lines[line].offer) == ("in-progress", 2, offer)
    await office.answers(f"line {line} --per-week 1 --as kim")
    assert (await town.line()).quantity == 1
    assert (await office.answers(f"prove {town.case_id} --json"))["proved"]


@pytest.mark.parametrize(
    ("first", "then", "command"),
    [
        ("--accept", "--partly 1", "--per-week N"),
        ("--accept", "--partly 3", "--per-week N"),
        ("--decline other", "--partly 1", "--accept --why"),
    ],
)
async def test_a_part_after_another_answer_is_refused_with_what_to_do(
    town: Town, office: Office, first: str, then: str, command: str
) -> None:
    await approved(town, {**HELP, "quantity": 3})
    offer, _ = await town.offer()
    await office.answers(f"answer {offer} {first} --as kim")
    rows = await town.rows(timeline)
    assert command in await refused(office, f"answer {offer} {then} --as kim")
    assert await town.rows(timeline) == rows
