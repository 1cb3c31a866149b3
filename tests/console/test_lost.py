"""What people read when a case has lost its workflow: what happened, that nothing carries it on, and the command."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import pytest

from console.cli.output import show, terminal
from console.cli.tasks.listed import listed
from console.lost import counted_in_words
from console.worklist import task_view
from handoff.store import tables
from handoff.worklist.next_action import OpenTask
from tests.console.office import Office, shown
from tests.workflows.lost import deleted, put_away, reset, terminated, watch
from tests.workflows.story import assessed
from tests.workflows.town import INSURER, Town

MANY = 200


@pytest.fixture
async def lost(town: Town) -> AsyncIterator[Town]:
    """A case whose workflow was terminated, and that the worker's look has found."""
    await assessed(town)
    await terminated(town)
    await watch(town).look()
    yield town
    await put_away(town)


@pytest.fixture
async def unseen(town: Town) -> AsyncIterator[Town]:
    """A case that runs, and that a test destroys; no look has passed."""
    await assessed(town)
    yield town
    await put_away(town)


def rebuild(town: Town) -> str:
    return f"handoff rebuild {town.case_id} --as duty-officer"


async def test_show_says_it_first_with_the_command(lost: Town, office: Office) -> None:
    first, *_ = (await shown(office, f"show {lost.case_id}")).splitlines()
    says = "The workflow of this case was terminated in Temporal. Nothing carries it on"
    assert first == f"{says}: `{rebuild(lost)}`."
    told = await office.answers(f"show {lost.case_id} --json")
    assert (told["lost"], bool(told["lost_at"])) == ("terminated", True)
    assert told["next"]["owner"] == "duty-officer"
    assert rebuild(lost) in told["next"]["action"]


async def test_the_task_stands_before_all_others(lost: Town, office: Office) -> None:
    listed_first = (await office.answers("tasks --json"))[0]
    assert (listed_first["kind"], listed_first["case"]) == ("rebuild-case", lost.case_id)
    words = await shown(office, f"tasks --case {lost.case_id}")
    assert "rebuild the workflow of the case (it was terminated in Temporal)" in words
    assert f"    {rebuild(lost)}" in words


async def test_the_list_of_cases_marks_it_and_can_show_only_such_cases(lost: Town, office: Office) -> None:
    assert "plan, workflow lost: terminated" in await shown(office, "cases")
    only = await office.answers("cases --lost --json")
    assert [(each["case"], each["lost"]) for each in only] == [(lost.case_id, "terminated")]


async def test_overdue_stands_beside_the_moment_that_is_over(unseen: Town, office: Office) -> None:
    """A clock of the case has run out; the rebuild is due within the hour."""
    town = unseen
    await town.passes(days=12)
    await terminated(town)
    town.speak()
    await watch(town).look()
    said = await shown(office, "cases --lost")
    [mine] = [row for row in said.splitlines() if town.case_id in row and "workflow lost" in row]
    assert "overdue" not in mine
    assert "something else is overdue" in said
    [read] = [each for each in await office.answers("cases --lost --json") if each["case"] == town.case_id]
    assert read["overdue"]


async def test_a_case_with_its_workflow_is_not_marked(unseen: Town, office: Office) -> None:
    assert (await office.answers(f"show {unseen.case_id} --json"))["lost"] is None
    assert (await shown(office, f"show {unseen.case_id}")).startswith("╭─ Case")
    assert await office.answers("cases --lost") == []


async def test_an_action_on_it_says_what_happened_and_is_not_stored(lost: Town, office: Office) -> None:
    before = len(await lost.rows(tables.facts))
    done = await office.runs(f"contact {lost.case_id} --made --as kim")
    assert done.code == 3
    assert f"was terminated in Temporal. Nothing carries it on: `{rebuild(lost)}`" in done.error
    assert "closed" not in done.error
    assert len(await lost.rows(tables.facts)) == before


async def test_an_action_that_comes_before_any_look_finds_it_out(unseen: Town, office: Office) -> None:
    await deleted(unseen)
    before = len(await unseen.rows(tables.facts))
    done = await office.runs(f"contact {unseen.case_id} --made --as kim")
    assert f"The workflow of this case is missing in Temporal. Nothing carries it on: `{rebuild(unseen)}`" in done.error
    assert (await unseen.record()).lost == "no-workflow"
    assert len(await unseen.rows(tables.facts)) == before


