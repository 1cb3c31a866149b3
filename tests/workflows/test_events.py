"""What a case costs Temporal, in events of its history; without skipped time, which adds some."""

from tests.workflows.story import accepts, approved, declines, planned
from tests.workflows.town import CENTRE, CONFERENCE, HELP, MEALS, SAFETY, Town

ALONE = 5  # signal, three of the task, one for what was written
THREE = [MEALS, HELP, SAFETY]


async def events(town: Town) -> int:
    return len((await town.history()).events)


async def test_a_fact_that_comes_alone_costs_five_events(town: Town) -> None:
    await planned(town)
    costs = {}
    for kind, who, data in (
        ("contact.made", "desk", {}),
        ("plan.approved", CONFERENCE, {}),
        ("person.unreachable", CENTRE, {}),
        ("consent.given", "desk", {}),
    ):
        before = await events(town)
        await town.tells(kind, who, town.case_id, **data)
        costs[kind] = await events(town) - before
    # An approval begins a stage, and what it offers is written in a moment of its own.
    assert costs == {
        "contact.made": ALONE,
        "plan.approved": ALONE + 1,
        "person.unreachable": ALONE,
        "consent.given": ALONE,
    }


async def test_a_person_s_action_costs_eleven_events_since_it_is_in_history_before_it_is_written(town: Town) -> None:
    await planned(town)
    before = await events(town)
    await town.acts("contact.made")
    # The task that accepts it, the activity, and the task that answers: three each; accepted; completed.
    assert await events(town) - before == 11


async def test_three_lines_accepted_at_once_are_in_service_within_thirty_events(town: Town) -> None:
    await approved(town, *THREE)
    offers = [await town.offer(line) for line in (1, 2, 3)]
    await town.tell_together(*(("referral.accepted", provider, offer, {}) for offer, provider in offers))
    assert {line.visit != "" for line in (await town.state()).lines.values()} == {True}
    assert await events(town) <= 30


async def test_a_decline_of_each_line_costs_five_more(town: Town) -> None:
    await approved(town, *THREE)
    for word in ("referral.declined", "referral.accepted"):
        offers = [await town.offer(line) for line in (1, 2, 3)]
        await town.tell_together(*((word, provider, offer, {}) for offer, provider in offers))
    assert await events(town) <= 35


async def test_answers_that_come_one_by_one_cost_the_same_each(town: Town) -> None:
    await approved(town, MEALS)
    before = await events(town)
    await declines(town)
    between = await events(town)
    await accepts(town)
    assert between - before <= ALONE + 1
    assert await events(town) - between <= ALONE + 1
