"""Lists that a coordinator can start the day with, and one case as people see it."""

import json
import re
from pathlib import Path
from typing import Any

from console.cli.app import parse
from console.cli.order import Order
from console.errors import ConsoleError
from tests.console.office import Office, shown
from tests.events.desk import person
from tests.workflows.story import accepts, approved, assessed
from tests.workflows.town import HOSPITAL, INSURER, Town

NEXT = {"action", "owner", "due_at"}


async def test_overdue_tasks_come_first_then_by_due(town: Town, office: Office) -> None:
    await town.hospital_tells(consent=None)
    await town.passes(days=3.5)
    tasks: list[dict[str, Any]] = await office.answers("tasks --json")
    assert {"task", "case", "kind", "owner", "due_at", "overdue", "do", "or"} <= set(tasks[0])
    assert [task["overdue"] for task in tasks] == sorted((task["overdue"] for task in tasks), reverse=True)
    late = [task["due_at"] for task in tasks if task["overdue"]]
    assert late == sorted(late)
    assert late


async def test_an_owner_sees_their_own_tasks(town: Town, office: Office) -> None:
    await town.hospital_tells(consent=None)
    await town.passes(days=2.5)
    everybody = {task["owner"] for task in await office.tasks()}
    mine = await office.answers(f"tasks --owner team-lead --case {town.case_id} --json")
    assert everybody > {"team-lead"}
    assert {task["owner"] for task in mine} == {"team-lead"}


async def test_tasks_of_nobody_are_not_an_empty_list(town: Town, office: Office) -> None:
    await town.hospital_tells()
    stranger = await office.runs("tasks --owner teamlead")
    assert (stranger.code, "coordinator, duty-officer, team-lead" in stranger.error) == (2, True)
    assert await office.answers(f"tasks --owner duty-officer --case {town.case_id}") == []
    assert (await office.runs("tasks --case C0000000000")).code == 3


async def test_the_list_says_what_to_type(town: Town, office: Office) -> None:
    await town.hospital_tells()
    words = await shown(office, f"tasks --case {town.case_id}")
    assert "speak with the person" in words
    assert f"    handoff contact {town.case_id} --made --as coordinator" in words


async def test_overdue_is_a_word_and_not_a_colour(town: Town, office: Office) -> None:
    await town.hospital_tells(consent=None)
    await town.passes(days=3.5)
    for line in (f"tasks --case {town.case_id}", "cases", f"show {town.case_id}"):
        assert "overdue" in await shown(office, line), line
    assert (await shown(office, f"tasks --case {town.case_id}")).startswith("Due ")


async def test_every_command_shown_names_the_folder_that_was_named(town: Town, office: Office) -> None:
    await town.hospital_tells()
    office.desk.named = Path("a folder")
    for line in (
        f"tasks --case {town.case_id}",
        f"show {town.case_id}",
        "cases",
        f"settle {(await office.task('contact'))['task']} --done --as coordinator",
        f"contact {town.case_id} --failed --as coordinator",
    ):
        order = parse(line.split())
        assert isinstance(order, Order)
        try:
            answer = await order.does(office.desk)
            said = json.dumps(answer.content) + "\n".join(str(each) for each in answer.shown)
        except ConsoleError as refused:
            said = str(refused)
        commands = re.findall(r"handoff [a-z]+ [CT][^\n\"]* --as [a-z-]+(.*)", said)
        assert all(rest.startswith(" --data 'a folder'") for rest in commands), line


async def test_other_answers_stand_beside_the_usual_one(town: Town, office: Office) -> None:
    await town.hospital_tells()
    assert "    or: --failed\n" in await shown(office, f"tasks --case {town.case_id}")


async def test_no_row_of_a_list_is_wider_than_a_screen_but_for_its_command(town: Town, office: Office) -> None:
    await town.hospital_tells()
    lines = (await shown(office, "cases") + await shown(office, f"tasks --case {town.case_id}")).splitlines()
    assert max(len(line.rstrip()) for line in lines if not line.startswith("    ")) <= 80


async def test_a_cancelled_discharge_is_asked_about_before_its_case_is_closed(town: Town, office: Office) -> None:
    await town.hospital_tells()
    await town.hospital_tells("discharge.cancelled")
    await town.passes(days=15)
    task = await office.task("cancelled-discharge")
    assert task["do"].startswith(f"handoff discharge {town.case_id} --at ")
    assert f"handoff close {town.case_id} --outcome discharge-cancelled --as {task['owner']}" in task["or"]


