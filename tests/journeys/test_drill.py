"""The drill of docs/drill.md: Temporal's database is lost with cases open at every stage, and every case goes on.

By hand with more cases: `python -m tests.journeys.test_drill --cases 200`.
"""

import argparse
import asyncio
import contextlib
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from console.cli.order import Exit
from handoff.store.intake import restores
from handoff.store.queries import monitoring
from tests.cluster.elsewhere import cluster
from tests.journeys import stages
from tests.journeys.city import until
from tests.journeys.drilled import STAGES, Drilled, populated, unhurried, visiting
from workers.embedded import temporal

CASES = 40
BEFORE_ALL = "2026-01-01T00:00"  # of what was published here


@contextlib.asynccontextmanager
async def up(folder: Path, before: Drilled | None = None) -> AsyncIterator[Drilled]:
    """The city runs; it remembers what was published before."""
    city = Drilled(folder / "city", unhurried(folder), published=before.published if before else [])
    await city.start()
    try:
        yield city
    finally:
        await city.stop()


def lose_temporal(folder: Path) -> None:
    """Temporal's database is deleted."""
    shutil.rmtree(folder / "city" / temporal.FOLDER)


async def rebuilt(city: Drilled) -> list[dict[str, Any]]:
    """Rebuild whatever is orphaned; what was done with each case."""
    done: list[dict[str, Any]] = await city.does("handoff rebuild --all-orphaned --as duty-officer --json")
    return done


async def drill(folder: Path, number: int) -> dict[str, Any]:
    """Both losses of the page, one after the other; what was measured."""
    began = monotonic()
    async with up(folder) as city:
        earlier = await populated(city, number // 2)
        backup = await city.command("backup", str(folder / "yesterday.tgz"), "--keys", str(folder / "keys"))
        assert backup.code == 0, backup.error
        cases = [*earlier, *await populated(city, number - number // 2, number // 2)]
        pictures = await city.pictures([case for _, case in cases])
    lose_temporal(folder)
    ready = monotonic()
    async with up(folder, city) as city:
        done = await rebuilt(city)
        took = monotonic() - ready
        assert {each["case"] for each in done} == {case for _, case in cases}
        assert await city.pictures([case for _, case in cases]) == pictures
        await nothing_lost(city)
        await they_go_on(city, cases)
    assert 0 < await restored_from_yesterday(folder, city) <= len(earlier)
    return {"cases": len(cases), "up and rebuilt in s": round(took), "all in s": round(monotonic() - began)}


async def restored_from_yesterday(folder: Path, city: Drilled) -> int:
    """Temporal is lost again, and the record is yesterday's: how many cases were rebuilt from it.

    Those on which nobody has acted began again from their facts, when record and workflows were compared.
    """
    lose_temporal(folder)
    restore = await city.command("restore", str(folder / "yesterday.tgz"), "--replace", "--only", "record")
    assert restore.code == 0, restore.error
    async with up(folder, city) as again:
        await until(lambda: _compared(again), "the record is compared, and topics are read again")
        done = await rebuilt(again)
        assert (await again.command("intake", "--again-since", BEFORE_ALL)).code == 0
        await until(lambda: _told(again), "every fact is told")
        await nothing_lost(again)
        return len(done)


async def _compared(city: Drilled) -> bool:
    async with city.desk.engine.connect() as conn:
        last = await restores.last(conn)
    return bool(last and last.compared_at)


async def _told(city: Drilled) -> bool:
    async with city.desk.engine.connect() as conn:
        return not (await monitoring.untold(conn)).count


async def nothing_lost(city: Drilled) -> None:
    """Every notice has its one case, every case its one workflow and somebody who owns the next step."""

    async def right() -> bool:
        counted = (await city.counted())["cases"]
        return [counted[name] for name in ("lost", "doubled", "unowned")] == [0, 0, 0]

    await until(right, "nothing is lost, doubled or unowned")


async def they_go_on(city: Drilled, cases: list[tuple[int, str]]) -> None:
    """One case of each stage goes on: what people decide is done, and what follows from it happens."""
    first = {STAGES[place]: case for place, case in reversed(cases)}
    case = first[stages.planned]
    await city.does(f"handoff decide {case} --approve --as coordinator")
    await stages.visited(city, case)
    case = first[stages.assessed]
    await stages.submits(city, case)
    case = first[visiting]
    visit = (await city.show(case))["lines"][0]["next_visit"]
    await city.does(f"handoff visit {visit} --completed --as coordinator")
    await city.at_stage(case, "follow-up")
    case = first[stages.asked_consent]
    await city.does(f"handoff consent {case} --give --as coordinator")
    await city.at_stage(case, "assessment")
    case = first[stages.served]
    proof = await city.ran(f"handoff prove {case}")
    assert (proof.code, proof.content["proved"]) == (Exit.PROVED_IN_PART, True), proof
    assert (await city.ran(f"handoff rebuild {case} --as duty-officer")).code == Exit.REFUSED  # it runs


@pytest.mark.skipif(cluster() is not None, reason="a cluster's Temporal is not deleted")
async def test_cases_of_every_stage_go_on_after_temporal_is_lost_and_after_yesterdays_record(tmp_path: Path) -> None:
    await drill(tmp_path, CASES)


def main() -> None:
    """The drill by hand."""
    asked = argparse.ArgumentParser(prog="python -m tests.journeys.test_drill", description=__doc__)
    asked.add_argument("--cases", type=int, default=200, help="how many cases are open when Temporal is lost")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measured = asyncio.run(drill(Path(folder), given.cases))
    sys.stdout.write(f"{measured}\n")


if __name__ == "__main__":
    main()
