"""Lists that a coordinator can start the day with, and one case as people see it."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from console.cli.app import parse
from console.cli.order import Order
from console.cli.output import show, terminal
from console.errors import ConsoleError
from console.moments import local
from handoff.timezone import KST
from tests.console.office import Office
from tests.events.desk import person
from tests.workflows.story import accepted, accepts, approved, assessed, planned, served
from tests.workflows.town import CONFERENCE, HELP, HOSPITAL, INSURER, MEALS, PROTECTION, SAFETY, Town

NEXT = {"action", "owner", "due_at"}


async def shown(office: Office, line: str, width: int = 200) -> str:
    """As a person reads it."""
    order = parse(line.split())
    assert isinstance(order, Order)
    console = terminal(width)
    with console.capture() as seen:
        show(console, (await order.does(office.desk)).shown)
    return seen.get()


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


async def test_ids_and_commands_stay_whole_on_a_narrow_screen(town: Town, office: Office) -> None:
    provider = await served(town)
    late = await town.visit()
    await town.passes(days=4)
    told = f"visit {late.visit_id} --completed --at {late.planned_at.isoformat()} --why told-late --as kim"
    await office.answers(told)  # the column of what occurred at another moment is not empty
    words = await shown(office, f"show {town.case_id}", width=80)
    visit = await town.visit()
    for whole in (
        f"{town.case_id}.1  meal-delivery",
        provider,
        visit.visit_id,
        f"{town.case_id}.1.O1",
        f"({town.case_id}.1.V2)",
        f"  {local(late.planned_at)[5:]}  ",
    ):
        assert whole in words, whole
    case = await office.answers(f"show {town.case_id}")
    assert f"    {case['next']['action'].partition(': ')[2]}\n" in words


async def test_nobody_misses_a_report_of_a_visit_that_lies_ahead(town: Town, office: Office) -> None:
    await approved(town, SAFETY)
    await accepts(town)
    visit = await town.visit()
    [wait] = [each for each in (await office.answers(f"show {town.case_id}"))["waits"] if visit.visit_id in each["for"]]
    assert (wait["for"], wait["why"]) == (
        f"the visit ({visit.visit_id})",
        "it is planned for later",
    )
    assert datetime.fromisoformat(wait["since"]) <= town.now


async def test_nothing_is_waited_for_since_a_moment_to_come(town: Town, office: Office) -> None:
    await town.hospital_tells("discharge.expected", at=24)
    waits = (await office.answers(f"show {town.case_id}"))["waits"]
    [wait] = [each for each in waits if each["for"] == "the actual discharge"]
    assert wait["why"] == "only an expected date is known"
    assert datetime.fromisoformat(wait["since"]) <= town.now


async def test_a_visit_that_nobody_reported_was_not_missed_for_all_we_know(town: Town, office: Office) -> None:
    await approved(town, SAFETY)
    await accepts(town)
    await town.passes(days=3)
    waits = (await office.answers(f"show {town.case_id}"))["waits"]
    reasons = [each["why"] for each in waits if "find out whether the visit took place" in each["for"]]
    assert reasons
    assert all(why.startswith("nobody has said whether the visit took place") for why in reasons)


async def test_an_offer_went_out_because_the_plan_was_approved_unless_it_was_urgent(town: Town, office: Office) -> None:
    await planned(town, MEALS, {**SAFETY, "urgent": True})
    await town.tells("plan.approved", CONFERENCE, town.case_id, version=1)
    for line in (f"show {town.case_id}", f"history {town.case_id}"):
        offers = [each for each in (await shown(office, line)).splitlines() if "offer made" in each]
        assert ["a plan was written" in each for each in offers] == [True, False], offers
        assert ["the plan was approved" in each for each in offers] == [False, True], offers
        assert all(re.search(r"\d\d:\d\d:\d\d", each) for each in offers)


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


async def test_a_case_tells_its_next_action_owner_and_moment(town: Town, office: Office) -> None:
    await town.hospital_tells()
    case = await office.answers(f"show {town.case_id} --json")
    assert list(case)[:5] == ["case", "stage", "next", "waits", "timeline"]
    assert set(case["next"]) == NEXT
    assert case["next"]["owner"] == "coordinator"
    assert set(case["waits"][0]) == {"for", "why", "since"}
    assert set(case["timeline"][0]) == {
        "occurred_at",
        "known_at",
        "who",
        "what",
        "why",
        "in_time",
        "verdict",
        "taken",
        "quantity",
    }


async def test_every_wait_has_its_reason(town: Town, office: Office) -> None:
    await approved(town, PROTECTION)
    offer, provider = await town.offer()
    await town.tells("referral.declined", provider, offer, reason="no-capacity")
    waits = (await office.answers(f"show {town.case_id}"))["waits"]
    [gap] = [wait for wait in waits if f"({town.case_id}.1)" in wait["for"]]
    assert gap["why"] == "no provider takes it"
    assert all(wait["why"] for wait in waits)


async def test_a_clock_that_stands_still_says_why(town: Town, office: Office) -> None:
    await served(town)
    await town.hospital_tells("admission.occurred")
    case = await office.answers(f"show {town.case_id}")
    assert {clock["stands_still"] for clock in case["clocks"]} >= {"readmitted"}
    assert "the clock stands still: readmitted" in {wait["why"] for wait in case["waits"]}
    assert "in hospital again since" in await shown(office, f"show {town.case_id}")


async def test_people_see_the_plan_with_its_providers(town: Town, office: Office) -> None:
    provider = await served(town)
    words = await shown(office, f"show {town.case_id}")
    for word in ("meal-delivery", provider, "5 per week", "next visit", "visit completed"):
        assert word in words
    assert "김복순" not in words


async def test_all_dates_of_a_series_are_shown_until_its_end(town: Town, office: Office) -> None:
    await accepted(town, HELP)
    first = (await town.visit()).planned_at
    [line] = (await office.answers(f"show {town.case_id} --json"))["lines"]
    coming = [datetime.fromisoformat(date["planned_at"]) for date in line["dates"]]
    assert coming == [first + timedelta(days=7 * week) for week in (1, 2, 3)]
    assert {date["holiday"] for date in line["dates"]} == {None}
    words = await shown(office, f"show {town.case_id}")
    assert f"then {', '.join(f'{date.astimezone(KST):%a %m-%d}' for date in coming)}" in words


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


async def test_brackets_in_a_name_or_an_address_are_shown_as_they_were_told(town: Town, office: Office) -> None:
    told = {"name": "김복순 [mother]", "address": "경기도 광명시 철산로 12 [/101호] :house:"}
    await town.hospital_tells(who=town.somebody(**told))
    seen = await shown(office, f"show {town.case_id} --identity --as kim.duty --why home-visit")
    assert [value in seen for value in told.values()] == [True, True]


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
