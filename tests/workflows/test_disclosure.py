"""Access to a person's data is restricted while the case is open: nobody else is told before a person answers."""

import pytest

from handoff.store import tables
from handoff.vocabulary.states import Interruption
from tests.workflows.story import accepts, approved, assessed, declines, served
from tests.workflows.town import CENTRE, MEALS, SAFETY, Town


async def answered(town: Town) -> None:
    task = next(row for row in await town.rows(tables.tasks) if row.kind == "confirm-restriction")
    await town.acts("task.settled", task.task_id, code="confirm-restriction")


async def told_of(town: Town) -> set[str]:
    """The providers and assessors that got a letter with the person's name."""
    async with town.desk.engine.connect() as conn:
        rows = await conn.execute(tables.outbox.select().where(tables.outbox.c.lane == town.case_id))
        return {row.receiver for row in rows if row.kind in ("referral.offered", "assessment.requested")}


@pytest.mark.history("access-restricted")
async def test_a_correction_with_the_flag_moves_the_date_and_no_further_provider_is_told(town: Town) -> None:
    await approved(town, MEALS, SAFETY)
    meals = await accepts(town, 1)
    informed = await told_of(town)
    await town.hospital_tells("discharge.corrected", at=-1, who=town.somebody(protected=True))
    await declines(town, 2)
    assert (await town.state()).interruption == Interruption.ACCESS_RESTRICTED
    assert "confirm-restriction" in await town.open_tasks()
    assert await told_of(town) == informed
    assert (await town.line(2)).state == "planned"
    assert (await town.visit(1)).provider == meals
    await answered(town)
    assert (await town.state()).interruption is None
    assert (await town.referrals(2))[-1].state == "requested"
    assert await told_of(town) > informed


@pytest.mark.parametrize("kind", ["discharge.notified", "discharge.corrected", "disclosure.restricted"])
async def test_before_consent_the_centre_is_asked_only_after_the_answer(town: Town, kind: str) -> None:
    await town.hospital_tells(consent=None)
    await town.hospital_tells(kind, consent=None, who=town.somebody(protected=True))
    await town.acts("consent.given")
    assert await town.letters(CENTRE) == []
    await answered(town)
    assert await town.letters(CENTRE) == ["assessment.requested"]


async def test_a_flag_in_every_message_is_asked_about_once(town: Town) -> None:
    await assessed(town)
    await town.hospital_tells("discharge.corrected", at=-1, who=town.somebody(protected=True))
    await answered(town)
    await town.hospital_tells("discharge.corrected", at=-2, who=town.somebody(protected=True))
    assert (await town.state()).interruption is None
    assert "confirm-restriction" not in await town.open_tasks()


async def test_a_restriction_outlasts_a_chapter(town: Town) -> None:
    town.chapter_events = 15
    await served(town)
    await town.hospital_tells("disclosure.restricted")
    for _ in range(8):
        await town.acts("contact.failed")
    assert (await town.state()).restricted
    await answered(town)
    assert not (await town.state()).restricted


async def test_a_case_may_end_while_access_is_restricted(town: Town) -> None:
    await approved(town)
    await town.hospital_tells("disclosure.restricted")
    await town.closes("outcome-guided-elsewhere")
    assert await town.ended() == "outcome-guided-elsewhere"
    assert await town.open_tasks() == {}
