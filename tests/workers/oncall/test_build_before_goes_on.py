"""A deployment of the build before is restored whole under this build, and its open cases go on; see `before/`."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest

from handoff.store.intake import restores
from simulation.people import InventedPerson
from tests.journeys.city import City, stay, until
from tests.journeys.stages import line
from tests.workers.oncall.before import BACKUP, CASES, RUNNING, SECRETS, said
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
    "discharge-cancelled": ("close {case} --outcome discharge-cancelled", "closed"),
    "gap": ("gap {case}.1 --wait 3d", "gap answered"),
    "missed-visit-climbed": ("visit {visit} --completed", "visit completed"),
    "offer-open": ("answer {offer} --accept", "visit planned"),
    "partly-accepted": ("visit {visit} --missed no-answer", "visit missed"),
    "plan-rejected": ("plan {case} --file {plan}", "plan submitted"),
    "plan-submitted": ("decide {case} --approve", "offer made"),
    "provider-silent": ("answer {offer} --decline no-capacity", "offer declined"),
    "readmitted": ("discharge {case} --at {now}", "resumed"),
    "returned-to-resurvey": ("assess {case} --score 4", "resurvey recorded"),
    "second-chapter": ("close {case} --reason 3", "closed"),
    "served-with-visits": ("visit {visit} --completed", "visit completed"),
    "urgent-line-offered": ("decide {case} --reject other", "plan rejected"),
}
LOST = "check-due"  # nobody has acted on it: its facts alone let it begin again


@pytest.fixture(scope="module")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """Everything that the build before had, but for Kafka, under this build."""
    city = City(tmp_path_factory.mktemp("before") / "city", profile="gwangmyeong")
    restore = await city.command("restore", str(BACKUP), "--keys", str(SECRETS))
    assert restore.code == 0, restore.error
    await city.start()
    await until(lambda: compared(city), "record and workflows are compared", within=90)
    yield city
    await city.stop()


async def compared(city: City) -> bool:
    async with city.desk.engine.connect() as conn:
        last = await restores.last(conn)
    return bool(last and last.compared_at)


async def proof(city: City, name: str) -> Any:
    ran = await city.ran(f"handoff prove {CASES[name]} --json")
    assert ran.code == 0, (name, ran)
    return ran.content


async def happened(city: City, name: str, after: int = 0) -> list[str]:
    """What stands in the timeline, from a row on."""
    return [each["what"].partition(" (")[0] for each in (await city.show(CASES[name]))["timeline"][after:]]


def words_of(command: str, name: str, shown: dict[str, Any], folder: Path) -> str:
    """A command with the ids and the moment that it needs."""
    first = next(iter(shown["lines"]), {})
    plan = folder / "plan.json"
    plan.write_text(json.dumps({"lines": [line()]}))
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    ids = {"case": CASES[name], "offer": first.get("offer"), "visit": first.get("next_visit")}
    return command.format(**ids, now=now, plan=plan)


async def test_of_what_the_build_before_left_nothing_has_to_be_mended(city: City) -> None:
    async with city.desk.engine.connect() as conn:
        last = await restores.last(conn)
    assert last
    assert last.mended == []


def test_every_open_case_is_gone_on_with() -> None:
    assert {*ACTIONS, LOST} == set(RUNNING)


@pytest.mark.parametrize("name", ACTIONS)
async def test_what_a_person_does_takes_effect_in_a_case_that_the_build_before_began(
    city: City, name: str, tmp_path: Path
) -> None:
    command, wanted = ACTIONS[name]
    shown = await city.show(CASES[name])
    await city.does(f"handoff {words_of(command, name, shown, tmp_path)} --as coordinator")

    async def there() -> bool:
        return wanted in await happened(city, name, len(shown["timeline"]))

    await until(there, f"{wanted} in {name}")
    builds = [build for run in (await proof(city, name))["runs"] for build in run["builds"]]
    assert builds[-1] == this_build()
    assert len(set(builds)) > 1


async def test_a_case_that_has_ended_refuses_in_a_sentence(city: City) -> None:
    ran = await city.ran(f"handoff contact {CASES['closed-after-support']} --made --as coordinator")
    assert (ran.code, "closed" in ran.error) == (3, True), ran


async def test_a_case_that_is_closed_under_this_build_is_kept_with_all_its_chapters(city: City) -> None:
    async def kept() -> list[Any]:
        runs = (await proof(city, "second-chapter"))["runs"]
        return runs if all(run["kept"] for run in runs) else []

    runs = await until(kept, "all is kept")
    assert [run["ended"] for run in runs] == ["continued-as-new", "completed"]


async def test_an_institution_is_known_and_so_is_the_person_of_whom_it_tells(city: City) -> None:
    case = CASES["date-corrected"]
    shown = await city.does(f"handoff show {case} --identity --as kim --why call --json")
    known = shown["identity"]
    person = InventedPerson(
        known["name"], date.fromisoformat(known["birth_date"]), "F", known["phone"], known["address"], "", "J1"
    )
    told = stay(person, discharged_at=datetime.fromisoformat(shown["discharged_at"]))
    heard = await city.acknowledged("nhis-gwangmyeong", await city.notifies("nhis-gwangmyeong", told))
    assert (heard.data["status"], heard.data["case_id"]) == ("joined", case)


async def test_what_a_provider_answers_on_its_topic_reaches_the_case(city: City) -> None:
    second = (await city.show(CASES["offer-open"]))["lines"][1]
    await city.says(second["provider"], "referral.accepted", second["offer"])

    async def there() -> bool:
        return bool((await city.show(CASES["offer-open"]))["lines"][1]["next_visit"])

    await until(there, "the second line has a visit")
    await proof(city, "offer-open")


async def test_a_notice_that_was_held_opens_its_case(city: City) -> None:
    [task] = [each for each in said("tasks") if each["kind"] == "held-notice"]
    done = await city.does(task["do"].replace("…", "010-4400-0999"))
    assert done["outcome"] == "opened"
    await city.at_stage(done["case"], "assessment")


async def test_a_case_that_temporal_has_lost_begins_again_by_what_the_build_before_recorded(city: City) -> None:
    case, client = CASES[LOST], await city.desk.temporal()
    lost = WorkflowExecution(workflow_id=workflow_id(case))
    await client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(namespace=client.namespace, workflow_execution=lost)
    )
    await until(lambda: gone(city, case), f"Temporal does not know {case}")
    before = await happened(city, LOST)
    [mended] = await city.does("handoff compare --json")
    assert (mended["case"], mended["told_again"]) == (case, 1)
    await city.does(f"handoff check {case}.day-1 --ok --as coordinator")
    assert await happened(city, LOST) == [*before, "check completed"]
    after = (await city.ran(f"handoff prove {case} --json")).content
    assert [run["builds"] for run in after["runs"]] == [[this_build()]]
    [only_of_the_lost_run] = after["differences"]  # when the check came due is the lost run's own moment
    assert only_of_the_lost_run["key"].startswith("check_due:")
    assert "its run may be lost" in only_of_the_lost_run["says"]


async def gone(city: City, case: str) -> bool:
    return await Runs(await city.desk.temporal()).read(case) is None
