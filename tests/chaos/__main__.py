"""Many seeds of chaos: `make chaos ARGS="--seeds 100"`, or `python -m tests.chaos --first-seed 7 --seeds 1`."""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.faults import FAULTS
from tests.chaos.full_disk import lived_through_a_full_disk
from tests.chaos.run import lived
from tests.chaos.town import running


async def _lived(asked: argparse.Namespace) -> int:
    """Live through the seeds; returns how many were not sound. The servers are made anew now and then."""
    wrong, began = 0, time.monotonic()
    seeds = range(asked.first_seed, asked.first_seed + asked.seeds)
    for begin in range(0, len(seeds), asked.together):
        folder = Path(tempfile.mkdtemp(prefix="handoff-chaos-"))
        async with running(folder) as servers:
            for seed in seeds[begin : begin + asked.together]:
                report = await lived(servers, seed, asked.notices, asked.without)
                wrong += not report.sound
                sys.stdout.write(f"{report.line()}\n")
                if not report.sound:
                    sys.stdout.write(f"  {'; '.join(report.schedule)}\n  {report.lost[:5]} {report.doubled[:5]}\n")
                    sys.stdout.write(f"  logs: {folder}\n")
                sys.stdout.flush()
    sys.stdout.write(f"{asked.seeds} seeds, {wrong} not sound, {(time.monotonic() - began) / 60:.0f} minutes\n")
    return wrong


def main() -> None:
    """Exit code 1 if any seed lost, doubled or left anything."""
    parser = argparse.ArgumentParser(prog="make chaos", description="Hospitals publish while everything goes wrong.")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="how many (3)")
    parser.add_argument("--first-seed", type=int, default=1, metavar="K", help="from this one on (1)")
    parser.add_argument("--notices", type=int, default=200, metavar="N", help="in each (200)")
    parser.add_argument("--together", type=int, default=20, metavar="N", help="seeds on the same servers (20)")
    parser.add_argument("--without", nargs="*", default=[], choices=list(FAULTS), metavar="FAULT", help="leave out")
    parser.add_argument("--full-disk", action="store_true", help="a full disk under all servers, and nothing else")
    asked = parser.parse_args()
    if asked.full_disk:
        report = asyncio.run(lived_through_a_full_disk())
        sys.stdout.write(f"full disk: {report.line()}\n")
        sys.exit(0 if report.sound else 1)
    sys.exit(1 if asyncio.run(_lived(asked)) else 0)


if __name__ == "__main__":
    main()
