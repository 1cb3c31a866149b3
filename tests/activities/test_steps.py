"""Steps: what follows a milestone in the same moment is written under its verdict, with it or never."""

from dataclasses import asdict, replace

import pytest
from pydantic import TypeAdapter
from temporalio.exceptions import ApplicationError

from activities.case_record import Writing
from activities.dispatch import WRITERS
from handoff.case.messages import Milestone, MilestoneResult
from handoff.store.tables import timeline
from handoff.vocabulary.words import MilestoneName
from tests.activities.chart import MEALS, MONDAY, Chart
from tests.activities.test_offers import SHELTER
from workflows.step import paired
from workflows.steps import stepped


async def whats(chart: Chart) -> list[str]:
    return [row.what for row in await chart.rows(timeline)]


async def test_a_step_is_written_under_its_verdict_and_left_out_under_another(chart: Chart) -> None:
    await chart.surveyed(score=4)
    assert "determination_requested" in await whats(chart)
    assert "result_to_tell" not in await whats(chart)


async def test_a_step_stands_right_behind_what_it_follows_and_has_its_cause(chart: Chart) -> None:
    await chart.served(MEALS)
    rows = await chart.rows(timeline)
    [approved] = [place for place, row in enumerate(rows) if row.what == "plan_approved"]
    step = rows[approved + 1]
    assert step.key.partition(":") == ("next_check_planned", ":", rows[approved].key.partition(":")[2])
    assert (step.who, step.occurred_at) == ("gm-conference", rows[approved].occurred_at)


async def test_a_step_with_nothing_to_do_leaves_no_row(chart: Chart) -> None:
    await chart.write("case_screened")
    await chart.write("check_completed", "day-3")  # the checks after the discharge are all planned already
    assert "next_check_planned" not in await whats(chart)


async def test_what_was_written_without_its_steps_gets_none_later(chart: Chart) -> None:
    """A build without steps may have been killed between the transaction and its answer: its milestone did it all."""
    await chart.surveyed(score=1)
    alone = chart.entry("contact_failed", who="kim")
    await chart.ward.record.write_milestones(Writing(chart.case, [alone], with_steps=True))
    before = await whats(chart)
    [again] = await chart.together(alone)
    assert again.verdict == "failed"
    assert await whats(chart) == before


async def test_what_a_build_without_steps_ordered_is_written_with_its_steps(chart: Chart) -> None:
    """Its milestones did what steps do now, so the activity adds them: the work of the moment is done, and once."""
    old = TypeAdapter(Writing).validate_python(
        {"case": chart.case, "entries": [asdict(chart.entry("case_screened"))], "after": ""}
    )
    results = await chart.ward.record.write_milestones(old)
    assert [result.key.partition(":")[0] for result in results] == [
        "case_screened",
        "service_dates_set",
        "checks_planned",
    ]
    before = await whats(chart)
    assert await chart.ward.record.write_milestones(old) == results
    assert await whats(chart) == before == ["case_screened", "service_dates_set", "checks_planned"]


async def test_a_task_that_a_step_opens_has_the_id_that_its_milestone_gave_it_in_builds_without_steps(
    chart: Chart,
) -> None:
    """Else a restore from before an upgrade would open it a second time."""
    [line] = await chart.planned(SHELTER)
    await chart.write("offer_declined", (await chart.write("offer_made", line)).subject)
    await chart.write("offer_made", line, key="offer_made:gap")
    task = (await chart.tasks())["gap"]
    assert task.task_id == "T" + chart.ward.vault.short_id("task", chart.case, "gap", line, "offer_made:gap", length=8)


async def test_a_moment_written_again_is_answered_with_the_steps_it_had(chart: Chart) -> None:
    entry = chart.entry("case_screened")
    moment = stepped(entry)
    first = await chart.ward.record.write_milestones(Writing(chart.case, moment, with_steps=True))
    again = await chart.ward.record.write_milestones(Writing(chart.case, moment, with_steps=True))
    assert [result.key for result in again] == [result.key for result in first]
    assert [key.partition(":")[0] for key in (result.key for result in again)] == [
        "case_screened",
        "service_dates_set",
        "checks_planned",
    ]


async def test_a_milestone_that_gives_no_result_is_refused_for_good(
    chart: Chart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(WRITERS, MilestoneName.NOTED, lambda _session, _milestone: None)
    with pytest.raises(ApplicationError) as refused:
        await chart.write("noted")
    assert (refused.value.type, refused.value.non_retryable) == ("ResultMissing", True)


def test_results_of_milestones_are_found_in_order_and_those_of_steps_by_key() -> None:
    """Kept histories have results of builds that wrote other keys, and none of steps."""
    first, second = (Milestone(f"noted:{number}", "noted", MONDAY) for number in (1, 2))
    step = replace(first, key="gap_opened:1", what="gap_opened", after=("gap",))
    old = [MilestoneResult("older:1"), MilestoneResult("older:2")]
    assert [result for _, result in paired([first, step, second], old)] == [old[0], None, old[1]]
    new = [MilestoneResult("noted:1"), MilestoneResult("gap_opened:1"), MilestoneResult("noted:2")]
    assert [result for _, result in paired([first, step, second], new)] == new
    with pytest.raises(ValueError, match="zip"):
        paired([first, step, second], old[:1])
