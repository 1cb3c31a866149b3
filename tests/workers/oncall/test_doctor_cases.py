"""Whoever is on call is told which cases go on no further, and why."""

import asyncio
from datetime import UTC, datetime, timedelta

from temporalio.client import Client

from tests.workers.oncall.ward import LOOKS, PROCESSES, Ward
from workflows.client import TASK_QUEUE, workflow_id


async def test_the_first_case_that_stands_still_is_an_increase(ward: Ward) -> None:
    for name in PROCESSES:
        told = await ward.metrics(name)
        for what in ("case_stands_still", "signal_lost", "milestone_failed"):
            assert f'handoff_troubles_total{{what="{what}"}} 0.0' in told, name


async def test_an_open_case_that_nothing_carries_on_is_named(ward: Ward) -> None:
    words = ("notice", "--as", "desk", "--name", "김복순", "--phone", "010-1234-5678", "--consent")
    when = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    told = await ward.runs(*words, "--address", "경기도 광명시 철산로 12", "--discharged-at", when.isoformat())
    case = str(told.content["case"])
    assert await ward.settles() == {}
    client = await Client.connect(ward.stack.endpoints.temporal_address)
    await client.get_workflow_handle(workflow_id(case)).terminate()
    assert await ward.settles({"open cases": "fail"}) == {"open cases": "fail"}
    [found] = [each for each in (await ward.runs("doctor")).content if each["part"] == "open cases"]
    assert case in found["says"]
    await ward.says("UPDATE cases SET closed_at = now()")
    assert await ward.settles() == {}


async def test_a_case_that_is_told_and_nothing_comes_of_it_is_named(ward: Ward) -> None:
    when = (datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)).isoformat()
    words = ("notice", "--as", "desk", "--address", "경기도 광명시 철산로 12", "--discharged-at", when)
    person = (*words, "--name", "최말순", "--phone", "010-6666-7777", "--birth-date", "1941-05-06")
    case = (await ward.runs(*person)).content["case"]
    assert await ward.settles() == {}
    last = f"SELECT case_id, entries FROM cases WHERE case_id = '{case}'"  # noqa: S608
    await ward.says(f"DELETE FROM timeline WHERE (case_id, seq) IN ({last})")  # noqa: S608 - the record falls behind
    assert (await ward.runs(*person, "--consent")).content["case"] == case
    [found] = await _still(ward)
    assert (case in found["says"], "(RecordBehind)" in found["says"]) == (True, True), found
    assert "handoff compare" in found["do"]
    client = await Client.connect(ward.stack.endpoints.temporal_address)
    await client.get_workflow_handle(workflow_id(case)).terminate()
    await client.start_workflow("DischargeHandoff", "no case", id=workflow_id(case), task_queue=TASK_QUEUE)
    [found] = await _still(ward, but="RecordBehind")
    assert (case in found["says"], "its workflow task was tried" in found["says"]) == (True, True), found
    await ward.says("UPDATE cases SET facts = 0")  # as if nothing had been told: Temporal marks it all the same
    [found] = await _still(ward, but=" for ")
    assert (case in found["says"], "its workflow task was tried" in found["says"]) == (True, True), found
    await client.get_workflow_handle(workflow_id(case)).terminate()
    await ward.says("UPDATE cases SET closed_at = now()")
    assert await ward.settles() == {}


async def test_a_case_that_cannot_be_told_while_others_are_is_named(ward: Ward) -> None:
    when = (datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)).isoformat()
    words = ("notice", "--as", "desk", "--consent", "--address", "경기도 광명시 철산로 12", "--discharged-at", when)
    case = (await ward.runs(*words, "--name", "이순자", "--phone", "010-2222-3333")).content["case"]
    assert await ward.settles() == {}
    client = await Client.connect(ward.stack.endpoints.temporal_address)
    await client.get_workflow_handle(workflow_id(case)).terminate()
    # Not its first fact: that one would begin the case again.
    later = "number = 2, told_at = NULL, known_at = now() - '1 hour'::interval"
    await ward.says(f"UPDATE facts SET {later} WHERE case_id = '{case}'")  # noqa: S608
    await ward.runs(*words, "--name", "박영수", "--phone", "010-4444-5555")
    assert await ward.settles({"facts untold": "fail"}) == {"facts untold": "fail"}
    [found] = [each for each in (await ward.runs("doctor")).content if each["part"] == "facts untold"]
    assert f"but not {case}" in found["says"]
    assert await ward.running["intake"].answers("/ready") == 200
    await ward.says("UPDATE facts SET told_at = now()")
    await ward.says("UPDATE cases SET closed_at = now()")
    assert await ward.settles() == {}


async def _still(ward: Ward, but: str = "no worker took its task") -> list[dict[str, str]]:
    """The doctor's line about what the case was told an hour ago, once it says why."""
    for _ in range(LOOKS):
        await ward.says("UPDATE facts SET told_at = told_at - '1 hour'::interval")
        told = (await ward.runs("doctor")).content
        found = [each for each in told if each["part"] == "cases standing still" and each["state"] == "fail"]
        if found and but not in found[0]["says"] and "no worker took its task" not in found[0]["says"]:
            return found
        await asyncio.sleep(1)
    return []
