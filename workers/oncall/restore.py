"""Puts a backup in place: the record, Temporal's database and settings, each where nothing of the kind is."""

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
        file: what `handoff backup` wrote.
        folder: the data folder; it need not exist.
        keys: a copy of `secrets.json`; None: the folder has its own.
        replace: what the folder holds is moved aside, never deleted.
        only: `record` or `temporal`: the other one stays as it is; "": both are restored.
        say: told what takes long.
    """

    file: Path
    folder: Path
    keys: Path | None
    replace: bool
    only: str
    say: Say

    async def done(self) -> Manifest:
        """Restore; until the backup was found to fit, nothing is changed.

        Raises:
            BackupError: it does not fit, or something is in its way.
            InUseError: somebody works on the folder.
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
        """Whether keys, stores and folder fit the backup; nothing is changed."""
        settings = Settings.read(self.folder)
        if self.only and settings.postgres_url:
            raise BackupError("--only is for a folder with servers of its own: restore one of yours by its own means.")
        if self.only == "temporal" and not manifest.temporal_at:
            raise BackupError("Temporal's database is not in this backup.")
        if fingerprint(self._vault(settings)) != manifest.master_key:
            raise BackupError("This record was sealed with another master key than the one here: name it with --keys.")
        there = [each for each in self._put_in_place() if (self.folder / each).exists()]
        if there and not self.replace and not settings.postgres_url:
            raise BackupError(
                f"{self.folder} holds data already ({', '.join(there)}): restore into an empty folder, or have that "
                "moved aside with --replace."
            )

    def _vault(self, settings: Settings) -> Vault:
        own = self.folder / KEYS
        try:
            if self.keys is None:
                return settings.vault()
            given = Keys.in_file(self.keys)
        except NoKeysError as error:
            raise BackupError(
                f"{error} Without the keys nobody can read the record: name their copy with --keys."
            ) from error
        if own.exists() and Keys.in_file(own) != given:
            raise BackupError(f"{self.folder} has keys of its own in {KEYS}, and they differ from {self.keys}.")
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
                self.say(f"what was there is in {aside}")
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
        """Restore the record into an empty database, and bring it to this version's tables."""
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
        there = [self.folder / each for each in self._put_in_place() if (self.folder / each).exists()]
        if not there:
            return None
        aside = self.folder / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        aside.mkdir(mode=0o711)  # PostgreSQL's own user has to pass through
        _move(there, aside)
        return aside

    def _configure(self, manifest: Manifest, room: Path) -> None:
        """Settings of the backup, where the folder has none of its own."""
        for each in manifest.configuration:
            if not (self.folder / each).exists():
                shutil.move(room / each, self.folder / each)


def _move(paths: Iterable[Path], to: Path) -> None:
    for each in paths:
        each.replace(to / each.name)


async def _compare_again(settings: Settings) -> None:
    """Have the record compared with a Temporal that knows less: nothing else tells that it was restored."""
    engine = connect(settings.postgres, pool=1)
    try:
        async with engine.begin() as conn:
            await restores.compare_again(conn)
    finally:
        await engine.dispose()


async def _is_empty(conn: AsyncConnection) -> None:
    found = await conn.scalar(text("SELECT to_regclass('cases') IS NOT NULL"))
    if found:
        raise BackupError(
            "The database holds a record already: restore into an empty one, which HANDOFF_POSTGRES_URL names."
        )
