"""This build restores, migrates and reads a record that the old build wrote; see `old_build/`."""

import base64
import json
import shlex
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from console.cli.app import parse
from console.cli.order import Order
from console.cli.output import show, terminal
from console.cli.run import run_command
from handoff.store.engine import connect
from handoff.store.migrations import revisions
from handoff.timezone import KST
from tests.store.databases import create, migrated
from tests.store.test_migrations import catalogue
from tests.workers.oncall.old_build import BACKUP, CASES, ENDED, RUNNING, SECRETS, said
from workers.connections import LazyConnections
from workers.data_folder import files
from workers.data_folder.keys import Keys
from workers.oncall.restore import RestoreOrder
from workflows.discharge_handoff import DischargeHandoff
from workflows.replay import replay
from workflows.runs import Run

ELSEWHERE = "audited-elsewhere"  # a word that no build knows
# Columns that hold a word of a vocabulary, by table; tasks, clocks and the timeline have more of them below.
WORDS = {
    "cases": ("stage", "consent", "eligibility", "priority"),
    "plans": ("state", "reason"),
    "plan_lines": ("state", "kind", "per", "reason"),
    "referrals": ("state", "reason"),
    "visits": ("state", "reason"),
    "checks": ("state", "result"),
}


def in_korea(value: Any) -> Any:
    """What the old build said, with its moments in Korea's time, as this build says them."""
    if isinstance(value, dict):
        return {name: in_korea(word) for name, word in value.items()}
    if isinstance(value, list):
        return [in_korea(word) for word in value]
    if isinstance(value, str) and value.endswith("+00:00"):
        return datetime.fromisoformat(value).astimezone(KST).isoformat()
    return value


async def restored(folder: Path, postgres_url: str, name: str) -> LazyConnections:
    """A desk at the record, in a database of its own; Temporal and Kafka are away."""
    files.write(folder / "master.key", base64.b64encode(Keys.in_file(SECRETS).master_key).decode())
    settings = {
        "postgres_url": await create(postgres_url, name),
        "master_key_file": str(folder / "master.key"),
        "temporal_address": "127.0.0.1:1",
        "kafka_bootstrap": "127.0.0.1:1",
    }
    files.write(folder / "settings.toml", "".join(f"{key} = {json.dumps(it)}\n" for key, it in settings.items()))
    await RestoreOrder(BACKUP, folder, None, replace=False, only="", say=lambda _: None).done()
    return LazyConnections(folder)


