"""What docs/operations.md tells people to type works as it stands there, line by line."""

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operations.md"
_UP = "handoff up"


def lines_of(section: str) -> list[str]:
    """The command lines of a section, without their remarks; a moment in them is this day's."""
    text = PAGE.read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.partition(" #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


class Operator:
    """Somebody who types what the page says, beside a stack in another terminal."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._up: Process | None = None

    async def types(self, line: str) -> None:
        """Type a line; it has to end with 0. `handoff up` is typed in a terminal of its own."""
        if line == _UP:
            await self.starts()
            return
        process = await self._begun(line)
        said, complained = await asyncio.wait_for(process.communicate(), PATIENCE)
        assert process.returncode == 0, (line, said.decode(), complained.decode())

    async def starts(self) -> None:
        self._up = await self._begun(f"exec {_UP}", stdout=DEVNULL)
        assert self._up.stderr
        said = b""
        async with asyncio.timeout(PATIENCE):
            while b"Everything runs" not in (line := await self._up.stderr.readline()):
                said += line
                assert line, said.decode()

    async def stops(self) -> None:
        if self._up is not None and self._up.returncode is None:
            self._up.send_signal(signal.SIGINT)
            await asyncio.wait_for(self._up.communicate(), PATIENCE)
            assert self._up.returncode == 0

    async def _begun(self, line: str, stdout: int = PIPE) -> Process:
        env = {name: value for name, value in os.environ.items() if name != "HANDOFF_DATA"}
        env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
        return await asyncio.create_subprocess_shell(line, cwd=self.place, env=env, stdout=stdout, stderr=PIPE)


@pytest.fixture(scope="module")
async def operator(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Operator]:
    """Somebody in a folder as a clone has it, with a case in its data."""
    place = tmp_path_factory.mktemp("page") / "clone"
    place.mkdir()
    (place / "examples").symlink_to(ROOT / "examples")
    somebody = Operator(place)
    await somebody.starts()
    await somebody.types("handoff publish --from gm-hospital examples/notice.json")
    yield somebody
    await somebody.stops()


async def test_the_page_has_lines_for_both() -> None:
    assert len(lines_of("Backup")) == 1
    assert _UP in lines_of("Restore")
    assert len(lines_of("Restore")) >= len(["restore", "up", "doctor", "compare", "intake", "relay"])


async def test_institutions_change_as_the_page_says(operator: Operator) -> None:
    lines = lines_of("Institutions and their passwords")
    assert {"new-password", "suspend", "resume", "change", "remove"} <= {line.split()[2] for line in lines}
    for line in lines:
        await operator.types(line)


async def test_backup_and_restore_work_as_the_page_says(operator: Operator) -> None:
    for line in lines_of("Backup"):
        await operator.types(line)
    await operator.stops()
    for line in lines_of("Restore"):
        await operator.types(line)
    assert list((operator.place / ".handoff").glob("before-restore-*/postgres/PG_VERSION"))
