import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy import delete
from temporalio.client import Client

from console.count.meant import MeantRun, meant_run
from console.count.record import WITHIN_DAYS
from console.count.summary import Summary, count
from events.kafka.login import topic_to
from handoff.store import tables
from simulation.journal import FILE, lines
from simulation.scenario import COURSES
from tests.cluster.elsewhere import cluster, settle
from workers.connections import LazyConnections
from workers.demo.progress import NowAndThen
from workflows.client import TASK_QUEUE, workflow_id
from workflows.discharge_handoff import DischargeHandoff
from workflows.messages import Begin

PLAYED_WITHIN = 660  # seconds
HANDOFF = [sys.executable, "-m", "workers.command"]


@dataclass
class Demonstration:
    """A demonstration that was played and counted, and stays up."""

    folder: Path
    summary: Summary
    process: subprocess.Popen[bytes]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    folder = tmp_path_factory.mktemp("demo")
    written = folder / "out.json"
    if on := cluster():
        (folder / "data").mkdir()
        asyncio.run(settle(folder / "data", on))
    with (folder / "demo.log").open("wb") as log:
        process = subprocess.Popen(
            [*HANDOFF, "demo", "--summary", str(written), "--data", str(folder / "data")], stdout=log, stderr=log
        )
        try:
            wait_for(written, process, folder / "demo.log")
            yield Demonstration(folder / "data", json.loads(written.read_text()), process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def wait_for(written: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PLAYED_WITHIN
    while not written.exists():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        with_patience(process)


def with_patience(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(0.5)
    except subprocess.TimeoutExpired:
        return


@pytest.fixture
async def desk(played: Demonstration) -> AsyncIterator[LazyConnections]:
    desk = LazyConnections(played.folder)
    yield desk
    await desk.close()


def test_nobody_is_lost_and_most_are_served_at_home(played: Demonstration) -> None:
    told, cases = played.summary["notices"], played.summary["cases"]
    assert [cases[name] for name in ("lost", "doubled", "unowned")] == [0, 0, 0]
    assert told["published"] == told["acknowledged"] + told["resent"] + told["rejected"]
    assert told["acknowledged"] == cases["opened"] + told["joined"] + told["held"]
    assert cases["opened"] == cases["closed"] + cases["in_follow_up"] + cases["waiting"] == 20
    assert cases["eligible_consenting"] >= 15
    assert cases["first_visit_delivered"] >= 0.8 * cases["eligible_consenting"]
    assert cases["closed"] >= 5
    assert cases["waiting"] <= 3


def test_the_days_to_the_first_service_agree_with_the_share_within_two(played: Demonstration) -> None:
    # a day lasts seconds here: how many make it measures the machine
    days, share = played.summary["first_service_days"], played.summary["share_within_two_days"]
    assert 0 < days["p50"] <= days["p90"]
    for percent in (50, 90):
        assert (day := days[f"p{percent}"]) == WITHIN_DAYS or (share >= percent / 100) == (day < WITHIN_DAYS)


def test_every_situation_that_was_meant_came_about(played: Demonstration) -> None:
    came = played.summary["situations"]
    meant = {course.situation for course in COURSES if course.situation} | {"unreadable", "not-our-municipality"}
    assert [name for name in meant if not came[name]] == []


async def test_the_same_count_sees_each_thing_that_is_lost_or_doubled(
    played: Demonstration, desk: LazyConnections
) -> None:
    assert await lost_and_doubled(desk) == (0, 0)
    case, other, third = await open_cases(desk)
    await delete_case(desk, case)
    assert await lost_and_doubled(desk) == (1, 0)
    await begin_again(desk, other)
    assert await lost_and_doubled(desk) == (1, 1)
    await acknowledge_again(desk, played.folder)
    assert await lost_and_doubled(desk) == (1, 2)
    await (await desk.temporal()).get_workflow_handle(workflow_id(third)).terminate("a test ends it")
    assert await lost_and_doubled(desk) == (2, 2)


async def test_a_part_that_dies_while_it_is_counted_is_among_the_restarts(played: Demonstration) -> None:
    restarts = {"temporal": 0}

    class Unlucky(LazyConnections):
        async def temporal(self) -> "Client":
            restarts["temporal"] += 1
            return await super().temporal()

    desk = Unlucky(played.folder)
    assert (await count(desk, first_run(played.folder), lambda: restarts))["restarts"] == {"temporal": 1}
    await desk.close()


def test_a_second_run_on_the_folder_has_people_of_its_own_and_counts_them_only(played: Demonstration) -> None:
    played.process.send_signal(signal.SIGTERM)
    assert played.process.wait(60) == 0
    written = played.folder.parent / "again.json"
    again = [*HANDOFF, "demo", "--cases", "4", "--exit", "--summary", str(written), "--data", str(played.folder)]
    assert subprocess.run(again, check=False, timeout=PLAYED_WITHIN, capture_output=True).returncode == 0
    summary = json.loads(written.read_text())
    assert (summary["run"], summary["cases"]["opened"]) == (2, 4)
    assert [summary["cases"][name] for name in ("lost", "doubled", "unowned")] == [0, 0, 0]


def test_a_play_that_is_stopped_before_the_count_does_not_pass_for_one(tmp_path: Path) -> None:
    written = tmp_path / "out.json"
    line = [*HANDOFF, "demo", "--exit", "--summary", str(written), "--data", str(tmp_path / "data")]
    with subprocess.Popen(line, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stderr
        assert "profile" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    assert (process.returncode, written.exists()) == (130, False)
    assert "Everything is stopped." in said


def test_a_log_hears_how_far_it_is_however_slow_the_machine() -> None:
    lines = NowAndThen(10)
    assert [at for at in (1.1, 9.4, 11.6, 12.7, 25.2, 26.0, 35.3) if lines.due(at)] == [11.6, 25.2, 35.3]


def first_run(folder: Path) -> MeantRun:
    return meant_run(lines(folder / FILE), 1)


async def lost_and_doubled(desk: LazyConnections) -> tuple[int, int]:
    cases = (await count(desk, first_run(desk.folder), dict))["cases"]
    return cases["lost"], cases["doubled"]


async def open_cases(desk: LazyConnections) -> tuple[str, str, str]:
    async with desk.engine.connect() as conn:
        open_ = tables.cases.select().where(tables.cases.c.closed_at.is_(None)).order_by(tables.cases.c.opened_at)
        first, second, third = (await conn.execute(open_.limit(3))).all()
    return first.case_id, second.case_id, third.case_id


async def delete_case(desk: LazyConnections, case: str) -> None:
    async with desk.engine.begin() as conn:
        for table in reversed(tables.metadata.sorted_tables):
            if "case_id" in table.c:
                await conn.execute(delete(table).where(table.c.case_id == case))


async def begin_again(desk: LazyConnections, case: str) -> None:
    client = await desk.temporal()
    await client.start_workflow(DischargeHandoff.run, Begin(case), id=f"handoff-{case}-again", task_queue=TASK_QUEUE)


async def acknowledge_again(desk: LazyConnections, folder: Path) -> None:
    """Another id for what a hospital was told already."""
    said = [json.loads(line) for line in (folder / "simulation" / "journal.jsonl").read_text().splitlines()]
    notice = next(line for line in said if line["what"] == "published" and line["situation"] == "told-by-two")
    data: dict[str, Any] = {"message_id": notice["message_id"], "case_id": "", "status": "held"}
    headers = {"ce_id": "another", "ce_type": "notice.acknowledged", "ce_time": datetime.now(UTC).isoformat()}
    producer = AIOKafkaProducer(**desk.engine_login.aiokafka(desk.endpoints.kafka_bootstrap), acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(
            topic_to(notice["institution"]),
            json.dumps(data).encode(),
            headers=[(name, value.encode()) for name, value in headers.items()],
        )
    finally:
        await producer.stop()
