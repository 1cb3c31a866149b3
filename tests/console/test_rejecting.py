"""Rejecting a plan says what running help it ends, before it does."""

from typing import Any

import pytest

from console.moments import local, stamp
from handoff.store import tables
from tests.console.office import Office, shown
from tests.workflows.story import accepts, approved, drafted, planned
from tests.workflows.town import HELP, MEALS, SAFETY, Town

URGENT = {**MEALS, "urgent": True}
URGENT_SAFETY = {**SAFETY, "urgent": True}


async def help_runs(town: Town) -> dict[str, Any]:
    """A plan whose urgent line a provider took before the decision; the line as the answers have it."""
    await planned(town, URGENT, SAFETY)
    provider = await accepts(town, 1)
    visit = await town.visit(1)
    return {
        "line": f"{town.case_id}.1",
        "service": "meal-delivery",
        "provider": provider,
        "next_visit": visit.visit_id,
        "next_visit_at": stamp(visit.planned_at),
    }


async def test_running_help_is_listed_and_nothing_is_written_until_its_end_is_confirmed(
    town: Town, office: Office
) -> None:
    line = await help_runs(town)
    command = f"decide {town.case_id} --reject too-much --as coordinator"
    ran = await office.runs(command)
    assert ran.code == 3
    for word in (line["line"], line["service"], line["provider"], "next visit 20", "--end-running-help"):
        assert word in ran.error
    assert [row.state for row in await town.rows(tables.plans)] == ["submitted"]
    assert [row for row in await town.rows(tables.facts) if row.kind == "plan.rejected"] == []
    done = await office.answers(f"{command} --end-running-help")
    assert done["verdicts"] == ["revise"]
    assert done["ended"] == [line]
    assert [row.state for row in await town.rows(tables.referrals)] == ["cancelled"]


async def test_the_words_of_the_result_list_what_has_ended(town: Town, office: Office) -> None:
    line = await help_runs(town)
    text = await shown(office, f"decide {town.case_id} --reject other --as coordinator --end-running-help")
    assert (
        f"Help that was running has ended:\n    {line['line']}  meal-delivery, {line['provider']}, next visit" in text
    )


# Lines, those that a provider takes, and those that a rejection ends.
PLANS: list[tuple[list[dict[str, Any]], list[int], list[int]]] = [
    ([MEALS], [], []),
    ([URGENT], [], []),  # offered, and not accepted
    ([URGENT, URGENT_SAFETY], [2], [2]),
    ([URGENT, URGENT_SAFETY], [1, 2], [1, 2]),
]


@pytest.mark.parametrize(("lines", "taken", "ends"), PLANS)
async def test_only_lines_that_a_provider_has_taken_are_running_help(
    town: Town, office: Office, lines: list[dict[str, Any]], taken: list[int], ends: list[int]
) -> None:
    await planned(town, *lines)
    for number in taken:
        await accepts(town, number)
    ran = await office.runs(f"decide {town.case_id} --reject other --as coordinator")
    assert ran.code == (3 if ends else 0)
    assert [number for number in (1, 2) if f"{town.case_id}.{number} " in (ran.error or "")] == ends


async def test_lines_in_force_go_on_and_are_not_listed(town: Town, office: Office) -> None:
    await approved(town, MEALS, HELP)
    await accepts(town, 1)
    await drafted(town, {**MEALS, "keeps": f"{town.case_id}.1"}, SAFETY)
    done = await office.answers(f"decide {town.case_id} --reject other --as coordinator")
    assert "ended" not in done
    assert (await town.visit(1)).state == "scheduled"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("decide {} --reject other --version 7 --as coordinator", 3),
        ("decide {} --approve --end-running-help --as coordinator", 2),
        ("decide {} --approve --as coordinator", 0),
    ],
)
async def test_only_a_rejection_of_the_submitted_version_asks(town: Town, office: Office, line: str, code: int) -> None:
    await help_runs(town)
    ran = await office.runs(line.format(town.case_id))
    assert ran.code == code
    assert "ends help" not in (ran.error or "")


async def test_an_institution_rejects_at_once_as_before(town: Town) -> None:
    await help_runs(town)
    await town.tells("plan.rejected", "gm-conference", town.case_id, version=1, reason="other")
    assert [row.state for row in await town.rows(tables.plans)] == ["rejected"]


async def test_the_task_of_the_decision_says_what_a_rejection_ends(town: Town, office: Office) -> None:
    line = await help_runs(town)
    await town.passes(days=9)
    task = await office.task("decide")
    assert [ended["line"] for ended in task["ends"]] == [line["line"]]
    text = await shown(office, f"tasks --case {town.case_id}")
    assert f"A rejection ends help that is running:\n    - {line['line']}  meal-delivery, {line['provider']}" in text
    case = await office.answers(f"show {town.case_id} --json")
    assert [ended["line"] for task in case["tasks"] for ended in task["ends"]] == [line["line"]]


@pytest.mark.parametrize(
    ("first", "then", "says"),
    [
        ("--approve", "--reject too-much", "the plan was approved on {now}"),
        ("--reject too-much", "--approve", "the plan was rejected on {now}"),
    ],
)
async def test_what_was_decided_otherwise_is_said_and_another_version_changes_it(
    town: Town, office: Office, first: str, then: str, says: str
) -> None:
    await planned(town, MEALS)
    decided = f"decide {town.case_id} {first} --as coordinator"
    await office.answers(decided)
    now = local(town.now)
    ran = await office.runs(f"decide {town.case_id} {then} --as coordinator")
    assert ran.code == 3
    assert says.format(now=now[:10]) in ran.error
    assert f"`handoff plan {town.case_id}`" in ran.error
    assert (await office.answers(decided))["milestones"] == []
    await drafted(town, MEALS)
    await office.answers(f"decide {town.case_id} {then} --as coordinator")
