"""Seeded lives of one case: `python -m tests.lives --seeds 2000 --out FILE`, `--full SEED`, `--compare A B`."""

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any

from tests.lives import digest
from tests.lives.life import Life
from tests.lives.quiet import quiet

COUNTED = ("timeline", "tasks", "clocks", "plan_lines", "referrals", "visits", "checks", "letters")


def lived(seed: int) -> dict[str, Any]:
    """One life: the record at its end; `fault` says what went wrong in it, if anything did."""
    with asyncio.Runner() as runner:
        life, fault = Life(seed, runner.get_loop()), ""
        try:
            life.live()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            fault = f"{type(error).__name__}: {error}"
        found = digest.record(life)
        life.driver.close()
    facts = [
        {name: row[name] for name in ("fact_id", "number", "kind", "sender", "body")}
        for row in life.twin.opened("facts")
    ]
    counts = {name: len(found[name]) for name in COUNTED} | {
        "tasks of Temporal": life.driver.tasks,
        "runs": life.driver.runs,
    }
    return {"record": found, "fault": fault, "facts": facts, "counts": counts}


def line(seed: int) -> dict[str, Any]:
    """What is written of one life."""
    life = lived(seed)
    found = life["record"]
    return {
        "seed": seed,
        "digest": digest.whole([found, bool(life["fault"])]),
        "end": found["story"]["end"] or "",
        "fault": life["fault"],
        "parts": digest.parts(found),
        "counts": life["counts"],
    }


def _lines(seeds: range, jobs: int) -> Iterator[dict[str, Any]]:
    if jobs == 1:
        yield from map(line, seeds)
        return
    with ProcessPoolExecutor(jobs, initializer=quiet) as pool:
        yield from pool.map(line, seeds, chunksize=20)


def write(seeds: range, file: Path, jobs: int) -> None:
    """Live these lives, a line each."""
    began, ends, faults = monotonic(), Counter[str](), 0
    with file.open("w") as out:
        for each in _lines(seeds, jobs):
            ends[each["end"] or "open"] += 1
            if each["fault"]:
                faults += 1
                sys.stderr.write(f"seed {each['seed']}: {each['fault'][:300]}\n")
            out.write(json.dumps(each, sort_keys=True) + "\n")
    took = monotonic() - began
    sys.stdout.write(f"{len(seeds)} lives in {took:.0f} s, {len(seeds) / took:.1f} a second; {faults} with a fault\n")
    sys.stdout.write(", ".join(f"{count} {end}" for end, count in ends.most_common()) + "\n")


def compare(one: Path, other: Path) -> int:
    """Name the seeds that differ, and in what; how many they are."""
    before, after = _read(one), _read(other)
    differing: dict[int, list[str]] = {}
    for seed in sorted(before.keys() & after.keys()):
        if before[seed]["digest"] != after[seed]["digest"]:
            was, now = before[seed]["parts"], after[seed]["parts"]
            names = [name for name in sorted({*was, *now}) if was.get(name) != now.get(name)]
            differing[seed] = names or ["fault"]
    for seed, names in differing.items():
        sys.stdout.write(f"seed {seed}: {', '.join(names)}\n")
    by_part = Counter(name for names in differing.values() for name in names)
    alone = before.keys() ^ after.keys()
    sys.stdout.write(f"{len(differing)} of {len(before.keys() & after.keys())} lives differ {dict(by_part)}\n")
    if alone:
        sys.stdout.write(f"{len(alone)} seeds stand in one file only\n")
    return len(differing) + len(alone)


def _read(file: Path) -> dict[int, dict[str, Any]]:
    return {each["seed"]: each for each in map(json.loads, file.read_text().splitlines())}


def main() -> int:
    """The command."""
    asked = argparse.ArgumentParser(prog="python -m tests.lives", description=__doc__)
    asked.add_argument("--seeds", type=int, default=2000, help="how many lives")
    asked.add_argument("--first", type=int, default=0, help="the first seed")
    asked.add_argument("--jobs", type=int, default=1, help="processes")
    asked.add_argument("--out", type=Path, help="write a line for each seed to this file")
    asked.add_argument("--full", type=int, metavar="SEED", help="print the record of one life")
    asked.add_argument("--compare", type=Path, nargs=2, metavar=("A", "B"), help="name the seeds that differ")
    given = asked.parse_args()
    quiet()
    if given.compare:
        return 1 if compare(*given.compare) else 0
    if given.full is not None:
        sys.stdout.write(json.dumps(lived(given.full), ensure_ascii=False, indent=1) + "\n")
        return 0
    if not given.out:
        asked.error("name --out FILE, --full SEED or --compare A B")
    write(range(given.first, given.first + given.seeds), given.out, given.jobs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
