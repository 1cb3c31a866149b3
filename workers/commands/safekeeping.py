"""What the commands `backup` and `restore` do."""

from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from console.cli.order import Answer
from console.errors import NotFoundError
from workers.commands.up import speaker
from workers.connections import LazyConnections
from workers.data_folder import files
from workers.data_folder.keys import FILE as KEYS
from workers.embedded import postgres
from workers.embedded.stack import Stack
from workers.embedded.status import status
from workers.oncall.backup import BackupError, Manifest, back_up
from workers.oncall.restore import RestoreOrder


async def backed_up(connections: LazyConnections, file: Path, keys: Path | None) -> Answer:
    """Write a backup. If nothing runs on the folder, its PostgreSQL is started for the backup, then stopped.

    Raises:
        NotFoundError: refused; nothing was written.
        NoStackError: `handoff up` was never run on the folder.
    """
    say = speaker(Console(stderr=True))
    connections.endpoints  # noqa: B018 - raises if there is nothing to back up
    try:
        _keys_fit(connections, keys)
        if connections.settings.postgres_url or any(part.pid for part in status(connections.folder)):
            manifest = await back_up(connections.settings, file, say)
        else:
            async with Stack(connections.folder, say) as stack:
                await stack.start_servers(only=[postgres.NAME])
                manifest = await back_up(connections.settings, file, say)
    except BackupError as refused:
        raise NotFoundError(str(refused)) from refused
    return Answer({"file": str(file), **asdict(manifest)}, _written(connections, file, keys, manifest))


@dataclass(frozen=True)
class How:
    """The options of `handoff restore`."""

    keys: Path | None
    replace: bool
    only: str


async def restored(connections: LazyConnections, file: Path, how: How) -> Answer:
    """Restore a backup.

    Raises:
        NotFoundError: refused; nothing was changed.
        InUseError: another process holds the folder.
    """
    restore = RestoreOrder(file, connections.folder, how.keys, how.replace, how.only, speaker(Console(stderr=True)))
    try:
        manifest = await restore.done()
    except BackupError as refused:
        raise NotFoundError(str(refused)) from refused
    shown = [
        *manifest.says(),
        f"Restored into {connections.folder}. Next: `{connections.to_type('handoff up')}`, then `handoff doctor`.",
    ]
    return Answer({"restored": str(file), **asdict(manifest)}, shown)


def _keys_fit(connections: LazyConnections, keys: Path | None) -> None:
    ours = connections.folder / KEYS
    if keys is None:
        return
    if keys.exists() or not ours.exists():
        raise BackupError(f"{keys} exists already." if keys.exists() else f"{ours} does not exist: no keys to copy.")
    files.write(keys, ours.read_text(), mode=0o600)


def _written(connections: LazyConnections, file: Path, keys: Path | None, manifest: Manifest) -> list[str]:
    lines = [f"Written: {file} ({file.stat().st_size / 2**20:.1f} MiB).", *manifest.says()]
    if keys:
        return [*lines, f"The keys are in {keys}: never keep the two together."]
    where = connections.settings.master_key_file or connections.folder / KEYS
    return [*lines, f"It cannot be read without {where}: keep a copy elsewhere (--keys KEYS writes one)."]
