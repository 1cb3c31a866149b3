"""A case is about another person than the one named: what was disclosed is retracted from each recipient by name."""

import json

import pytest

from handoff.store import outbox
from handoff.store.tables import tasks
from tests.workflows.story import accepted, approved, served
from tests.workflows.town import CENTRE, GRACE, MEALS, SAFETY, Town
from workflows.client import RefusedError

WRONG = "outcome-wrong-person"


async def retracted(town: Town, receiver: str) -> list[list[str]]:
    """The letters that an institution is told to delete."""
    async with town.desk.engine.connect() as conn:
        due = await outbox.due(conn, town.desk.vault, receiver, 10_000)
    mine = [each for each in due if each.lane == town.case_id]
    named = {each.event_id: each.kind for each in mine}
    return [
        [named[letter] for letter in json.loads(each.data or b"")["letters"]]
        for each in mine
        if each.kind == "disclosure.retracted"
    ]


async def test_each_recipient_is_told_which_letters_to_delete_and_somebody_asks_whether_it_did(town: Town) -> None:
    provider = await accepted(town, MEALS)
    await town.closes(WRONG)
    assert await town.ended() == WRONG
    assert await retracted(town, provider) == [["referral.confirmed"]]
    assert await retracted(town, CENTRE) == [["assessment.requested"]]
    open_tasks = {(row.kind, row.subject) for row in await town.rows(tasks) if row.closed_at is None}
    assert open_tasks == {("retract", provider), ("retract", CENTRE)}


async def test_who_was_offered_a_line_and_did_not_learn_whom_it_is_about_has_nothing_to_delete(town: Town) -> None:
    await approved(town, MEALS)
    _, asked = await town.offer()
    await town.closes(WRONG)
    assert await retracted(town, asked) == []
    assert (await town.letters(asked))[-1] == "referral.withdrawn:other"


async def test_nothing_is_retracted_while_it_may_be_taken_back(town: Town) -> None:
    provider = await accepted(town, MEALS)
    await town.acts("case.closed", code=WRONG)
    assert await retracted(town, provider) == []
    await town.acts("case.reopened")
    await town.passes(hours=GRACE)
    assert await retracted(town, provider) == []
    assert not (await town.state()).end


async def test_a_case_of_the_wrong_person_ends_so_also_after_support_began(town: Town) -> None:
    provider = await served(town, SAFETY)
    await town.closes(WRONG)
    row = await town.record()
    assert (row.outcome, row.end_reason) == ("wrong-person", None)
    assert await retracted(town, provider) == [["referral.confirmed"]]


async def test_other_outcomes_are_refused_once_support_began(town: Town) -> None:
    await served(town, SAFETY)
    with pytest.raises(RefusedError, match="Support has begun"):
        await town.acts("case.closed", code="outcome-opened-in-error")
    with pytest.raises(RefusedError, match="--outcome"):
        await town.acts("case.closed", code="outcome-joined")