@pytest.fixture(scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> AsyncIterator[LazyConnections]:
    desk = await restored(tmp_path_factory.mktemp("desk"), postgres_url, "old_record")
    yield desk
    await desk.close()


@pytest.fixture
async def foreign_desk(tmp_path: Path, postgres_url: str) -> AsyncIterator[LazyConnections]:
    """The same record with words that this build does not know."""
    desk = await restored(tmp_path, postgres_url, "words_of_elsewhere")
    async with desk.engine.begin() as conn:
        for table, columns in WORDS.items():
            changes = ", ".join(f"{column} = '{ELSEWHERE}'" for column in columns)
            await conn.execute(text(f"UPDATE {table} SET {changes}"))  # noqa: S608 - names of this file
        await conn.execute(text(f"UPDATE tasks SET kind = '{ELSEWHERE}', subject = task_id"))  # noqa: S608
        await conn.execute(text(f"UPDATE clocks SET \"limit\" = '{ELSEWHERE}', name = '{ELSEWHERE}:' || name"))  # noqa: S608
        await conn.execute(text(f"UPDATE timeline SET what = '{ELSEWHERE}', why = '{ELSEWHERE}', code = ''"))  # noqa: S608
    yield desk
    await desk.close()


async def answers(desk: LazyConnections, line: str) -> Any:
    ran = await run_command(desk, shlex.split(line))
    assert ran.code == 0, (line, ran.error)
    return json.loads(json.dumps(ran.content, default=str))


async def shown(desk: LazyConnections, line: str) -> str:
    """What a person reads."""
    order = parse(shlex.split(line))
    assert isinstance(order, Order)
    console = terminal(width=200)
    with console.capture() as captured:
        show(console, (await order.does(desk)).shown)
    return captured.get()


def in_the_order_of(then: list[Any], now: list[Any]) -> list[Any]:
    """Tasks in the order of the old build: those that rest are the last now."""
    order = {each["task"]: place for place, each in enumerate(then) if isinstance(each, dict) and "task" in each}
    return sorted(now, key=lambda each: order.get(each["task"], -1)) if order else now


def as_then(now: Any, then: Any) -> Any:
    """What this build says, without fields that the old one had not, and with the deadlines of tasks that rest."""
    if isinstance(now, dict) and isinstance(then, dict):
        rests = {"due_at": then.get("due_at"), "overdue": then.get("overdue")} if now.get("rests") else {}
        return {name: as_then({**now, **rests}[name], then[name]) for name in then}
    if isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        now = in_the_order_of(then, now)
        return [as_then(each, before) for each, before in zip(now, then, strict=True)]
    return now


def in_codes(case: dict[str, Any]) -> dict[str, Any]:
    """A case as `show --json` has it, without sentences: their wording may change."""
    awaited = {"next": case["next"] and {**case["next"], "action": ""}, "waits": len(case["waits"])}
    return {**case, **awaited}


async def tables_of(url: str) -> set[tuple[str, ...]]:
    """Columns whole; constraints and indexes by name, since PostgreSQL rewrites their conditions in a restore."""
    engine = connect(url, pool=1)
    async with engine.connect() as conn:
        found = await catalogue(conn)
    await engine.dispose()
    return {row if row[0] == "column" else row[:3] for row in found}


async def test_the_record_is_migrated_to_the_tables_of_this_build(desk: LazyConnections, postgres_url: str) -> None:
    new = await create(postgres_url, "build_now", like=await migrated(postgres_url))
    assert await tables_of(desk.settings.postgres) == await tables_of(new)
    async with desk.engine.connect() as conn:
        found = await revisions(conn)
    assert found.found == found.wanted


@pytest.mark.parametrize("name", CASES)
async def test_a_case_is_shown_as_the_old_build_showed_it(desk: LazyConnections, name: str) -> None:
    case, before = CASES[name], in_korea(said(f"shown/{name}"))
    told = await answers(desk, f"show {case} --json")
    if any(task["rests"] for task in told["tasks"]):
        before["next"] = told["next"]  # a task that rests is not the next action any more
    assert in_codes(as_then(told, before)) == in_codes(before)
    read = await shown(desk, f"show {case}")
    for word in (case, before["stage"], *(each["line"] for each in before["lines"])):
        assert word in read


async def test_the_tasks_are_the_same_and_so_are_their_owners_and_commands(desk: LazyConnections) -> None:
    before = in_korea(said("tasks"))
    for task in before:
        if task["kind"] == "consent-again":  # who has withdrawn need not refuse too: what is left is to end the case
            task["or"] = [f"handoff close {task['case']} --outcome refused --as coordinator"]
    told = await answers(desk, "tasks --json")
    assert as_then(told, before) == before
    read = await shown(desk, "tasks")
    assert all(each["do"] in read for each in told if not each["rests"])


async def test_every_case_is_listed(desk: LazyConnections) -> None:
    assert {each["case"] for each in await answers(desk, "cases --all --json")} == set(CASES.values())
    read = await shown(desk, "cases --all")
    assert all(case in read for case in CASES.values())


@pytest.mark.parametrize("name", ENDED)
async def test_a_kept_history_is_shown_and_proved_without_temporal(desk: LazyConnections, name: str) -> None:
    history = await answers(desk, f"history {CASES[name]} --json")
    assert {each["from"] for each in history} == {"record", "temporal"}
    assert "closed" in await shown(desk, f"history {CASES[name]}")
    proof = await answers(desk, f"prove {CASES[name]} --json")
    assert proof["proved"]
    assert proof["milestones"] > 0
    assert all(run["kept"] and run["replayed"] for run in proof["runs"])
    assert {build for run in proof["runs"] for build in run["builds"]} != {proof["build"]}


async def test_the_identity_of_a_person_can_still_be_read(desk: LazyConnections) -> None:
    case = CASES["consent-awaited"]
    identity = (await answers(desk, f"show {case} --identity --as kim --why call --json"))["identity"]
    assert identity["phone"].startswith("010")
    assert identity["address"].startswith("경기도 광명시")


@pytest.mark.parametrize("name", RUNNING)
async def test_the_history_of_an_open_case_replays_under_this_build(name: str) -> None:
    kept = said(f"histories/{name}")
    history = WorkflowHistory.from_json(kept["id"], {"events": kept["events"]})
    sandboxed = Replayer(workflows=[DischargeHandoff], debug_mode=True)
    assert (await sandboxed.replay_workflow(history, raise_on_replay_failure=False)).replay_failure is None
    replayed = await replay(Run(CASES[name], "", history.events))
    assert replayed.failure == ""
    assert replayed.asked == {each.entry.key for each in replayed.written}


def test_no_history_tells_of_the_machine_that_ran_it() -> None:
    for name in RUNNING:
        told = json.dumps(said(f"histories/{name}"))
        assert "@" not in told
        assert "/home" not in told


def test_the_keys_beside_it_say_that_they_are_of_a_test() -> None:
    keys = Keys.in_file(SECRETS)
    assert keys.master_key.startswith(b"a test's")
    assert keys.institutions_key.startswith(b"a test's")
    assert all(
        "only-of-a-test" in word for word in (keys.postgres_password, keys.engine_password, keys.broker_password)
    )


async def test_a_word_that_this_build_does_not_know_is_shown(foreign_desk: LazyConnections) -> None:
    for case in CASES.values():
        assert (await answers(foreign_desk, f"show {case} --json"))["stage"] == ELSEWHERE
        for command in ("show", "history"):
            await answers(foreign_desk, f"{command} {case} --json")
            assert "audited" in await shown(foreign_desk, f"{command} {case}")
    tasks = await answers(foreign_desk, "tasks --json")
    assert {each["kind"] for each in tasks} == {ELSEWHERE}
    assert len(tasks) == len(said("tasks"))
    assert "audited elsewhere" in await shown(foreign_desk, "tasks")
    assert "audited" in await shown(foreign_desk, "cases")
