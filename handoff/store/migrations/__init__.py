"""Brings a database to the tables of this version; run by `handoff migrate` and before anything else starts."""

from dataclasses import dataclass
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.engine import SessionSettings, connect

_LOCK = 7_305_912_044  # any number: two processes that migrate at once go one after the other


class NewerDatabaseError(Exception):
    """The database was brought to tables that this version does not know; nothing was changed."""


@dataclass(frozen=True)
class Revisions:
    """Where a database stands.

    Attributes:
        found: its revision; "" if it has no tables yet.
        wanted: this version's.
        missing: revisions between, in the order in which they would run.
        newer: whether its revision is none of ours: a newer version made it.
    """

    found: str
    wanted: str
    missing: tuple[str, ...]
    newer: bool


async def migrate(url: str) -> None:
    """Upgrade the database at `url` to the newest revision; does nothing when it is there already.

    Raises:
        NewerDatabaseError: a newer version of the product has migrated it; nothing was changed.
        sqlalchemy.exc.SQLAlchemyError: PostgreSQL cannot be reached or refuses.
    """
    engine = connect(url, pool=1, session=SessionSettings(answers_within=None))
    try:
        async with engine.begin() as conn:
            await conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            await conn.run_sync(_upgrade)
    finally:
        await engine.dispose()


async def revisions(conn: AsyncConnection) -> Revisions:
    """Where this database stands; nothing is changed."""
    return await conn.run_sync(_revisions)


def config(conn: Connection) -> Config:
    """Alembic's settings for these migrations over an open connection."""
    settings = Config()
    settings.set_main_option("script_location", str(files("handoff.store.migrations")))
    settings.attributes["connection"] = conn
    return settings


def _revisions(conn: Connection) -> Revisions:
    ours = ScriptDirectory.from_config(config(conn))
    found = MigrationContext.configure(conn).get_current_revision() or ""
    known = [each.revision for each in ours.walk_revisions()]  # newest first
    if found and found not in known:
        return Revisions(found, known[0], (), newer=True)
    missing = known[: known.index(found)] if found else known
    return Revisions(found, known[0], tuple(reversed(missing)), newer=False)


def _upgrade(conn: Connection) -> None:
    stands = _revisions(conn)
    if stands.newer:
        raise NewerDatabaseError(
            f"The database is of a newer version (its revision {stands.found} is not known here, ours is "
            f"{stands.wanted}); nothing was changed: run that version or a newer one, or restore the backup."
        )
    command.upgrade(config(conn), "head")