async def test_a_new_notice_joins_it_is_acknowledged_and_waits(unseen: Town, office: Office) -> None:
    town = unseen
    await deleted(town)
    town.calm = False
    same = {"discharged_at": town.now.isoformat()}
    assert await town.hospital_tells(sender=INSURER, discharge=same) == "joined"
    assert "notice.acknowledged" in [kind.partition(":")[0] for kind in await town.letters(INSURER)]
    [waiting] = [fact for fact in await town.rows(tables.facts) if fact.told_at is None]
    assert waiting.state == "numbered"
    assert (await town.record()).lost == "no-workflow"  # what could not be told has found it out
    assert rebuild(town) in await shown(office, f"show {town.case_id}")


async def test_a_death_told_to_a_lost_case_is_urgent_and_named_in_its_task(lost: Town, office: Office) -> None:
    lost.calm = False
    assert await lost.hospital_tells("person.died") == "entered"
    first = (await office.answers("tasks --json"))[0]
    assert (first["case"], first["about"]["untold"], first["about"]["urgent"]) == (lost.case_id, ["person.died"], True)
    assert datetime.fromisoformat(first["due_at"]) <= lost.now
    words = await shown(office, f"tasks --case {lost.case_id}")
    assert "(it was terminated in Temporal; untold: person.died)" in words
    assert "Urgent: visits and calls to the household go on until this is settled." in words


async def test_a_death_that_came_before_the_loss_was_noted_is_named_as_well(unseen: Town, office: Office) -> None:
    await deleted(unseen)
    unseen.calm = False
    await unseen.hospital_tells("discharge.cancelled")
    await unseen.hospital_tells("person.died")
    about = (await office.task("rebuild-case"))["about"]
    assert about == {"loss": "no-workflow", "untold": ["discharge.cancelled", "person.died"], "urgent": True}
    await unseen.hospital_tells("admission.occurred")
    assert "admission.occurred" in (await office.task("rebuild-case"))["about"]["untold"]


async def test_another_word_that_waits_is_named_and_is_not_urgent(lost: Town, office: Office) -> None:
    lost.calm = False
    await lost.hospital_tells("discharge.cancelled")
    about = (await office.task("rebuild-case"))["about"]
    assert about == {"loss": "terminated", "untold": ["discharge.cancelled"]}


async def test_a_case_that_was_reset_runs_and_takes_actions(unseen: Town, office: Office) -> None:
    town = unseen
    await terminated(town)
    await watch(town).look()
    await reset(town)
    await watch(town).look()
    says = (await shown(office, f"show {town.case_id}")).splitlines()[0]
    assert "was reset in Temporal" in says
    assert f"It may go wrong: `{rebuild(town)}`" in says
    await office.answers(f"contact {town.case_id} --made --as kim")


def lost_tasks(town: Town, kinds: Sequence[str]) -> list[OpenTask]:
    return [
        OpenTask(f"T{place}", f"C{place}", "rebuild-case", "duty-officer", town.now, town.now, about={"loss": kind})
        for place, kind in enumerate(kinds)
    ]


async def test_two_hundred_lost_cases_are_one_row_and_the_other_tasks_stay_readable(town: Town, office: Office) -> None:
    tasks = lost_tasks(town, ["no-workflow"] * (MANY - 3) + ["terminated"] * 3)
    other = OpenTask("T-other", "C-other", "contact", "coordinator", town.now, town.now)
    answer = listed([task_view(each, office.desk) for each in (*tasks, other)])
    console = terminal(120)
    with console.capture() as seen:
        show(console, answer.shown)
    words = seen.get()
    assert f"{MANY} cases lost their workflow: 197 no-workflow, 3 terminated. Nothing carries them on." in words
    assert "    handoff rebuild --all-orphaned --as duty-officer" in words
    assert len(words.splitlines()) < 10
    assert len(answer.content) == MANY + 1


async def test_among_many_lost_cases_one_with_a_death_is_named(town: Town, office: Office) -> None:
    tasks = lost_tasks(town, ["no-workflow"] * MANY)
    tasks[0].about["urgent"] = True  # type: ignore[index]
    answer = listed([task_view(each, office.desk) for each in tasks])
    console = terminal(120)
    with console.capture() as seen:
        show(console, answer.shown)
    assert "Urgent words wait in 1 of them, first in C0" in " ".join(seen.get().split())


def test_losses_are_counted_the_most_frequent_first() -> None:
    assert counted_in_words(["a", "b", "b"]) == "2 b, 1 a"
