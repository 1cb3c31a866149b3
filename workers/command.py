"""The `handoff` command: registers operators' commands beside those of `console.cli`, and provides connections."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from console.cli.app import ON_CALL, STACK, add
from console.cli.run import run_command, run_process
from workers.build import this_build
from workers.commands import oncall, stack
from workers.demo.command import demo

if TYPE_CHECKING:
    from workers.connections import LazyConnections

__all__ = ["Host", "main", "run_command"]

add(
    STACK,
    stack.up,
    demo,
    stack.status,
    stack.migrate,
    stack.worker,
    stack.intake,
    stack.relay,
)
add(ON_CALL, oncall.doctor, oncall.provision, oncall.builds, oncall.backup, oncall.restore, oncall.compare)


class Host:
    """What the commands need of this process. Settings are read when the first connection is needed."""

    def build(self) -> str:
        """The id of this build."""
        return this_build()

    def connect(self, folder: Path, say: Callable[[str], None], named: Path | None) -> "LazyConnections":
        """The connections of a data folder."""
        from workers.connections import LazyConnections

        return LazyConnections(folder, say=say, named=named)

    def explain(self, error: Exception, folder: Path) -> tuple[int, str]:
        """The exit code of an error, and its sentences for people."""
        from workers.failures import explained

        return explained(error, folder)


def main() -> None:
    """Run the command line of this process."""
    run_process(sys.argv[1:], Host())


if __name__ == "__main__":
    main()
