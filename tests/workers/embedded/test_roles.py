"""The embedded PostgreSQL: the password of `handoff` opens its database, and nothing else of the machine."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import NamedTemporaryFile

import asyncpg
import psutil
import pytest

from handoff.store.migrations import migrate
from workers.embedded.managed_process import StepFailedError, launched, run
from workers.embedded.ports import Ports
from workers.embedded.postgres import Postgres, binary
from workers.embedded.supervisor import Supervisor

DAC_READ_SEARCH = 1 << 2


def a_server(folder: Path) -> Postgres:
    return Postgres(folder / "postgres", Ports(folder / "ports.json").of("postgres"), "secret", folder / "log")


async def former(server: Postgres) -> None:
    """A server as former builds made it: by the role `handoff`, with its database and tables."""
    server.folder.mkdir(mode=0o700)
    with NamedTemporaryFile("w", dir=server.folder.parent) as password:
        password.write(server.password)
        password.flush()
        if os.geteuid() == 0:
            shutil.chown(server.folder, "nobody")
            shutil.chown(password.name, "nobody")
        options = ["--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256", f"--pwfile={password.name}"]
        await run([str(binary("initdb")), "-D", str(server.folder), *options, "--username=handoff"], as_nobody=True)
    (server.folder / "handoff-roles").write_text("not looked at yet")
    keeper = Supervisor(server.part(), lambda _: None)
    await keeper.start()
    await migrate(server.url)
    await asked(server, "INSERT INTO persons (person_id, created_at) VALUES ('P1', now())")
    await keeper.stop()
    (server.folder / "handoff-roles").unlink()


async def asked(server: Postgres, statement: str) -> object:
    connection = await asyncpg.connect(server.url.replace("+asyncpg", ""), timeout=5)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


@pytest.fixture(params=["new", "of a former build"])
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Postgres]:
    made = a_server(tmp_path)
    if request.param == "of a former build":
        await former(made)
    keeper = Supervisor(made.part(), lambda _: None)
    await keeper.start()
    await migrate(made.url)
    yield made
    await keeper.stop()


async def test_the_role_is_no_superuser_and_reads_no_file(server: Postgres) -> None:
    assert await asked(server, "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user") is False
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asked(server, "SELECT pg_read_file('/etc/hostname')")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asked(server, "COPY persons TO PROGRAM 'cat'")


async def test_nobody_signs_in_as_the_superuser(server: Postgres) -> None:
    url = server.url.replace("+asyncpg", "").replace("//handoff:", "//postgres:")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(url, timeout=5)


async def test_the_tables_are_the_roles_own(server: Postgres) -> None:
    await asked(server, "ALTER TABLE persons ADD COLUMN another integer")
    await asked(server, "CREATE TABLE of_its_own (number integer GENERATED ALWAYS AS IDENTITY)")
    assert await asked(server, "SELECT setval(pg_get_serial_sequence('facts', 'fact_id'), 7)") == 7
    assert await asked(server, "SELECT system_identifier IS NOT NULL FROM pg_control_system()") is True


async def test_what_a_former_build_kept_is_kept(tmp_path: Path) -> None:
    made = a_server(tmp_path)
    await former(made)
    for _ in range(2):
        keeper = Supervisor(made.part(), lambda _: None)
        await keeper.start()
        assert await asked(made, "SELECT person_id FROM persons") == "P1"
        await keeper.stop()


async def test_the_server_has_of_roots_rights_at_most_the_one_to_read(tmp_path: Path) -> None:
    made = a_server(tmp_path)
    keeper = Supervisor(made.part(), lambda _: None)
    await keeper.start()
    assert keeper.pid
    connection = await asyncpg.connect(made.url.replace("+asyncpg", ""), timeout=5)
    backend = await connection.fetchval("SELECT pg_backend_pid()")
    for pid in (keeper.pid, backend):
        said = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        held = {int(said[name], 16) for name in ("CapPrm", "CapEff", "CapInh", "CapAmb")}
        assert all(each & ~DAC_READ_SEARCH == 0 for each in held)
        assert psutil.Process(pid).uids().real != 0
    await connection.close()
    await keeper.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives root up")
async def test_a_folder_that_is_closed_to_everybody_is_no_matter(tmp_path: Path) -> None:
    closed = tmp_path / "닫힌 폴더"
    closed.mkdir(mode=0o700)
    keeper = Supervisor(a_server(closed).part(), lambda _: None)
    await keeper.start()
    await keeper.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives root up")
async def test_a_container_without_the_right_to_pass_says_what_to_do(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "data").mkdir()
    without = "import os, ctypes, sys; ctypes.CDLL(None).prctl(24, 2, 0, 0, 0); os.execv(sys.argv[1], sys.argv[1:])"
    command = launched(["/bin/true", "-D", str(closed / "data")], as_nobody=True)
    parent = command.index(str(os.getpid()))
    shell = " ".join([*command[:parent], '"$$"', *command[parent + 1 :]])
    with pytest.raises(StepFailedError, match="chmod 711"):
        await run([command[0], "-c", without, "/bin/sh", "-c", f"{shell}; exit $?"])
