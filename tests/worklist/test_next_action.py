"""What a process waits for, and what it refuses at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE
from tests.store.databases import create, migrated
from workers import preflight
from workers.data_folder.keys import NoKeysError
from workers.intake import forgetting
from workers.preflight import store_fits
from workers.settings import Settings


async def test_a_folder_without_a_master_key_is_refused_and_not_waited_for(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await create(postgres_url, "waiting", like=await migrated(postgres_url))
    monkeypatch.setenv("HANDOFF_DATA", str(tmp_path))
    monkeypatch.setenv("HANDOFF_POSTGRES_URL", url)
    with pytest.raises(NoKeysError):
        await asyncio.wait_for(store_fits(Settings.read()), PATIENCE)


async def test_whatever_a_connection_raises_is_waited_for(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, troubles = await create(postgres_url, "waiting"), [LookupError("?"), RuntimeError("?")]

    async def stumbling(*_: Any, **__: Any) -> None:
        if troubles:
            raise troubles.pop()

    monkeypatch.setattr(preflight, "_AGAIN", 0.01)
    monkeypatch.setattr(preflight, "tables_fit", stumbling)
    monkeypatch.setattr(preflight, "key_fits", stumbling)
    monkeypatch.setenv("HANDOFF_DATA", str(tmp_path))
    monkeypatch.setenv("HANDOFF_POSTGRES_URL", url)
    await asyncio.wait_for(store_fits(Settings.read()), PATIENCE)
    assert troubles == []


async def test_early_and_parked_facts_are_deleted_though_parked_records_cannot_be_tried_again() -> None:
    stop = asyncio.Event()

    class Inbox:
        forgot = ended = 0

        async def store_clock(self) -> datetime:
            return datetime.now(UTC)

        async def try_again(self, _: datetime) -> int:
            raise LookupError

        async def forget_early(self, _: datetime) -> int:
            self.forgot += 1
            if self.forgot == 3:
                stop.set()
            return 0

        async def end_parked(self, _before: datetime, _now: datetime) -> int:
            self.ended += 1
            return 0

    inbox: Any = Inbox()
    await asyncio.wait_for(forgetting(inbox, 0.01, timedelta(days=1), stop), PATIENCE)
    assert (inbox.forgot, inbox.ended) == (3, 3)
