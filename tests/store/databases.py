"""A fresh, migrated database for a test: copied from one that was migrated once, so it costs some 30 ms."""

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from handoff.store.engine import SessionSettings, connect
from handoff.store.migrations import migrate
from workers.embedded.postgres import Postgres, as_superuser


async def tests_may_make_roles(server: Postgres) -> None:
    """Let `handoff` make roles with fewer rights, and end their sessions; before the server is started."""
    await server.part().prepare()
    await as_superuser(server.folder, "ALTER ROLE handoff CREATEROLE; GRANT pg_signal_backend TO handoff;")


def url_of(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


async def create(url: str, name: str, *, like: str = "template1") -> str:
    """Make an empty copy of `like`, in place of an older one; returns its address."""
    # Without a limit: making and dropping a database each take a checkpoint, and others write.
    unhurried = connect(url, pool=1, session=SessionSettings(answers_within=None))
    admin: AsyncEngine = unhurried.execution_options(isolation_level="AUTOCOMMIT")
    async with admin.connect() as conn:
        await conn.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        await conn.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{like}"'))
    await admin.dispose()
    return url_of(url, name)


async def migrated(url: str) -> str:
    """The name of a database that was migrated, to be copied; made once on each server."""
    name, server = "handoff_template", url_of(url, "")
    if server not in _MADE:
        await migrate(await create(url, name))
        _MADE.add(server)
    return name


_MADE: set[str] = set()


def forget_templates() -> None:
    """The server that held them is gone."""
    _MADE.clear()
