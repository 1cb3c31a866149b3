"""The twin keeps what PostgreSQL keeps, and refuses what PostgreSQL refuses."""

import asyncio
import itertools
import json
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.lives import sql
from tests.lives.life import Life
from tests.lives.product import METADATA, Activities, connect
from tests.lives.twin import RefusedByTwinError, Twin
from tests.store.databases import create, migrated

# Drawn at random, or counted also where nothing is written.
APART = {"outbox": {"outbox_id", "payload_sealed"}}
TABLES = [name for name in METADATA.tables if name not in ("persons", "facts", "restores")]
_NUMBERS = itertools.count()


class Mirrored(Twin):
    """A twin beside a database: what intake and operators write is written to both."""

    def __init__(self, engine: AsyncEngine, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._engine, self._loop = engine, loop

    def put(self, table: str, **columns: Any) -> dict[str, Any]:
        row = super().put(table, **columns)
        self._also(insert(METADATA.tables[table]).values(**row))
        return row

    def change(self, table: str, key: tuple[Any, ...], **columns: Any) -> None:
        super().change(table, key, **columns)
        form = METADATA.tables[table]
        named = zip(form.primary_key.columns, key, strict=True)
        self._also(update(form).where(*(column == value for column, value in named)).values(**columns))

    def _also(self, statement: Any) -> None:
        async def written() -> None:
            async with self._engine.begin() as conn:
                await conn.execute(statement)

        self._loop.run_until_complete(written())

    def kept(self, table: str) -> list[dict[str, Any]]:
        """What the database has in a table."""

        async def read() -> list[dict[str, Any]]:
            async with self._engine.connect() as conn:
                return [dict(row._mapping) for row in await conn.execute(select(METADATA.tables[table]))]  # noqa: SLF001 - SQLAlchemy's public name

        return self._loop.run_until_complete(read())


@pytest.fixture
async def database(postgres_url: str) -> str:
    return await create(postgres_url, f"lives_{next(_NUMBERS)}", like=await migrated(postgres_url))


@pytest.mark.parametrize("seed", [6, 8])
def test_a_life_leaves_the_same_rows_in_the_twin_and_in_postgresql(seed: int, database: str) -> None:
    with asyncio.Runner() as runner:
        loop, engine = runner.get_loop(), connect(database)
        try:
            _on_both(Life(seed, loop, twin=Mirrored(engine, loop)), engine)
        finally:
            loop.run_until_complete(engine.dispose())


def _on_both(life: Life, engine: AsyncEngine) -> None:
    on_twin, twin = life.driver.carried_out, life.twin
    on_postgres = Activities(engine, life.profile, lambda: life.driver.now, life.loop).carried_out

    def on_both(name: str, arguments: Sequence[Any]) -> Any:
        answer = on_twin(name, arguments)
        assert _in_order(json.loads(on_postgres(name, arguments).data)) == _in_order(json.loads(answer.data))
        return answer

    life.driver.carried_out = on_both
    life.live()
    life.driver.close()
    assert isinstance(twin, Mirrored)
    assert len(twin.rows("timeline")) > 20
    for table in TABLES:
        assert _sorted(table, twin.opened(table)) == _sorted(table, twin.kept(table)), table


def _in_order(value: Any) -> Any:
    """Clocks are read without an order, so that PostgreSQL may give what ended together in any."""
    if isinstance(value, dict):
        dues = {"dues": sorted(value["dues"], key=lambda due: str(due["name"]))} if "dues" in value else {}
        return {**value, **dues}
    return [_in_order(each) for each in value] if isinstance(value, list) else value


def _sorted(table: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept = [{name: _in_order(value) for name, value in row.items() if name not in APART.get(table, ())} for row in rows]
    key = "event_id" if table == "outbox" else None
    names = [key] if key else [column.name for column in METADATA.tables[table].primary_key.columns]
    return sorted(kept, key=lambda row: tuple(row[name] for name in names))


def booked(twin: Twin, **columns: Any) -> None:
    twin.put("provider_capacities", provider="gm-meals-01", **columns)


def test_the_twin_refuses_a_second_row_under_one_key_and_what_a_check_forbids() -> None:
    twin = Twin()
    booked(twin, capacity=3, reserved=3)
    with pytest.raises(RefusedByTwinError, match="twice"):
        booked(twin, capacity=3)
    with pytest.raises(RefusedByTwinError, match="check"):
        twin.change("provider_capacities", ("gm-meals-01",), reserved=4)


def test_sql_that_the_twin_does_not_know_is_refused() -> None:
    with pytest.raises(sql.UnknownSqlError):
        Twin().run("DELETE FROM cases", ())
    with pytest.raises(sql.UnknownSqlError):
        Twin().run("SELECT count(*) FROM cases", ())
