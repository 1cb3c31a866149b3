"""How we come to PostgreSQL, and every no that it may say: each is told apart, with what to do."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from handoff.store.address import Address
from handoff.store.engine import SessionSettings, connect
from tests.certificates import of_its_own
from tests.store.databases import url_of
from workers.oncall.finding import Finding
from workers.oncall.store import store
from workers.settings import Settings

SSL_REQUEST = 80877103
POOLER_TAKES = {"user", "database", "client_encoding", "application_name", "datestyle", "timezone"}  # pgbouncer's own


async def found(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Finding:
    """What the doctor says of this PostgreSQL."""
    monkeypatch.setenv("HANDOFF_POSTGRES_URL", url)
    monkeypatch.setenv("HANDOFF_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    monkeypatch.setenv("HANDOFF_TEMPORAL_ADDRESS", "127.0.0.1:1")
    return next(each for each in await store(Settings.read(folder)) if each.part == "PostgreSQL")


@asynccontextmanager
async def pooler(url: str, refuses: str = "") -> AsyncIterator[str]:
    """What pgbouncer does of a start: parameters that it does not know are refused, the rest goes to the server."""
    [(host, port)] = Address.of(url).hosts

    async def starts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        message = await _start_message(reader, writer)
        words = message[8:].rstrip(b"\0").decode().split("\0")
        unknown = (set(words[::2]) - POOLER_TAKES) | ({refuses} if refuses else set())
        if unknown:
            fields = f"SFATAL\0C08P01\0Munsupported startup parameter: {min(unknown)}\0\0".encode()
            writer.write(b"E" + (len(fields) + 4).to_bytes(4, "big") + fields)
            writer.close()
            return
        there, back = await asyncio.open_connection(host, port)
        back.write(message)
        await asyncio.gather(_pumped(reader, back), _pumped(there, writer))

    async with await asyncio.start_server(starts, "127.0.0.1", 0) as server:
        yield url.replace(f":{port}/", f":{server.sockets[0].getsockname()[1]}/")


async def _start_message(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    while True:
        size = await reader.readexactly(4)
        rest = await reader.readexactly(int.from_bytes(size, "big") - 4)
        if int.from_bytes(rest[:4], "big") != SSL_REQUEST:
            return size + rest
        writer.write(b"N")


async def _pumped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


@asynccontextmanager
async def with_a_certificate_of_its_own(folder: Path) -> AsyncIterator[str]:
    """A server that shows a certificate which nobody has signed but itself."""
    context, _ = of_its_own(folder)

    async def starts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(b"S")
        try:
            await writer.start_tls(context)
        except (OSError, ssl.SSLError):
            writer.close()

    async with await asyncio.start_server(starts, "127.0.0.1", 0) as server:
        yield f"postgresql://handoff:secret@127.0.0.1:{server.sockets[0].getsockname()[1]}/handoff"


async def test_behind_a_pooler_everything_is_said_that_a_process_says_to_its_server(postgres_url: str) -> None:
    async with pooler(postgres_url) as url:
        engine = connect(url, pool=1, name="handoff-record", session=SessionSettings(plan_once=True, lock_within=1))
        async with engine.connect() as conn:
            assert (await conn.exec_driver_sql("SHOW lock_timeout")).scalar() == "1s"
            assert (await conn.exec_driver_sql("SHOW enable_seqscan")).scalar() == "off"
        await engine.dispose()


async def test_a_pooler_that_refuses_a_parameter_is_named(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with pooler(postgres_url, refuses="application_name") as url:
        line = await found(url, tmp_path, monkeypatch)
    assert (line.state, "pooler" in line.says, "pool_mode=session" in line.do) == ("fail", True, True)


async def test_a_wrong_password_is_named(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [(_, port)] = Address.of(postgres_url).hosts
    line = await found(f"postgresql://handoff:wrong@127.0.0.1:{port}/handoff", tmp_path, monkeypatch)
    assert (line.state, line.says.startswith("refuses the password")) == ("fail", True)
    assert "HANDOFF_POSTGRES_URL" in line.do
    assert "wrong" not in line.says + line.do


async def test_a_missing_database_is_named(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = await found(url_of(postgres_url, "nowhere"), tmp_path, monkeypatch)
    assert (line.state, line.says.startswith("has no such database")) == ("fail", True)
    assert "provision" in line.do


async def test_a_role_that_may_not_come_in_is_named(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await Address.of(postgres_url).connect()
    await owner.execute("DROP DATABASE IF EXISTS closed")
    await owner.execute("CREATE DATABASE closed")
    await owner.execute("REVOKE CONNECT ON DATABASE closed FROM PUBLIC")
    await owner.execute("CREATE ROLE stranger LOGIN PASSWORD 'strange'")
    [(_, port)] = Address.of(postgres_url).hosts
    try:
        line = await found(f"postgresql://stranger:strange@127.0.0.1:{port}/closed", tmp_path, monkeypatch)
    finally:
        await owner.execute("DROP ROLE stranger")
        await owner.close()
    assert (line.state, line.says.startswith("refuses this user a right")) == ("fail", True)


async def test_a_server_without_tls_is_named(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = await found(f"{postgres_url}?sslmode=require", tmp_path, monkeypatch)
    assert (line.state, line.says.startswith("does not support TLS")) == ("fail", True)


async def test_a_certificate_that_is_not_trusted_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from certifi import where  # noqa: PLC0415 - some authority's certificates, which signed nothing here

    async with with_a_certificate_of_its_own(tmp_path) as url:
        line = await found(f"{url}?sslmode=verify-full&sslrootcert={where()}", tmp_path, monkeypatch)
    assert (line.state, "not trusted" in line.says, "sslrootcert" in line.do) == ("fail", True, True)


async def test_away_is_no_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = await found("postgresql://handoff:secret@127.0.0.1:1/handoff", tmp_path, monkeypatch)
    assert (line.state, line.says) == ("fail", "does not answer at 127.0.0.1:1/handoff")


async def test_one_reading_of_the_address_serves_everybody(postgres_url: str) -> None:
    connection = await Address.of(postgres_url).connect()
    assert isinstance(connection, asyncpg.Connection)
    await connection.close()
