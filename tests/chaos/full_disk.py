"""A disk that is full under all servers and then has room again: `python -m tests.chaos --full-disk`."""

import asyncio
import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.chaos.hospitals import Hospitals
from tests.chaos.run import Report, looked_at, quiet
from tests.chaos.town import HOSPITALS, running, town

SIZE = "900m"
_CHUNK = 1024 * 1024
_FULL_FOR = 10.0  # seconds


@contextmanager
def small_disk() -> Iterator[Path]:
    """A file system of its own in memory; needs the right to mount one.

    Raises:
        PermissionError: this user may not mount.
    """
    folder = Path(tempfile.mkdtemp(prefix="handoff-disk-"))
    if os.system(f"mount -t tmpfs -o size={SIZE} tmpfs {folder}") != 0:  # noqa: S605 - a path of ours
        raise PermissionError("A full disk is tried on a file system of its own: run as a user who may mount tmpfs.")
    try:
        yield folder
    finally:
        os.system(f"umount -l {folder}")  # noqa: S605 - the same


async def lived_through_a_full_disk() -> Report:
    """Notices before, during and after; what the broker confirmed is taken once."""
    report = Report(0)
    with small_disk() as folder:
        async with running(folder) as servers, town(servers, 0) as there:
            hospitals = Hospitals(there, random.Random(0), "disk")
            await hospitals.publish(HOSPITALS[0], 30)
            report.unquiet = await quiet(there, hospitals)
            ballast = folder / "ballast"
            await asyncio.to_thread(_fill, ballast)
            report.schedule.append("the disk is full")
            trying = asyncio.create_task(hospitals.publish_what_is_taken(HOSPITALS[1], 30))
            await asyncio.sleep(_FULL_FOR)
            ballast.unlink()
            report.schedule.append("there is room again")
            for keeper in servers.keepers:
                if keeper.pid is None:  # as somebody on call would: `handoff up` has said that it ended
                    await keeper.stop()
                    await keeper.start()
            await trying
            await hospitals.publish(HOSPITALS[2], 30)
            await looked_at(there, hospitals, report)
    return report


def _fill(ballast: Path) -> None:
    with suppress(OSError), ballast.open("wb") as file:
        while True:
            file.write(b"\0" * _CHUNK)
            file.flush()
