"""Temporal's real server on a PostgreSQL of its own: two parts, kept as the embedded stack keeps its own."""

import asyncio
import os
import secrets
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from handoff.repeat import again_after
from tests.cluster.binaries import Temporal
from workers.data_folder import files
from workers.data_folder.endpoints import LOOPBACK
from workers.embedded.managed_process import ManagedProcess, answers, run
from workers.embedded.ports import Ports
from workers.embedded.temporal import version

DOCKER = Path(__file__).parents[2] / "docker"
_SUPERUSER = "postgres"
_DATABASE_WITHIN = 60.0  # seconds after a kill
_SERVICES = ("FRONTEND", "HISTORY", "MATCHING", "WORKER")
_SECRETS = ("superuser", "handoff_postgres_password", "temporal_postgres_password")


@dataclass(frozen=True)
class Cluster:
    """One Temporal server and its PostgreSQL, on a folder.

    Attributes:
        folder: data, logs and secrets.
        programs: Temporal's.
        postgres: the folder of PostgreSQL's programs.
        ports: kept in the folder.
    """

    folder: Path
    programs: Temporal
    postgres: Path
    ports: Ports

    @classmethod
    def on(cls, folder: Path, programs: Temporal, postgres: Path) -> "Cluster":
        """A cluster on a folder, which is made if it is missing."""
        (folder / "secrets").mkdir(parents=True, exist_ok=True)
        (folder / "logs").mkdir(exist_ok=True)
        for name in _SECRETS:
            if not (folder / "secrets" / name).exists():
                files.write(folder / "secrets" / name, secrets.token_urlsafe(24), mode=0o600)
        return cls(folder, programs, postgres, Ports(folder / "ports.json"))

    @property
    def address(self) -> str:
        """Where Temporal's clients connect."""
        return f"{LOOPBACK}:{self.ports.of('FRONTEND_GRPC_PORT')}"

    def database(self) -> ManagedProcess:
        """PostgreSQL, with the roles and databases that compose gives it."""
        port = self.ports.of("postgres")
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(port),
            "unix_socket_directories": "",
            "max_connections": "200",
        }
        return ManagedProcess(
            name="postgres",
            command=[
                str(self.postgres / "postgres"),
                "-D",
                str(self.folder / "postgres"),
                *(f"--{name}={value}" for name, value in settings.items()),
            ],
            log=self.folder / "logs" / "postgres.log",
            port=port,
            ready=lambda: answers(port),
            prepare=self._make_database,
            settle=self._make_usable,
            stop_signal=signal.SIGINT,
            as_nobody=True,
        )

    def server(self) -> ManagedProcess:
        """Temporal's server with all its services; it waits for its database, whatever was killed."""
        port = self.ports.of("FRONTEND_GRPC_PORT")
        return ManagedProcess(
            name="temporal",
            command=[str(self.programs.server), "start"],
            log=self.folder / "logs" / "temporal.log",
            port=port,
            env=self._settings(),
            ready=lambda: answers(port),
            prepare=self._database_answers,
            settle=self._answers,
        )

    async def postgres_version(self) -> str:
        """What PostgreSQL says of itself."""
        return await self._asked("SHOW server_version")

    async def carried(self) -> str:
        """What Temporal's database holds, in words: proof of where the workflows ran."""
        cases = await self._asked("SELECT count(*) FROM current_executions WHERE workflow_id NOT LIKE 'temporal-%'")
        shards = await self._asked("SELECT count(DISTINCT shard_id) FROM current_executions")
        of_all = await self._asked("SELECT count(*) FROM shards")
        return f"in its database: {cases} workflows, on {shards} of {of_all} history shards"

    async def _asked(self, question: str) -> str:
        connection = await self._connected("temporal", "temporal_postgres_password", "temporal")
        try:
            return str(await connection.fetchval(question))
        finally:
            await connection.close()

    def _settings(self) -> dict[str, str]:
        """Those of compose, and what differs here: loopback, and ports that are free."""
        names = [f"{service}_{kind}_PORT" for service in _SERVICES for kind in ("GRPC", "MEMBERSHIP")]
        return {
            **env_file(DOCKER / "temporal" / "server.env"),
            **{name: str(self.ports.of(name)) for name in (*names, "FRONTEND_HTTP_PORT")},
            "BIND_ON_IP": LOOPBACK,
            "POSTGRES_SEEDS": LOOPBACK,
            "DB_PORT": str(self.ports.of("postgres")),
            "POSTGRES_PWD": self._secret("temporal_postgres_password"),
            "DYNAMIC_CONFIG_FILE_PATH": str(DOCKER / "temporal" / "dynamic.yaml"),
        }

    async def _make_database(self) -> None:
        """Make it beside its place and move it there, so that half a database never lies there."""
        place, draft = self.folder / "postgres", self.folder / "postgres-new"
        if place.exists():
            return
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        password = self.folder / "secrets" / "superuser"
        if os.geteuid() == 0:
            shutil.chown(draft, "nobody")
        options = ["--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256", f"--username={_SUPERUSER}"]
        initdb = [str(self.postgres / "initdb"), "-D", str(draft), f"--pwfile={password}", *options]
        await run(initdb, as_nobody=True)
        draft.replace(place)

    async def _make_usable(self) -> None:
        """What compose's scripts make: roles and databases once, schemas of the server's version."""
        connection = await self._connected(_SUPERUSER, "superuser", "postgres")
        try:
            made = await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = 'temporal_visibility'")
        finally:
            await connection.close()
        if not made:
            await run(["/bin/sh", str(DOCKER / "postgres" / "roles.sh")], env=self._psql())
        await run(["/bin/sh", str(DOCKER / "temporal" / "schema.sh")], env=self._sql_tool())

    async def _database_answers(self) -> None:
        """A server that starts without its database ends at once, and is given up after five times."""
        async with asyncio.timeout(_DATABASE_WITHIN):
            await again_after(0.2)((OSError, asyncpg.PostgresError), self._looked_into)

    async def _looked_into(self) -> None:
        await (await self._connected("temporal", "temporal_postgres_password", "temporal")).close()

    async def _answers(self) -> None:
        await version(self.address)

    def _psql(self) -> dict[str, str]:
        return {
            "SECRETS": str(self.folder / "secrets"),
            "PGHOST": LOOPBACK,
            "PGPORT": str(self.ports.of("postgres")),
            "PGUSER": _SUPERUSER,
            "PGPASSWORD": self._secret("superuser"),
            "PATH": f"{self.postgres}:{os.environ['PATH']}",
        }

    def _sql_tool(self) -> dict[str, str]:
        return {
            "SQL_TOOL": str(self.programs.sql),
            "SQL_HOST": LOOPBACK,
            "SQL_PORT": str(self.ports.of("postgres")),
            "SQL_USER": "temporal",
            "SQL_PASSWORD_FILE": str(self.folder / "secrets" / "temporal_postgres_password"),
        }

    def _secret(self, name: str) -> str:
        return (self.folder / "secrets" / name).read_text()

    async def _connected(self, user: str, secret: str, database: str) -> "asyncpg.Connection":
        return await asyncpg.connect(
            host=LOOPBACK,
            port=self.ports.of("postgres"),
            user=user,
            password=self._secret(secret),
            database=database,
            timeout=5,
        )


def env_file(path: Path) -> dict[str, str]:
    """What an environment file for compose sets."""
    lines = (line for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)
