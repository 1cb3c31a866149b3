"""PostgreSQL's address is read as libpq writes it; what is not understood is named, and no secret is shown."""

from pathlib import Path

import pytest
from sqlalchemy import text

from handoff.store.address import Address, AddressError
from handoff.store.engine import SessionSettings, connect

URL = "postgresql://kim:s%40f%2Fe@db1:6432/handoff"


def test_host_port_and_database_are_read_and_the_password_is_not_shown() -> None:
    address = Address.of(URL)
    assert (address.shown, address.database, address.hosts) == ("db1:6432/handoff", "handoff", (("db1", 6432),))
    assert "s%40f" not in repr(address)
    assert address.without_password() == ("postgresql://kim@db1:6432/handoff", "s@f/e")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg", "postgresql+psycopg"])
def test_whatever_driver_it_names_it_is_the_same_address(scheme: str) -> None:
    assert Address.of(URL.replace("postgresql", scheme)) == Address.of(URL)


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("postgresql://u@a:1,b:2/d?target_session_attrs=read-write", (("a", 1), ("b", 2))),
        ("postgresql://u@a,b/d", (("a", 5432), ("b", 5432))),
        ("postgresql://u@[::1]:7/d", (("::1", 7),)),
        ("postgresql://u@[::1]/d", (("::1", 5432),)),
    ],
)
def test_every_host_is_read(url: str, hosts: tuple[tuple[str, int], ...]) -> None:
    assert Address.of(url).hosts == hosts


def test_another_database_of_the_same_server_keeps_the_rest() -> None:
    other = Address.of(f"{URL}?sslmode=require&connect_timeout=3").with_database("postgres")
    assert (other.database, other.dsn) == ("postgres", "postgresql://kim:s%40f%2Fe@db1:6432/postgres?sslmode=require")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://u@a/d", "it is not postgresql://"),
        ("postgresql:/u@a/d", "it is not postgresql://"),
        ("nonsense", "it is not postgresql://"),
        (f"{URL}?sslmode", "it is not postgresql://"),
        (f"{URL}?keepalives=1", "parameter keepalives is unknown"),
        (f"{URL}?sslmode=yes", "parameter sslmode must be one of disable, "),
        (f"{URL}?target_session_attrs=master", "parameter target_session_attrs must be one of any, "),
        (f"{URL}?connect_timeout=soon", "parameter connect_timeout is not a number"),
        (f"{URL}?sslrootcert=/no/such/file", "parameter sslrootcert names a file that does not exist"),
        ("postgresql://u@a:port/d", "its port is not a number"),
    ],
)
def test_what_is_not_understood_is_named(url: str, says: str) -> None:
    with pytest.raises(AddressError, match=says) as refused:
        Address.of(url)
    assert "s%40f" not in str(refused.value)
    assert "s@f" not in str(refused.value)


def test_a_server_is_not_trusted_without_a_certificate_to_trust(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(AddressError, match="needs sslrootcert"):
        Address.of(f"{URL}?sslmode=verify-full")
    (tmp_path / "root.crt").write_text("no certificate")
    with pytest.raises(AddressError, match="without a certificate"):
        Address.of(f"{URL}?sslmode=verify-full&sslrootcert={tmp_path / 'root.crt'}")


@pytest.mark.parametrize(
    "more",
    [
        "sslmode=disable",
        "sslmode=prefer",
        "connect_timeout=5",
        "application_name=x",
        "options=-c%20statement_timeout%3D9000",
    ],
)
async def test_what_managed_databases_write_connects(postgres_url: str, more: str) -> None:
    engine = connect(f"{postgres_url}?{more}", pool=1, name="handoff-here", session=SessionSettings(plan_once=True))
    async with engine.connect() as conn:
        shown = await conn.scalar(text("SHOW application_name"))
        planned = await conn.scalar(text("SHOW plan_cache_mode"))
    await engine.dispose()
    assert (shown, planned) == ("handoff-here", "force_generic_plan")


async def test_the_second_host_is_asked_where_the_first_is_away(postgres_url: str) -> None:
    engine = connect(postgres_url.replace("@", "@127.0.0.1:1,"), pool=1)
    async with engine.connect() as conn:
        assert await conn.scalar(text("SELECT 1")) == 1
    await engine.dispose()
