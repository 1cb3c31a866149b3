"""Lives by the thousand: `make simulate ARGS="--minutes 20"`, or `python -m tests.lives.simulate --again FILE`."""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from itertools import count, islice
from pathlib import Path
from time import monotonic

from tests.lives.quiet import quiet
from tests.lives.simulate.batch import LIVES, Batch, Failure, fails, lived
from tests.lives.simulate.marks import Mark
from tests.lives.simulate.plan import as_json, of_json

DEMANDED_FROM = 500  # lives; fewer need not meet every mark
SAYS_EACH = 10.0  # seconds
LAST_LINES = 40  # of what was said and written before a failure


class Progress:
    """What was lived so far."""

    def __init__(self) -> None:
        self.lives = self.steps = 0
        self.marks = Counter[Mark]()
        self._began = self._said = monotonic()

    def add(self, batch: Batch) -> None:
        """Count a batch, and say how far it is now and then."""
        self.lives += batch.lives
        self.steps += batch.steps
        self.marks += batch.marks
        if monotonic() - self._said > SAYS_EACH:
            self._said = monotonic()
            _say(f"{self.line()}; {len(self.missing)} marks not met yet")

    @property
    def missing(self) -> list[Mark]:
        """The marks that no life has met."""
        return [mark for mark in Mark if not self.marks[mark]]

    def line(self) -> str:
        """How much was lived, and how fast."""
        took = monotonic() - self._began
        return f"{self.lives} lives, {self.steps} steps, {took:.0f} s, {self.lives / took:.1f} lives a second"


def main() -> int:
    """Ends with 1 if a life failed, or if 500 lives and more left a mark unmet."""
    asked = argparse.ArgumentParser(
        prog="make simulate", description="Lives of three cases in a town of two providers."
    )
    asked.add_argument("--minutes", type=float, default=1, metavar="N", help="for how long (1)")
    asked.add_argument("--lives", type=int, metavar="N", help=f"this many instead, in batches of {LIVES}")
    asked.add_argument("--seed", type=int, default=1, metavar="K", help="number of the first batch (1)")
    asked.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes (one a core)")
    asked.add_argument("--again", type=Path, metavar="FILE", help="repeat the life that failed, from its file")
    asked.add_argument("--into", type=Path, default=Path("failed-life.json"), metavar="FILE", help="where to keep it")
    given = asked.parse_args()
    if given.again:
        return _again(given.again)
    progress = Progress()
    for batch in _batches(given):
        progress.add(batch)
        if batch.failure:
            _say(f"{progress.line()}; failed")
            _report(batch.seed, batch.failure, given.into)
            return 1
    return _ended(progress)


def _batches(given: argparse.Namespace) -> Iterator[Batch]:
    """Batch after batch until the time is over, or the lives are lived; none after one that failed."""
    until = monotonic() + given.minutes * 60
    numbers = iter(range(given.seed, given.seed + -(-given.lives // LIVES))) if given.lives else count(given.seed)
    with ProcessPoolExecutor(given.jobs, initializer=quiet) as pool:
        running = {pool.submit(lived, number) for number in islice(numbers, given.jobs)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for batch in (each.result() for each in done):
                yield batch
                if given.lives or monotonic() < until:
                    running |= {pool.submit(lived, number) for number in (next(numbers, None),) if number is not None}


def _ended(progress: Progress) -> int:
    _say(progress.line())
    for mark in Mark:
        _say(f"{progress.marks[mark]:8} {mark.name.lower().replace('_', '-')}: {mark.value}")
    if progress.missing and progress.lives >= DEMANDED_FROM:
        _say(f"{len(progress.missing)} marks were not met: {', '.join(mark.name for mark in progress.missing)}")
        return 1
    return 0


def _report(number: int, failure: Failure, file: Path) -> None:
    """What is wrong, what led to it, and what repeats it."""
    file.write_bytes(as_json(failure.plan))
    for line in (*failure.trace[-LAST_LINES:], failure.says):
        _say(line)
    evicts = "stories were evicted after every step; " if failure.evicts else ""
    _say(f"{evicts}the life, made as small as could be: {file}")
    _say(f'again: make simulate ARGS="--again {file}"')
    _say(f'its batch: make simulate ARGS="--seed {number} --lives {LIVES}"')


def _again(file: Path) -> int:
    """A life that was kept: as it was, then with its stories evicted after every step."""
    quiet()
    plan = of_json(file.read_bytes())
    failure = fails(plan, evicts=False) or fails(plan, evicts=True)
    for line in (*failure.trace, failure.says) if failure else ("everything holds",):
        _say(line)
    return 1 if failure else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
