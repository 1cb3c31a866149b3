"""Backup: one file with the record, the embedded Temporal's database and settings; never the keys."""

import asyncio
import contextlib
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from handoff.store.address import Address
from handoff.store.engine import connect
from handoff.store.migrations import revisions
from handoff.store.queries import monitoring
from handoff.store.vault import Vault
from handoff.timezone import KST
from workers import heartbeat
from workers.data_folder import institutions
from workers.embedded import postgres, temporal
from workers.embedded.managed_process import StepFailedError, run
from workers.oncall.store import PROCESSES
from workers.settings import FILE as SETTINGS
from workers.settings import Settings

MANIFEST, RECORD, TEMPORAL = "manifest.json", "record.pgdump", "temporal.db"
CONFIGURATION = (SETTINGS, institutions.FILE, institutions.CHOICE)  # of the data folder
_FORMAT = 1
Say = Callable[[str], None]


class BackupError(Exception):
    """A backup or a restore was refused; the text says why and what to do."""


@dataclass(frozen=True)
class Manifest:
    """The contents of a backup.

    Attributes:
        format: format of the file; others are refused.
        revision: revision of the record's tables.
        record_at: everything before this moment is in the backup of the record, ISO 8601.
        temporal_at: the same for Temporal's database; "" if that is not in the backup.
        running: processes that ran meanwhile; if there are any, the two moments differ.
        master_key: fingerprint of the key that opens the record.
        configuration: names of the data folder's files in the backup.
    """

    format: int
    revision: str
    record_at: str
    temporal_at: str
    running: list[str]
    master_key: str
    configuration: list[str]

    def says(self) -> list[str]:
        """Lines for people: what is in it and what is not."""
        lines = [f"The record as it was at {_in_words(self.record_at)}."]
        if not self.temporal_at:
            lines.append("Temporal's database is not in it, since Temporal runs elsewhere: back it up separately.")
        elif self.running:
            lines.append(
                f"Temporal's database as it was at {_in_words(self.temporal_at)}: {', '.join(self.running)} ran "
                "meanwhile. What happened between the two moments is only in the record. A restore delivers it again, "
                "and opens tasks for the actions of people."
            )
        else:
            lines.append("Temporal's database is of the same moment, since no process ran meanwhile.")
        return [*lines, "Kafka is not in it: unread records stay there. The keys are not in it either."]


async def back_up(settings: Settings, file: Path, say: Say) -> Manifest:
    """Write a backup of running servers; a failure leaves no file.

    Raises:
        BackupError: the file exists already, or a part could not be copied.
        OSError, SQLAlchemyError: the disk or PostgreSQL failed.
    """
    with _draft(file) as (draft, room):
        running = await _running(settings)
        temporal_at = _copy_temporal(settings, room / TEMPORAL, say)
        record_at = _now()
        say("copying the record")
        await dump(settings.postgres, room / RECORD)
        running |= await _running(settings)
        configuration = [name for name in CONFIGURATION if (settings.data / name).is_file()]
        manifest = Manifest(
            _FORMAT,
            await _revision(settings),
            record_at,
            temporal_at,
            sorted(running),
            fingerprint(settings.vault()),
            configuration,
        )
        (room / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1))
        say("packing")
        await asyncio.to_thread(_pack, draft, room, [settings.data / name for name in configuration])
    return manifest


def opened(file: Path) -> Manifest:
    """Read the manifest of a backup.

    Raises:
        BackupError: the file is no backup, or of another format.
    """
    try:
        with tarfile.open(file) as archive:
            member = archive.extractfile(MANIFEST)
            content: dict[str, Any] = json.load(member) if member else {}
    except OSError as error:
        raise BackupError(f"{file} cannot be read ({error.strerror or 'it is no archive'}).") from error
    except (tarfile.TarError, KeyError, ValueError, EOFError) as error:
        raise BackupError(f"{file} is not a file that `handoff backup` wrote, or it is incomplete.") from error
    if content.get("format") != _FORMAT:
        raise BackupError(f"{file} has format {content.get('format')}, but this version reads {_FORMAT}.")
    return Manifest(**content)


def fingerprint(vault: Vault) -> str:
    """A fingerprint of the master key, which reveals nothing else."""
    return vault.short_id("master-key", "backup")


async def dump(address: str, file: Path) -> None:
    """Dump a database as of one moment, in PostgreSQL's custom format.

    Raises:
        BackupError: `pg_dump` failed.
    """
    await command("pg_dump", address, "--format=custom", "--no-owner", "--no-privileges", f"--file={file}")


async def command(name: str, address: str, *options: str) -> None:
    """Run one of PostgreSQL's programs on a database, without the password on the command line.

    Raises:
        BackupError: it failed or is not installed.
    """
    dsn, password = Address.of(address).without_password()
    try:
        await run([_binary(name), *options, f"--dbname={dsn}"], env={"PGPASSWORD": password} if password else {})
    except StepFailedError as error:
        raise BackupError(str(error)) from error


def _binary(name: str) -> str:
    try:
        return str(postgres.binary(name))
    except ModuleNotFoundError:
        path = shutil.which(name)
    if path is None:
        raise BackupError(
            f"{name} is not installed: install PostgreSQL's client programs, version 18 or your server's."
        )
    return path


async def _running(settings: Settings) -> set[str]:
    engine = connect(settings.postgres, pool=1, name="handoff backup")
    try:
        async with engine.connect() as conn:
            connected = await monitoring.connected(conn, heartbeat.PREFIX)
            return {heartbeat.process_of(connection.name)[0] for connection in connected} & set(PROCESSES)
    finally:
        await engine.dispose()


async def _revision(settings: Settings) -> str:
    engine = connect(settings.postgres, pool=1, name="handoff backup")
    try:
        async with engine.connect() as conn:
            return (await revisions(conn)).found
    finally:
        await engine.dispose()


def _copy_temporal(settings: Settings, to: Path, say: Say) -> str:
    """Copy the embedded Temporal's database, running or not; returns the moment, or "" if Temporal runs elsewhere."""
    source = settings.data / temporal.FOLDER / temporal.DATABASE
    if settings.temporal_address or not source.is_file():
        return ""
    say("copying Temporal's database")
    moment = _now()
    with (
        contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=30)) as ours,
        contextlib.closing(sqlite3.connect(to)) as copy,
    ):
        ours.backup(copy)
    return moment


def _pack(draft: Path, room: Path, configuration: list[Path]) -> None:
    with tarfile.open(draft, "w:gz", compresslevel=3) as archive:
        for file in (room / MANIFEST, room / RECORD, room / TEMPORAL, *configuration):
            if file.is_file():
                archive.add(file, arcname=file.name)


@contextlib.contextmanager
def _draft(file: Path) -> Iterator[tuple[Path, Path]]:
    """A draft that replaces the file at the end, and a folder to work in; only their owner can read them."""
    if file.exists():
        raise BackupError(f"{file} exists already: name another file, or move it away.")
    with tempfile.TemporaryDirectory(dir=file.resolve().parent) as name:
        draft = Path(name) / "draft"
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield draft, Path(name)
        draft.replace(file)


def _in_words(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(KST):%Y-%m-%d %H:%M:%S} (Korean time)"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
