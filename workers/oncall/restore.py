"""Restores a backup: the record, Temporal's database and settings, only where none of the kind exist."""

import asyncio
import shutil
import tarfile
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.store.engine import SessionSettings, connect
from handoff.store.intake import facts, restores
from handoff.store.migrations import migrate
from handoff.store.vault import Vault
from workers.data_folder import files
from workers.data_folder.keys import FILE as KEYS
from workers.data_folder.keys import Keys, NoKeysError
from workers.embedded import postgres, temporal
from workers.embedded.stack import Stack
from workers.oncall.backup import RECORD, TEMPORAL, BackupError, Manifest, Say, command, fingerprint, opened
from workers.settings import Settings


@dataclass(frozen=True)
class RestoreOrder:
    """A restore of one backup into one data folder.

    Attributes:
        file: a file that `handoff backup` wrote.
        folder: the data folder; it need not exist.
        keys: a copy of `secrets.json`; None: use the folder's own.
        replace: move existing data of the folder aside; nothing is deleted.
        only: `record` or `temporal`: restore only this; "": both.
        say: prints a line for people when something takes long.
    """

    file: Path
    folder: Path
    keys: Path | None
    replace: bool
    only: str
    say: Say

    async def done(self) -> Manifest:
        """Restore, after checks that change nothing.

        Raises:
            BackupError: the backup does not fit, or data is in its way.
            InUseError: another process holds the folder.
        """
        manifest = opened(self.file)
        self._fits(manifest)
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.keys is not None:
            files.write(self.folder / KEYS, self.keys.read_text(), mode=0o600)
        settings = Settings.read(self.folder)
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            room = Path(name)
            self.say("unpacking")
            await asyncio.to_thread(self._unpack, room)
            if settings.postgres_url and not self.only:
                await self._fill(settings, room)
            else:
                await self._into_folder(room)
            self._configure(manifest, room)
        return manifest

    def _fits(self, manifest: Manifest) -> None:
        """Check that keys, servers and folder fit the backup; changes nothing."""
        settings = Settings.read(self.folder)
        if self.only and settings.postgres_url:
            raise BackupError("--only works with embedded servers only: restore your own servers by their own means.")
        if self.only == "temporal" and not manifest.temporal_at:
            raise BackupError("Temporal's database is not in this backup.")
        if fingerprint(self._vault(settings)) != manifest.master_key:
            raise BackupError("This record was sealed with another master key: name its copy with --keys.")
        there = [name for name in self._put_in_place() if (self.folder / name).exists()]
        if there and not self.replace and not settings.postgres_url:
            raise BackupError(
                f"{self.folder} has data already ({', '.join(there)}): restore into an empty folder, or move it aside "
                "with --replace."
            )

    def _vault(self, settings: Settings) -> Vault:
        own = self.folder / KEYS
        try:
            if self.keys is None:
                return settings.vault()
            given = Keys.in_file(self.keys)
        except NoKeysError as error:
            raise BackupError(
                f"{error} Without the keys the record cannot be read: name a copy of them with --keys."
            ) from error
        if own.exists() and Keys.in_file(own) != given:
            raise BackupError(f"{self.folder} has its own keys in {KEYS}, and they differ from {self.keys}.")
        return Vault(given.master_key)

    def _put_in_place(self) -> tuple[str, ...]:
        record, workflows = (postgres.FOLDER,), (temporal.FOLDER,)
        return {"record": record, "temporal": workflows}.get(self.only, record + workflows)

    def _unpack(self, room: Path) -> None:
        with tarfile.open(self.file) as archive:
            archive.extractall(room, filter="data")

    async def _into_folder(self, room: Path) -> None:
        async with Stack(self.folder, self.say) as stack:
            if aside := self._move_aside():
                self.say(f"the data before is in {aside}")
            if (room / TEMPORAL).exists() and self.only != "record":
                home = self.folder / temporal.FOLDER
                home.mkdir(mode=0o700)
                shutil.move(room / TEMPORAL, home / temporal.DATABASE)
            await stack.start_servers(only=[postgres.NAME])
            if self.only == "temporal":
                await _compare_again(Settings.read(self.folder))
            else:
                await self._fill(Settings.read(self.folder), room)

    async def _fill(self, settings: Settings, room: Path) -> None:
        """Restore the record into an empty database, and migrate it to this version."""
        engine = connect(settings.postgres, pool=1, session=SessionSettings(answers_within=None))
        try:
            async with engine.connect() as conn:
                await _is_empty(conn)
            self.say("restoring the record")
            options = "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"
            await command("pg_restore", settings.postgres, *options, str(room / RECORD))
            await migrate(settings.postgres)
            async with engine.begin() as conn:
                await facts.number_above(conn)
                await restores.compare_again(conn)
        finally:
            await engine.dispose()

    def _move_aside(self) -> Path | None:
        there = [self.folder / name for name in self._put_in_place() if (self.folder / name).exists()]
        if not there:
            return None
        aside = self.folder / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        aside.mkdir(mode=0o711)  # PostgreSQL's own user has to pass through
        _move(there, aside)
        return aside

    def _configure(self, manifest: Manifest, room: Path) -> None:
        """Move in the backup's settings files that the folder lacks."""
        for name in manifest.configuration:
            if not (self.folder / name).exists():
                shutil.move(room / name, self.folder / name)


def _move(paths: Iterable[Path], to: Path) -> None:
    for path in paths:
        path.replace(to / path.name)


async def _compare_again(settings: Settings) -> None:
    """Request a comparison after restoring Temporal alone, which intake cannot notice by itself."""
    engine = connect(settings.postgres, pool=1)
    try:
        async with engine.begin() as conn:
            await restores.compare_again(conn)
    finally:
        await engine.dispose()


async def _is_empty(conn: AsyncConnection) -> None:
    if await conn.scalar(text("SELECT to_regclass('cases') IS NOT NULL")):
        raise BackupError("The database has a record already: name an empty one in HANDOFF_POSTGRES_URL.")
