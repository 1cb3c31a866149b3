"""Migrates a database to this version's tables; `handoff migrate`, `provision` and `up` do so."""

from dataclasses import dataclass
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.engine import SessionSettings, connect

_LOCK = 7_305_912_044  # any number; two processes migrate one after the other


class NewerDatabaseError(Exception):
    """A newer version migrated the database; nothing was changed."""


@dataclass(frozen=True)
class Revisions:
    """Which revision a database has.

    Attributes:
        found: its revision; "" if it has no tables yet.
        wanted: this version's revision.
        missing: the revisions to run, in order.
        newer: whether its revision is unknown here, so a newer version made it.
    """

    found: str
    wanted: str
    missing: tuple[str, ...]
    newer: bool


async def migrate(url: str) -> None:
    """Upgrade the database at `url` to the newest revision; does nothing if it has that already.

    Raises:
        NewerDatabaseError: a newer version has migrated it; nothing was changed.
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
    """Which revision this database has; nothing is changed."""
    return await conn.run_sync(_revisions)


def config(conn: Connection) -> Config:
    """Alembic's settings for these migrations over an open connection."""
    settings = Config()
    settings.set_main_option("script_location", str(files("handoff.store.migrations")))
    settings.attributes["connection"] = conn
    return settings


def _revisions(conn: Connection) -> Revisions:
    ours = ScriptDirectory.from_config(config(conn))
    current = MigrationContext.configure(conn).get_current_revision() or ""
    names = [script.revision for script in ours.walk_revisions()]  # newest first
    if current and current not in names:
        return Revisions(current, names[0], (), newer=True)
    missing = names[: names.index(current)] if current else names
    return Revisions(current, names[0], tuple(reversed(missing)), newer=False)


def _upgrade(conn: Connection) -> None:
    stands = _revisions(conn)
    if stands.newer:
        raise NewerDatabaseError(
            f"The database is of a newer version (its revision {stands.found} is not known here, ours is "
            f"{stands.wanted}); nothing was changed: run that version or a newer one, or restore a backup."
        )
    command.upgrade(config(conn), "head")
