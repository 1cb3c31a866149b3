"""A data folder whose Temporal and PostgreSQL are a cluster's, as its settings say: what a test needs to run on one."""

import os
from pathlib import Path

import asyncpg

from workers.data_folder import files
from workers.data_folder.endpoints import LOOPBACK
from workers.embedded.ports import Ports

TEMPORAL_FOLDER = "HANDOFF_TEST_TEMPORAL"  # the variable that names a cluster's folder to the tests


def cluster() -> Path | None:
    """The folder of the cluster that the tests are to run on; None: on the embedded servers."""
    folder = os.environ.get(TEMPORAL_FOLDER)
    return Path(folder) if folder else None


async def settle(data: Path, on: Path) -> None:
    """Give a data folder a namespace and a database of its own on a cluster, by its `settings.toml`."""
    ports = Ports(on / "ports.json")
    name = f"{data.name.replace('-', '_').lower()}_{os.getpid()}"
    url = f"{LOOPBACK}:{ports.of('postgres')}"
    superuser = await asyncpg.connect(f"postgresql://postgres:{_secret(on, 'superuser')}@{url}/postgres", timeout=5)
    try:
        await superuser.execute(f'CREATE DATABASE "{name}" OWNER handoff')
    finally:
        await superuser.close()
    settings = {
        "temporal_address": f"{LOOPBACK}:{ports.of('FRONTEND_GRPC_PORT')}",
        "temporal_namespace": name,
        "postgres_url": f"postgresql+asyncpg://handoff:{_secret(on, 'handoff_postgres_password')}@{url}/{name}",
    }
    lines = "".join(f'{key} = "{value}"\n' for key, value in settings.items())
    files.write(data / "settings.toml", lines, mode=0o600)


def _secret(on: Path, name: str) -> str:
    return (on / "secrets" / name).read_text()
