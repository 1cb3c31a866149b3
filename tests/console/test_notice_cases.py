"""How far a demonstration has come: what it waits for before it counts."""

from handoff.store import tables
from handoff.store.queries.notice_cases import NoticeProgress, progress
from tests.workflows.story import served
from tests.workflows.town import CENTRE, Town


async def test_a_case_past_its_check_is_ripe_unless_the_person_is_in_hospital_again(town: Town) -> None:
    await served(town)
    await town.until((await town.clock("check:day-3")).due_at)
    assert await _ripe(town) == set()
    await town.tells("check.completed", CENTRE, f"{town.case_id}.day-3", result="well")
    assert await _ripe(town) == {town.case_id}
    await town.hospital_tells("admission.occurred")
    assert await _ripe(town) == set()


async def _ripe(town: Town) -> set[str]:
    named = [(row.sender, row.message_id) for row in await town.rows(tables.facts)]
    async with town.desk.engine.connect() as conn:
        now: NoticeProgress = await progress(conn, named)
    assert now.ripe | now.open == {town.case_id}
    return set(now.ripe)
