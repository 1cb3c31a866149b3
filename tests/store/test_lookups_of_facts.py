from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.engine import SessionSettings, connect
from handoff.store.intake import doors, facts, kept_notices
from tests.store.databases import create, migrated
from tests.store.test_unit_of_work import assert_found_by_index, explained

# As in a municipality of some size: most facts are numbered or have ended, and some wait to be found by digests.
_FILLED = (
    """
    INSERT INTO facts (sender, message_id, content_hash, kind, state, occurred_at, known_at, reference_digest)
    SELECT 'gm-hospital', 'm' || number, sha256(number::text::bytea), 'discharge.notified',
        (ARRAY['dropped', 'numbered', 'numbered', 'early', 'held', 'at-door'])[1 + number % 6],
        now(), now(), sha256(('reference' || number)::bytea)
    FROM generate_series(1, 30000) AS number
    """,
    """
    INSERT INTO fact_index (fact_id, digest)
    SELECT fact_id, sha256(('person' || fact_id)::bytea) FROM facts WHERE state IN ('early', 'held', 'at-door')
    """,
    "ANALYZE facts",
    "ANALYZE fact_index",
)
DIGESTS = [bytes([number]) * 32 for number in range(200)]
NAMES = {("gm-hospital", f"m{number}", digest) for number, digest in enumerate(DIGESTS)}
LOOK_UPS: dict[str, Callable[[AsyncConnection], Awaitable[Any]]] = {
    "seen": lambda conn: facts.seen(conn, NAMES),
    "early": lambda conn: facts.early(conn, DIGESTS, DIGESTS),
    "at_door": lambda conn: doors.about(conn, DIGESTS, DIGESTS),
    "kept": lambda conn: kept_notices.about(conn, DIGESTS),
    "answered": lambda conn: doors.answers(conn, {("gm-hospital", "m1")}),
}


@pytest.mark.parametrize("name", LOOK_UPS)
async def test_a_batch_finds_its_facts_by_what_they_name_however_many_others_wait(postgres_url: str, name: str) -> None:
    url = await create(postgres_url, f"lookup_{name}", like=await migrated(postgres_url))
    engine = connect(url, session=SessionSettings(plan_once=True))
    async with engine.begin() as conn:
        for statement in _FILLED:
            await conn.exec_driver_sql(statement)
    asked: list[tuple[str, Any]] = []
    event.listen(
        engine.sync_engine,
        "before_cursor_execute",
        lambda _c, _u, statement, values, *_: asked.append((statement, values)),
    )
    async with engine.begin() as conn:
        await LOOK_UPS[name](conn)
        [(statement, values)] = asked
        steps = await explained(conn, statement, values)
    await engine.dispose()
    assert_found_by_index(steps)
