import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.engine import connect
from handoff.store.migrations import migrate
from handoff.store.tables import metadata
from tests.store.databases import create

CATALOGUE = """
SELECT 'column', table_name::text, column_name::text,
       concat_ws(' ', data_type, is_nullable, column_default, is_identity)
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'index', tablename::text, indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public'
"""


async def catalogue(conn: AsyncConnection) -> set[tuple[str, ...]]:
    return {tuple(row) for row in await conn.execute(text(CATALOGUE)) if row[1] != "alembic_version"}


async def test_a_migrated_database_has_the_tables_that_the_code_knows(postgres_url: str) -> None:
    migrated, made = await create(postgres_url, "migrated"), await create(postgres_url, "made")
    await migrate(migrated)
    ours, theirs = connect(migrated), connect(made)
    async with theirs.begin() as conn:
        await conn.run_sync(metadata.create_all)
        wanted = await catalogue(conn)
    async with ours.connect() as conn:
        found = await catalogue(conn)
    await ours.dispose()
    await theirs.dispose()
    assert found == wanted
    assert any(kind == "constraint" and "reserved" in text_ for kind, _, _, text_ in found)


async def test_two_processes_that_migrate_at_once_both_end_well(postgres_url: str) -> None:
    url = await create(postgres_url, "migrated_twice")
    await asyncio.gather(migrate(url), migrate(url), migrate(url))
