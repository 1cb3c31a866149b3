import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.engine import SessionSettings, connect
from handoff.store.record import cases
from handoff.store.record.unit_of_work import CaseRows, RowsWanted
from tests.store.databases import create, migrated


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan's steps, those below them too."""
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


async def explained(conn: AsyncConnection, statement: str, values: Any) -> list[dict[str, Any]]:
    """How PostgreSQL goes about it."""
    [(answer,)] = (await conn.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values)).all()
    [plan] = json.loads(answer) if isinstance(answer, str) else answer
    return list(nodes(plan["Plan"]))


def assert_found_by_index(steps: list[dict[str, Any]]) -> None:
    """Nothing is looked for among all rows of a table, or of an index."""
    scans = [step for step in steps if step["Node Type"] in ("Index Scan", "Bitmap Index Scan", "Index Only Scan")]
    assert scans
    assert all("Index Cond" in scan for scan in scans), [scan for scan in scans if "Index Cond" not in scan]
    assert not [step for step in steps if step["Node Type"] == "Seq Scan"]


@pytest.mark.parametrize("what", ["everything", "who told of it", "who was told"])
async def test_what_is_read_of_a_case_is_found_by_the_case_however_many_others_there_are(
    postgres_url: str, what: str
) -> None:
    url = await create(postgres_url, f"found_{what.replace(' ', '_')}", like=await migrated(postgres_url))
    engine = connect(url, session=SessionSettings(plan_once=True))
    asked: list[tuple[str, Any]] = []
    event.listen(
        engine.sync_engine,
        "before_cursor_execute",
        lambda _c, _u, statement, values, *_: asked.append((statement, values)),
    )
    async with engine.begin() as conn:
        if what == "everything":
            await CaseRows(conn, "C1", RowsWanted(["case_screened:1"], [1], ["C1.1"])).read()
        elif what == "who told of it":
            await cases.senders(conn, "C1")
        else:
            await cases.sent(conn, "C1")
        [(statement, values)] = asked
        steps = await explained(conn, statement, values)
    await engine.dispose()
    assert_found_by_index(steps)
