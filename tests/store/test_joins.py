"""A join touches the rows of its cases and persons alone, however many others there are."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store import joins
from handoff.store.engine import SessionSettings, connect
from handoff.store.record.visits import Visits
from tests.store.databases import create, migrated
from tests.store.test_unit_of_work import explained

NOW = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
_FILLED = (
    "INSERT INTO persons (person_id, created_at) SELECT 'P' || number, now() FROM generate_series(1, 20000) AS number",
    """
    INSERT INTO cases (case_id, person_id, profile, profile_version, stage, facility, opened_at)
    SELECT 'C' || number, 'P' || number, 'small', 1, 'services', 'gm-hospital', now()
    FROM generate_series(1, 20000) AS number
    """,
    """
    INSERT INTO case_joins (case_id, into_case_id, person_id, into_person_id, who, joined_at)
    SELECT 'C' || number, 'C' || number + 1, 'P' || number, 'P' || number + 1, 'kim', now()
    FROM generate_series(1, 40, 2) AS number
    """,
    "UPDATE cases SET joined_into = into_case_id FROM case_joins AS j WHERE j.case_id = cases.case_id",
    "UPDATE persons SET merged_into = into_person_id FROM case_joins AS j WHERE j.person_id = persons.person_id",
    *(f"ANALYZE {table}" for table in ("persons", "cases", "case_joins")),
)
ASKED: dict[str, Callable[[AsyncConnection], Awaitable[Any]]] = {
    "join": lambda conn: joins.add(conn, joins.CaseJoin("C101", "C102", "P101", "P102", "kim", NOW)),
    "undo": lambda conn: joins.undo(conn, "C1", "kim", NOW),
    "support": lambda conn: Visits(conn, ()).first_completed("C2"),
}


@pytest.mark.parametrize("name", ASKED)
async def test_what_a_join_reads_and_writes_is_found_by_index(postgres_url: str, name: str) -> None:
    url = await create(postgres_url, f"joins_{name}", like=await migrated(postgres_url))
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
        await ASKED[name](conn)
        statements = [one for one in asked if "INSERT" not in one[0]]
        steps = [step for statement, values in statements for step in await explained(conn, statement, values)]
    await engine.dispose()
    scanned = {step["Relation Name"] for step in steps if step["Node Type"] == "Seq Scan"}
    assert scanned <= {"case_joins", "visits"}  # which are small here


async def test_only_rows_that_change_are_written(postgres_url: str) -> None:
    engine = connect(await create(postgres_url, "joins_written", like=await migrated(postgres_url)))
    async with engine.begin() as conn:
        for statement in _FILLED:
            await conn.exec_driver_sql(statement)
    async with engine.begin() as conn:
        written = list[int]()
        event.listen(engine.sync_engine, "after_cursor_execute", lambda _c, cursor, *_: written.append(cursor.rowcount))
        await joins.add(conn, joins.CaseJoin("C2", "C102", "P2", "P102", "kim", NOW))
    async with engine.connect() as conn:
        roots = (await conn.exec_driver_sql("SELECT case_id FROM cases WHERE joined_into = 'C102'")).scalars().all()
    await engine.dispose()
    assert sorted(roots) == ["C1", "C2"]  # C1 was joined into C2 before
    assert written[1:3] == [2, 2]  # cases, and persons