async def test_a_row_says_which_check_or_whose_delay_it_is_about(town: Town, office: Office) -> None:
    await approved(town)
    provider = await accepts(town)
    await town.passes(days=4)
    words = await shown(office, f"tasks --case {town.case_id}")
    assert f"ask how the person is ({town.case_id}.day-3)" in words
    assert f"find out why somebody did not act in time ({provider}, the line's first visit, {town.case_id}.1)" in words


async def test_cases_are_listed_by_what_is_due_next(town: Town, office: Office) -> None:
    await town.hospital_tells()
    listed = await office.answers("cases --json")
    [mine] = [case for case in listed if case["case"] == town.case_id]
    assert set(mine["next"]) == NEXT
    assert (mine["stage"], mine["overdue"]) == ("assessment", False)
    assert [case["overdue"] for case in listed] == sorted((case["overdue"] for case in listed), reverse=True)


async def test_a_closed_case_is_listed_only_on_request(town: Town, office: Office) -> None:
    await town.hospital_tells()
    await office.answers(f"close {town.case_id} --outcome transferred --as coordinator")
    await town.ended()
    assert town.case_id not in {case["case"] for case in await office.answers("cases --json")}
    for line in ("cases --all --json", "cases --stage closed --json"):
        [closed] = [case for case in await office.answers(line) if case["case"] == town.case_id]
        assert (closed["end"], closed["next"]) == ("outcome-transferred", None)
    assert "transferred to another municipality" in await shown(office, "cases --stage closed")


async def test_a_held_notice_names_what_is_to_settle_and_opens_a_case(town: Town, office: Office) -> None:
    who = person(name=f"이보류{town.number}", registration_number=None, patient_number=f"h-{town.number}", address=None)
    assert await town.hospital_tells(who=who) == "held"
    tasks = await office.answers("tasks --json")
    task = next(task for task in tasks if task["kind"] == "held-notice" and task["about"]["sender"] == HOSPITAL)
    assert "settle" in task["about"]
    words = await shown(office, "tasks")
    assert f"discharge.notified from {HOSPITAL}" in words
    assert f"message {task['about']['message']}" in words
    assert "ask the sender for the registered address" in words
    done = await office.answers(f"settle {task['task']} --address '광명시 철산로 12 (철산동)' --as coordinator")
    assert done["outcome"] == "opened"
    town.case_id = done["case"]
    await town.tell()
    assert (await office.answers(f"show {town.case_id}"))["stage"] == "assessment"


async def test_a_task_that_its_own_command_answers_is_not_just_seen_to(town: Town, office: Office) -> None:
    await town.hospital_tells()
    task = await office.task("contact")
    ran = await office.runs(f"settle {task['task']} --done --as coordinator")
    assert ran.code == 3
    assert task["do"] in ran.error


async def test_two_dates_are_settled_by_the_desk(town: Town, office: Office) -> None:
    await town.hospital_tells()
    await town.hospital_tells(sender=INSURER, at=-20)
    task = await office.task("dates-differ")
    await office.answers(task["do"])
    assert "dates-differ" not in {each["kind"] for each in await office.tasks()}
    assert "task_settled" in await town.said()


async def test_a_task_that_rests_is_listed_last_with_its_reason_and_is_never_overdue(
    town: Town, office: Office
) -> None:
    await assessed(town)
    await town.acts("consent.withdrawn")
    await town.passes(days=40)
    tasks = await office.tasks()
    [rests] = [task for task in tasks if task["rests"]]
    assert (rests["kind"], rests["rests"], rests["overdue"], rests["due_at"]) == (
        "draft-plan",
        "consent-withdrawn",
        False,
        None,
    )
    assert tasks[-1] == rests
    text = await shown(office, f"tasks --case {town.case_id}")
    assert re.search(r"rests +\S+ +C\S+\n    write the plan\n    rests: consent withdrawn", text)
    assert "handoff plan" not in text  # no command to type
    case = await office.answers(f"show {town.case_id} --json")
    assert [task["kind"] for task in case["tasks"] if task["rests"]] == ["draft-plan"]
    assert "it rests: consent withdrawn" in await shown(office, f"show {town.case_id}")
