"""People in a record that the old build wrote are found by what this build looks up, once `migrate` has run."""

from pathlib import Path

from sqlalchemy import select

from handoff.rules.identity import NAME_BIRTH
from handoff.store import look_ups
from handoff.store.tables import person_index
from tests.workers.oncall.test_old_record import restored
from workers.commands.up import migrate_database
from workers.connections import LazyConnections
from workers.oncall.provision import _database
from workers.oncall.store import store


async def said(desk: LazyConnections) -> tuple[str, str]:
    """What doctor says of the look-ups, and what to do."""
    [finding] = [finding for finding in await store(desk.settings) if finding.part == "look-ups"]
    return finding.state, finding.do


async def test_doctor_names_them_and_what_it_says_to_do_helps(tmp_path: Path, postgres_url: str) -> None:
    desk = await restored(tmp_path, postgres_url, "old_people")
    async with desk.engine.connect() as conn:
        lacking = await look_ups.missing(conn)
    assert lacking > 0
    state, do = await said(desk)
    assert (state, "handoff provision" in do) == ("warn", True)
    assert [change.says for change in await _database(desk.settings)] == [f"fill in the look-ups of {lacking} people"]
    await migrate_database(desk)
    assert await said(desk) == ("ok", "")
    assert await _database(desk.settings) == []
    async with desk.engine.connect() as conn:
        kinds = (await conn.execute(select(person_index.c.person_id).where(person_index.c.kind == NAME_BIRTH))).all()
    assert len(kinds) == lacking
    await desk.close()
