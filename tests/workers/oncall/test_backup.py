"""A record on a server of one's own is backed up and restored; what does not fit is refused before anything changes."""

import itertools
import tarfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handoff.store import tables
from handoff.store.engine import connect
from handoff.store.intake import restores
from handoff.store.vault import Vault
from tests.events.desk import Desk, notice, person
from tests.store.databases import create, migrated, url_of
from workers.data_folder.keys import Keys
from workers.oncall.backup import BackupError, back_up, opened
from workers.oncall.restore import RestoreOrder
from workers.settings import Settings

_NUMBERS = itertools.count()
NOW = datetime(2026, 11, 27, tzinfo=UTC)


def quiet(_: str) -> None:
    """Nobody listens."""


@pytest.fixture
async def desk(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """A record with one case, on a server that settings name."""
    (tmp_path / "master.key").write_bytes(bytes(range(32)))
    url = await create(postgres_url, f"backed_up_{next(_NUMBERS)}", like=await migrated(postgres_url))
    monkeypatch.setenv("HANDOFF_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HANDOFF_POSTGRES_URL", url)
    monkeypatch.setenv("HANDOFF_MASTER_KEY_FILE", str(tmp_path / "master.key"))
    monkeypatch.setenv("HANDOFF_TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("HANDOFF_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    engine = connect(url)
    found = Desk(engine, url)
    await found.opened(id="m1")
    yield found
    await engine.dispose()


@pytest.fixture
async def backup(desk: Desk, tmp_path: Path) -> Path:
    manifest = await back_up(Settings.read(), tmp_path / "backup.tgz", quiet)
    assert (manifest.running, manifest.temporal_at) == ([], "")
    return tmp_path / "backup.tgz"


@pytest.fixture
async def empty(desk: Desk, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    url = await create(postgres_url, f"restored_{next(_NUMBERS)}")
    monkeypatch.setenv("HANDOFF_POSTGRES_URL", url)
    engine = connect(url)
    yield Desk(engine, url)
    await engine.dispose()


def restore(file: Path, keys: Path | None = None, *, only: str = "") -> RestoreOrder:
    return RestoreOrder(file, Settings.read().data, keys, replace=False, only=only, say=quiet)


async def test_a_restored_record_holds_what_was_told_and_gives_no_id_again(
    desk: Desk, backup: Path, empty: Desk
) -> None:
    await desk.take(notice("nhis-gwangmyeong", id="m2"))  # after the backup: Temporal may know it
    await restore(backup).done()
    assert [row.message_id for row in await empty.rows(tables.facts)] == ["m1"]
    assert await empty.outcomes(notice(id="m1")) == ["resent"]
    await empty.take(notice(id="m3", who=person(name="이순자")))
    known = {row.fact_id for row in await desk.rows(tables.facts)}
    assert not known & {row.fact_id for row in await empty.rows(tables.facts) if row.message_id == "m3"}


async def test_a_record_that_stands_in_another_database_is_to_be_compared_once(
    desk: Desk, backup: Path, empty: Desk
) -> None:
    async with desk.engine.begin() as conn:
        assert await restores.to_compare(conn)  # it had facts when it was first looked at
        await restores.compared(conn, [])
        assert not await restores.to_compare(conn)
    await restore(backup).done()
    for _ in range(2):
        async with empty.engine.begin() as conn:
            assert await restores.to_compare(conn)
    async with empty.engine.begin() as conn:
        await restores.compared(conn, [{"case": "C1"}])
        assert not await restores.to_compare(conn)
        last = await restores.last(conn)
    assert last
    assert last.mended == [{"case": "C1"}]


async def test_a_new_record_has_nothing_to_compare(desk: Desk, postgres_url: str) -> None:
    url = await create(postgres_url, f"new_{next(_NUMBERS)}", like=await migrated(postgres_url))
    engine = connect(url)
    async with engine.begin() as conn:
        assert not await restores.to_compare(conn)
    await engine.dispose()


async def test_a_database_that_holds_a_record_is_not_restored_into(desk: Desk, backup: Path) -> None:
    with pytest.raises(BackupError, match="has a record already"):
        await restore(backup).done()


async def test_another_master_key_is_noticed_before_anything_is_restored(
    backup: Path, empty: Desk, tmp_path: Path
) -> None:
    (tmp_path / "master.key").write_bytes(bytes(range(1, 33)))
    with pytest.raises(BackupError, match="another master key"):
        await restore(backup).done()
    assert not await _tables(empty)


async def test_a_backup_never_takes_the_place_of_a_file(desk: Desk, backup: Path) -> None:
    before = backup.read_bytes()
    with pytest.raises(BackupError, match="exists already"):
        await back_up(Settings.read(), backup, quiet)
    assert backup.read_bytes() == before


async def test_of_a_backup_that_fails_nothing_is_left(
    desk: Desk, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANDOFF_POSTGRES_URL", url_of(postgres_url, "nowhere"))
    with pytest.raises(Exception, match="nowhere"):
        await back_up(Settings.read(), tmp_path / "half.tgz", quiet)
    assert {each.name for each in tmp_path.iterdir()} == {"master.key"}


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08\x00"])
async def test_a_file_that_is_no_backup_is_refused(empty: Desk, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other.tgz").write_bytes(content)
    with pytest.raises(BackupError, match=r"other\.tgz"):
        await restore(tmp_path / "other.tgz").done()


async def test_half_of_a_backup_is_refused(backup: Path, empty: Desk, tmp_path: Path) -> None:
    whole = backup.read_bytes()
    (tmp_path / "half.tgz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BackupError):
        await restore(tmp_path / "half.tgz").done()
    assert not await _tables(empty)


async def test_the_keys_are_not_in_a_backup_and_only_its_owner_may_read_it(
    postgres_url: str, desk: Desk, backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert backup.stat().st_mode & 0o077 == 0
    with tarfile.open(backup) as archive:
        content = b"".join(found.read() for each in archive if (found := archive.extractfile(each)))
    assert bytes(range(32)) not in content
    assert opened(backup).master_key == Vault(bytes(range(32))).short_id("master-key", "backup")


async def test_a_folder_without_keys_says_how_to_give_it_its_own(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HANDOFF_POSTGRES_URL", "HANDOFF_MASTER_KEY_FILE"):
        monkeypatch.delenv(name)
    with pytest.raises(BackupError, match="--keys"):
        await restore(backup).done()
    keys = tmp_path / "keys"
    keys.write_text("{}")
    with pytest.raises(BackupError, match="incomplete"):
        await restore(backup, keys).done()
    Keys.of(tmp_path)
    with pytest.raises(BackupError, match="another master key"):
        await restore(backup, tmp_path / "secrets.json").done()
    assert not Settings.read().data.exists()


async def test_one_store_alone_is_restored_only_where_both_are_ours(backup: Path, empty: Desk) -> None:
    with pytest.raises(BackupError, match="embedded servers only"):
        await restore(backup, only="record").done()


async def _tables(desk: Desk) -> bool:
    async with desk.engine.connect() as conn:
        return bool((await conn.exec_driver_sql("SELECT to_regclass('cases')")).scalar())
