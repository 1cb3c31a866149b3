"""This build restores a deployment of the old build and goes on with its open cases; see `old_build/`."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest

from handoff.repeat import until
from handoff.store.intake import restores
from tests.patience import PATIENCE
from tests.workers.oncall.deployment import Deployment, restored
from tests.workers.oncall.old_build import BACKUP, CASES, RUNNING, SECRETS, said
from workers.build import this_build
from workflows.client import workflow_id
from workflows.runs import Runs

# What a person does in each situation, and what then stands in the timeline.
ACTIONS = {
    "accepted-before-discharge": ("discharge {case} --at {now}", "visit planned"),
    "assessment-asked": ("assess {case} --score 3", "presurvey recorded"),
    "consent-awaited": ("consent {case} --give", "assessment requested"),
    "consent-overdue": ("consent {case} --give", "assessment requested"),
    "consent-withdrawn": ("consent {case} --give", "consent given"),
    "date-corrected": ("contact {case} --failed", "contact failed"),
    "dates-differ": ("discharge {case} --at {now}", "discharge corrected"),
    "declined-then-next": ("answer {offer} --accept", "visit planned"),
    "determination-asked": ("assess {case} --result eligible", "determination recorded"),
    "discharge-cancelled": ("close {case} --outcome discharge-cancelled", "closing"),
    "gap": ("gap {case}.1 --wait 3d", "gap answered"),
    "missed-visit-climbed": ("visit {visit} --completed", "visit completed"),
    "offer-open": ("answer {offer} --accept", "visit planned"),
    "partly-accepted": ("visit {visit} --missed no-answer", "visit missed"),
    "plan-rejected": ("plan {case} --file {plan}", "plan submitted"),
    "plan-submitted": ("decide {case} --approve", "offer made"),
    "provider-silent": ("answer {offer} --decline no-capacity", "offer declined"),
    "readmitted": ("discharge {case} --at {now}", "resumed"),
    "returned-to-resurvey": ("assess {case} --score 4", "resurvey recorded"),
    "second-chapter": ("consent {case} --withdraw", "consent withdrawn"),
    "served-with-visits": ("visit {visit} --completed", "visit completed"),
    "urgent-line-offered": ("decide {case} --reject other", "plan rejected"),
}
PLAN = {"lines": [{"service": "home-safety", "kind": "one-off"}]}
LOST = "check-due"  # nobody has acted on it: its facts alone let it begin again


@pytest.fixture(scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    async with restored(tmp_path_factory.mktemp("old") / "data", BACKUP, SECRETS) as deployment:
        yield deployment


async def proof(deployment: Deployment, name: str) -> Any:
    return await deployment.does(f"handoff prove {CASES[name]} --json")


async def shown(deployment: Deployment, name: str) -> Any:
    return await deployment.does(f"handoff show {CASES[name]} --json")


async def happens(deployment: Deployment, name: str, what: str, after: int = 0) -> None:
    """Wait until this stands in the timeline, behind so many rows."""

    async def there() -> bool:
        rows = (await shown(deployment, name))["timeline"]
        return any(each["what"].partition(" (")[0] == what for each in rows[after:])

    async with asyncio.timeout(PATIENCE):
        await until(there, 0.05)


def words_of(command: str, name: str, case: dict[str, Any], folder: Path) -> str:
    """A command with the ids and the moment that it needs."""
    first: dict[str, Any] = next(iter(case["lines"]), {})
    plan = folder / "plan.json"
    plan.write_text(json.dumps(PLAN))
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    return command.format(case=CASES[name], offer=first.get("offer"), visit=first.get("next_visit"), now=now, plan=plan)


async def test_of_what_the_old_build_left_nothing_has_to_be_mended(deployment: Deployment) -> None:
    assert await deployment.compares() == []


def test_every_open_case_is_gone_on_with() -> None:
    assert {*ACTIONS, LOST} == set(RUNNING)


@pytest.mark.parametrize("name", ACTIONS)
async def test_what_a_person_does_takes_effect_in_a_case_that_the_old_build_began(
    deployment: Deployment, name: str, tmp_path: Path
) -> None:
    command, wanted = ACTIONS[name]
    before = await shown(deployment, name)
    await deployment.does(f"handoff {words_of(command, name, before, tmp_path)} --as coordinator")
    await happens(deployment, name, wanted, len(before["timeline"]))
    builds = [build for run in (await proof(deployment, name))["runs"] for build in run["builds"]]
    assert builds[-1] == this_build()
    assert len(set(builds)) > 1


async def test_a_case_that_has_ended_refuses_in_a_sentence(deployment: Deployment) -> None:
    ran = await deployment.ran(f"handoff contact {CASES['closed-after-support']} --made --as coordinator")
    assert (ran.code, "closed" in ran.error) == (3, True), ran


async def test_a_case_that_is_closed_under_this_build_is_kept_with_all_its_chapters(deployment: Deployment) -> None:
    for answer in ("--withdraw", "--refuse"):
        await deployment.ran(f"handoff consent {CASES['second-chapter']} {answer} --as coordinator")

    async def kept() -> Any:
        await deployment.keeps_ended()
        runs = (await proof(deployment, "second-chapter"))["runs"]
        return runs if all(run["kept"] for run in runs) else None

    async with asyncio.timeout(PATIENCE):
        runs = await until(kept, 0.1)
    assert [run["ended"] for run in runs] == ["continued-as-new", "completed"]


async def test_a_person_whom_the_old_build_knew_is_known(deployment: Deployment) -> None:
    case = CASES["date-corrected"]
    known = await deployment.does(f"handoff show {case} --identity --as kim --why call --json")
    person = {name: known["identity"][name] for name in ("name", "birth_date", "phone", "address")}
    taken = await deployment.hears(
        "discharge.notified",
        "nhis-gwangmyeong",
        person=person,
        discharge={"reference": "N-1", "discharged_at": known["discharged_at"]},
        consent={"given": True},
    )
    assert (taken.outcome, taken.case_id) == ("joined", case)


async def test_what_a_provider_answers_to_an_offer_of_the_old_build_reaches_the_case(deployment: Deployment) -> None:
    before = await shown(deployment, "served-with-visits")
    line = before["lines"][1]
    taken = await deployment.hears("referral.accepted", line["provider"], line["offer"])
    assert taken.outcome == "entered"
    await happens(deployment, "served-with-visits", "offer accepted", len(before["timeline"]))
    await proof(deployment, "served-with-visits")


async def test_a_notice_that_the_old_build_held_opens_its_case(deployment: Deployment) -> None:
    [task] = [each for each in said("tasks") if each["kind"] == "held-notice"]
    done = await deployment.does(task["do"].replace("…", "010-4400-0999"))
    assert done["outcome"] == "opened"
    assert await deployment.tells() == 1

    async def begun() -> bool:
        return bool((await deployment.does(f"handoff show {done['case']} --json"))["stage"] == "assessment")

    async with asyncio.timeout(PATIENCE):
        await until(begun, 0.05)


async def test_a_case_that_temporal_has_lost_begins_again_by_what_the_old_build_recorded(
    deployment: Deployment,
) -> None:
    case, client = CASES[LOST], deployment.temporal
    lost = WorkflowExecution(workflow_id=workflow_id(case))
    await client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(namespace=client.namespace, workflow_execution=lost)
    )

    async def gone() -> bool:
        return await Runs(client).read(case) is None

    async with asyncio.timeout(PATIENCE):
        await until(gone, 0.05)
    async with deployment.desk.engine.begin() as conn:
        await restores.compare_again(conn)
    [mended] = await deployment.compares()
    assert (mended["case"], mended["told_again"]) == (case, 1)
    before = (await shown(deployment, LOST))["timeline"]
    assert await deployment.tells() == 1
    await deployment.does(f"handoff check {case}.day-1 --ok --as coordinator")
    [since] = (await shown(deployment, LOST))["timeline"][len(before) :]  # the rest is written again under its keys
    assert since["what"].startswith("check completed")
    after = (await deployment.ran(f"handoff prove {case} --json")).content
    assert [run["builds"] for run in after["runs"]] == [[this_build()]]
    assert after["differences"] == []  # the check came due under the key that the lost run gave it
