"""Fills in the look-up terms of people who were stored by an earlier build, when the scheme of terms has changed.

The terms are keyed digests of a sealed identity, so no migration can make them. Each person's row has the number of the
scheme that it is indexed by: that is the progress. The work may be stopped at any moment, goes on where it stopped, and
writes nothing once all are done. Intake may run meanwhile, also that of an earlier build.
"""

import asyncio
import sys
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handoff.rules import identity
from handoff.store.bulk import RowsToWrite, among, insert
from handoff.store.engine import connect
from handoff.store.migrations import migrate
from handoff.store.persons import PURPOSE, from_json, terms
from handoff.store.tables import person_index, persons
from handoff.store.vault import Vault

BATCH = 500  # people in one transaction: some 50 ms
_SILENT = timedelta(seconds=2).total_seconds()  # before progress is told
_PAUSE = 0.2  # seconds until people whom intake has locked are tried again
_MISSING = persons.c.scheme < identity.SCHEME, persons.c.key_sealed.is_not(None)
Say = Callable[[str], object]


def on_stderr(line: str) -> None:
    """Print a line of progress beside a command's output."""
    sys.stderr.write(f"{line}\n")


async def bring_up_to_date(url: str, vault: Callable[[], Vault], say: Say = on_stderr) -> None:
    """Migrate the database at `url`, and index its people by the present scheme. `vault`: asked if somebody lacks one.

    Raises:
        NewerDatabaseError: a newer version has migrated it; nothing was changed.
        SealBrokenError: the vault has another key than the database; nobody was indexed.
        sqlalchemy.exc.SQLAlchemyError: PostgreSQL cannot be reached or refuses.
    """
    await migrate(url)
    engine = connect(url, pool=1)
    try:
        async with engine.connect() as conn:
            lacking = await missing(conn)
        if lacking:
            await fill_in(engine, vault(), say)
    finally:
        await engine.dispose()


async def missing(conn: AsyncConnection) -> int:
    """How many people are not found yet by all that they can be found by. Erased persons have no terms."""
    return int((await conn.execute(select(func.count()).select_from(persons).where(*_MISSING))).scalar_one())


async def fill_in(engine: AsyncEngine, vault: Vault, say: Say = on_stderr, batch: int = BATCH) -> int:
    """Index all people by the present scheme. Returns how many lacked terms.

    Args:
        engine: of a migrated database.
        vault: has the key of the digests.
        say: prints a line of progress, if it takes longer than two seconds.
        batch: people in one transaction.
    """
    done, told_at = 0, monotonic()
    while True:
        async with engine.begin() as conn:
            filled = await _batch(conn, vault, batch)
        done += filled
        if not filled:
            async with engine.connect() as conn:
                left = await missing(conn)
            if not left:
                return done
            await asyncio.sleep(_PAUSE)
        if monotonic() - told_at > _SILENT:
            told_at = monotonic()
            async with engine.connect() as conn:
                say(f"filling in the look-ups of people: {done} done, {await missing(conn)} left")


async def _batch(conn: AsyncConnection, vault: Vault, batch: int) -> int:
    """Index the next people. Those whom another transaction has locked are passed over: so nobody waits in a circle."""
    chosen = select(persons.c.person_id, persons.c.key_sealed, persons.c.identity_sealed).where(*_MISSING)
    locked = chosen.order_by(persons.c.person_id).limit(batch).with_for_update(key_share=True, skip_locked=True)
    rows = (await conn.execute(locked)).all()
    if not rows:
        return 0
    index = []
    for row in rows:
        person = from_json(vault.key(row.person_id, row.key_sealed).open(PURPOSE, row.identity_sealed))
        found_by = terms(vault, identity.index_terms(person, ""))
        index += [{"person_id": row.person_id, "kind": kind, "digest": digest} for kind, digest in sorted(found_by)]
    await insert(conn, RowsToWrite(person_index, index, "once"))
    ids = [row.person_id for row in rows]
    await conn.execute(update(persons).where(among(persons.c.person_id, ids)).values(scheme=identity.SCHEME))
    return len(rows)
