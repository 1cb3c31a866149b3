"""What it costs: `make bench`, or `python -m tests.benchmarks --quick`. A table, and JSON with every round."""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from tests.benchmarks import handoffs, intake, memory, open_cases, reading
from tests.benchmarks.ground import ground
from tests.benchmarks.meter import Rounds, load


@dataclass(frozen=True)
class Effort:
    """How much is measured.

    Attributes:
        rounds: of each comparison.
        cases: in a round of handoffs.
        records: in a round of intake.
        few, many: open cases beside which others start.
        starts: of them in a round.
        messages: in a round of reading.
    """

    rounds: int = 5
    cases: int = 40
    records: int = 4000
    few: int = 1000
    many: int = 20_000
    starts: int = 200
    messages: int = 4000


QUICK = Effort(rounds=2, cases=10, records=1000, few=150, many=600, starts=50, messages=1000)
# What is aimed at: at most, or at least.
AIMS: Mapping[str, tuple[str, float]] = {
    "ours / bare, accepted": ("<=", 1.25),
    "ours / bare, declined once": ("<=", 1.25),
    "ours / loop, records a second": (">=", 0.5),
    "beside many / beside few": (">=", 0.9),
    "intake, MB at most": ("<=", 512),
    "relay, MB at most": ("<=", 512),
    "worker, MB at most": ("<=", 512),
    "ours / hl7": (">=", 10),
}
Found = dict[str, Rounds]


async def of_handoffs(effort: Effort) -> Found:
    """CPU of a whole handoff up to follow-up."""
    async with ground("postgres", "temporal") as own:
        return await handoffs.compared(own, effort.rounds, effort.cases)


async def of_intake(effort: Effort) -> Found:
    """From records to durable facts."""
    async with ground("postgres", "kafka") as own:
        return await intake.compared(own, effort.rounds, effort.records)


async def of_open_cases(effort: Effort) -> Found:
    """Many open cases."""
    return await open_cases.compared(effort.rounds, effort.few, effort.many, effort.starts)


async def of_memory(effort: Effort) -> Found:
    """The most that each process takes."""
    async with ground("postgres", "kafka", "temporal") as own:
        return await memory.highest(own, effort.records)


async def of_reading(effort: Effort) -> Found:
    """HL7 v2 messages to facts with canonical content."""
    return reading.compared(effort.rounds, effort.messages)


PARTS: Mapping[str, Callable[[Effort], Awaitable[Found]]] = {
    "handoffs": of_handoffs,
    "intake": of_intake,
    "memory": of_memory,
    "open-cases": of_open_cases,
    "reading": of_reading,
}


def main() -> None:
    """Measure what was asked for, print the table, write the JSON."""
    parser = argparse.ArgumentParser(prog="make bench", description="What a case costs, beside the least it could.")
    parser.add_argument("--quick", action="store_true", help="small, to see that it runs")
    parser.add_argument("--only", choices=PARTS, help="one part")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), metavar="FILE", help="where every round goes")
    parser.add_argument("--many", type=int, metavar="N", help="open cases beside which others start, if not 20,000")
    asked = parser.parse_args()
    effort = QUICK if asked.quick else Effort()
    effort = replace(effort, many=asked.many or effort.many)
    chosen = {name: part for name, part in PARTS.items() if asked.only in (None, name)}
    began = load(), time.monotonic()
    found = {name: _ran(name, part, effort) for name, part in chosen.items()}
    console = Console(width=None if sys.stdout.isatty() else 140)
    for name, figures in found.items():
        console.print(_table(name, figures))
    machine = {"cpus": os.cpu_count(), "python": platform.python_version(), "load_before": round(began[0], 2)}
    content = {name: {key: rounds.json() for key, rounds in figures.items()} for name, figures in found.items()}
    asked.json.write_text(json.dumps({"machine": machine, **content}, indent=1) + "\n")
    console.print(f"{time.monotonic() - began[1]:.0f} s; load before: {began[0]:.1f}; every round: {asked.json}")


def _ran(name: str, part: Callable[[Effort], Awaitable[Found]], effort: Effort) -> Found:
    sys.stderr.write(f"{name} ...\n")

    async def measured() -> Found:
        return await part(effort)

    return uvloop.run(measured())


def _table(name: str, figures: Found) -> Table:
    table = Table(title=name, title_justify="left", box=None)
    for head in ("", "median", "from", "to", "aim"):
        table.add_column(head, justify="left" if not head else "right")
    for key, rounds in figures.items():
        sign, aim = AIMS.get(key, ("", 0.0))
        values = (rounds.median, min(rounds.values), max(rounds.values))
        table.add_row(key, *(f"{value:,.2f}" for value in values), f"{sign} {aim}" if sign else "")
    return table


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # a process that ends within milliseconds of its last Temporal call may die of a signal
