"""A case typed in and taken to its end by commands alone, each a process, as the README tells it."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from console.cli.order import Exit
from tests.console.test_every_task import filled_in
from tests.journeys.city import City, somebody, until
from tests.journeys.stages import BY_PHONE

EXAMPLES = Path(__file__).parents[2] / "examples"
PLAN = f"""
[[lines]]
service = "home-visit-korean-medicine"
kind = "one-off"
prefers = "{BY_PHONE}"
"""

# What a coordinator types for each task as it comes up. `tasks --json` names the command; these are the ones expected.
BY_HAND = {
    "contact": "handoff contact {case} --made --as {owner}",
    "consent": "handoff consent {case} --give --as {owner}",
    "assess": "handoff assess {case} --score 3 --as {owner}",
    "draft-plan": "handoff plan {case} --file plan.toml --as {owner}",
    "tell-result": "handoff contact {case} --made --about result --as {owner}",
    "decide": "handoff decide {case} --approve --as {owner}",
    "answer": "handoff answer {case}.1.O1 --accept --as {owner}",
    "visit-report": "handoff visit {case}.1.V1 --completed --as {owner}",
    "review-end": "handoff close {case} --reason 3 --as {owner}",
}
# What may come up besides, as this calendar hurries: a day lasts four seconds.
BESIDES = {"first-service-late", "late-first-visit", "chase", "check", "missed-visit"}
# The acceptance names no first visit, so it is asked for.
ASKED = {"first-visit"}


async def test_a_case_typed_in_is_taken_to_its_end_by_the_listed_commands(city: City, tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(PLAN)
    case = await _typed_in(city)
    done: list[str] = []

    async def closed() -> bool:
        for task in sorted(await _tasks(city, case), key=lambda each: each["kind"] in BESIDES):
            if await _answered(city, task, tmp_path):
                done.append(task["kind"])
                break
        return bool((await city.show(case))["stage"] == "closed")

    await until(closed, f"{case} is closed, after {done}")
    assert {*BY_HAND, *ASKED} - {"tell-result"} <= set(done)
    shown = json.loads((await city.command("show", case, "--json")).out)
    assert (shown["end"], shown["lines"][0]["state"], shown["lines"][0]["visits"]["completed"]) == (
        "reason-3",
        "completed",
        1,
    )
    history = await city.command("history", case)
    assert history.code == 0
    assert "closed" in history.out


async def test_the_plan_among_the_examples_is_a_plan_of_this_municipality(city: City, tmp_path: Path) -> None:
    case = await _typed_in(city, "--consent")
    await city.at_stage(case, "assessment")
    await city.does(f"handoff assess {case} --score 3 --as coordinator")
    file = shutil.copy(EXAMPLES / "plan.toml", tmp_path)
    await city.does(f"handoff plan {case} --file {file} --as coordinator")
    lines = (await city.show(case))["lines"]
    assert [each["service"] for each in lines] == ["meal-delivery", "accompaniment", "home-visit-korean-medicine"]


async def _typed_in(city: City, *more: str) -> str:
    person, left = somebody(), datetime.now(UTC) - timedelta(minutes=1)
    words = ["--name", person.name, "--phone", person.phone, "--address", person.address]
    born = ["--birth", person.birth_date.isoformat(), "--discharged-at", left.isoformat()]
    came = await city.command("notice", *words, *born, *more, "--from", "gm-hospital", "--as", "coordinator")
    assert (came.code, came.error) == (0, ""), came
    case = came.out.split(": ")[1].split(".")[0]
    await until(lambda: _begun(city, case), f"{case} begins")
    return case


async def _begun(city: City, case: str) -> bool:
    return len((await city.show(case))["timeline"]) > 1


async def _tasks(city: City, case: str) -> list[dict[str, Any]]:
    return await city.tasks(case)


async def _answered(city: City, task: dict[str, Any], papers: Path) -> bool:
    """Type in what the list says; False: what was done before has answered it, or it has to be typed again."""
    assert task["kind"] in {*BY_HAND, *BESIDES, *ASKED}, task
    if task["kind"] in BY_HAND:
        assert task["do"].replace(" --version 1", "") == BY_HAND[task["kind"]].format(
            case=task["case"], owner=task["owner"]
        )
    if task["kind"] in {*BESIDES, *ASKED}:
        return (await city.ran(filled_in(task["do"], datetime.now(UTC)))).code == 0
    words = task["do"].replace("plan.toml", str(papers / "plan.toml")).split()[1:]
    came = await city.command(*words)
    assert came.code in (Exit.DONE, Exit.REFUSED, Exit.NOT_DONE), (task, came)
    return came.code == 0
