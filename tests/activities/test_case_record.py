import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.case_record import Writing, entry_hash
from activities.dispatch import WRITERS
from handoff.case.messages import Milestone
from handoff.profile import load
from handoff.store.record.tasks import TaskRow
from handoff.store.record.unit_of_work import CaseRows, RowsWanted
from handoff.store.tables import metadata, tasks, timeline
from handoff.vocabulary.services import Namer
from tests.activities.chart import HELP, MEALS, MONDAY, SAFETY, Chart, Ward
from tests.patience import PATIENCE

MEALS_BY_TOPIC = {**MEALS, "prefers": "gm-meals-01"}


async def dump(ward: Ward) -> dict[str, Any]:
    async with ward.engine.connect() as conn:
        return {table.name: (await conn.execute(select(table))).all() for table in metadata.sorted_tables}


async def live_a_whole_life(chart: Chart) -> None:
    """From the notice to the end of support, with most of what may happen on the way."""
    await chart.write("case_screened", who="gm-hospital")
    await chart.write("notice_joined", who="nhis-gwangmyeong")
    await chart.write("contact_failed")
    await chart.write("contact_made", code="phone")
    await chart.surveyed(score=5)
    await chart.write("determination_recorded", code="eligible", who="nhis-gwangmyeong")
    await chart.planned(MEALS, approved=False)
    await chart.write("plan_rejected", chart.case, code="too-little")
    [meals, safety, help_] = await chart.planned(MEALS_BY_TOPIC, SAFETY, HELP)
    first = (await chart.write("offer_made", meals)).subject
    await chart.write("offer_partly_accepted", first, quantity=2)
    rest = (await chart.write("offer_made", f"{meals}r1")).subject
    await chart.write("offer_silent", rest)
    await chart.write("gap_answered", f"{meals}r1", code="give-up:enough")
    once = (await chart.write("offer_made", safety)).subject
    await chart.write("offer_declined", once, code="waitlist")
    await chart.write("offer_accepted", (await chart.write("offer_made", safety)).subject)
    await chart.write("offer_changed_mind", safety, code="other")
    await chart.write("offer_accepted", (await chart.write("offer_made", help_)).subject)
    visit = await chart.write("visit_planned", meals)
    await chart.write("visit_moved", visit.subject, until=visit.at)
    await chart.write("visit_missed", visit.subject, code="no-answer")
    await chart.visited(meals)
    await chart.write("visit_unreported", (await chart.write("visit_planned", meals)).subject)
    await chart.write("dates_differ", who="family", until=MONDAY)
    await chart.write("discharge_corrected", until=MONDAY, code="actual")
    await chart.write("check_due", "day-3")
    await chart.write("check_failed", chart.case, code="no-answer")
    await chart.write("check_completed", chart.case, code="well")
    await chart.write("suspended", until=chart.now)
    await chart.write("resumed", until=chart.now, code="actual")
    await chart.write("resurvey_recorded", quantity=2)
    for disclosure in ("consent_withdrawn", "consent_given", "disclosure_restricted", "disclosure_allowed"):
        await chart.write(disclosure)
    await chart.write("late", "readmission-review")
    await chart.write("overdue", "tell-result")
    await chart.write("death_doubted", who="nhis-gwangmyeong")
    await chart.write("death_told", until=chart.now)
    await chart.write("postponed", who="gm-hospital")
    await chart.write("death_taken_back")
    await chart.write("discharge_cancelled")
    await chart.write("discharge_renewed", until=chart.now, code="expected")
    await chart.write("discharge_confirmed", until=chart.now)
    await chart.write("service_ended", help_, code="completed")
    await chart.write("services_over")
    await chart.write("set_aside", code="not-awaited", why="plan.approved")
    await chart.write("noted", why="closing")
    for outside in ("rebuilt", "cancellation_requested"):
        await chart.write(outside)
    for what, code in (
        ("closing", "outcome-refused"),
        ("closing_unfit", ""),
        ("closing", "reason-3"),
        ("case_reopened", ""),
        ("corrected", "consent.given"),
        ("closed", "reason-3"),
    ):
        await chart.write(what, code=code)
    await chart.write("told_after_closing", why="visit.completed")


async def test_a_whole_life_written_twice_is_written_once(ward: Ward) -> None:
    chart = await ward.admitted()
    await live_a_whole_life(chart)
    before = await dump(ward)
    for entry, outcome in list(chart.written):
        [again] = await chart.ward.record.write_milestones(
            Writing(chart.case, [replace(entry, at=chart.now, after=())], with_steps=True)
        )
        assert replace(again, dues=outcome.dues) == outcome
        assert {due.name for due in again.dues} == {due.name for due in outcome.dues}
        assert not [due for due in again.dues if due.due_at]  # its clocks have ended since: they are told as they stand
    assert await dump(ward) == before


async def test_a_whole_life_leaves_nothing_open(ward: Ward) -> None:
    chart = await ward.admitted()
    await live_a_whole_life(chart)
    assert await chart.running() == set()
    assert set(await chart.tasks()) == {"after-closing"}
    assert not set((await chart.referrals()).values()) & {"requested", "accepted", "in-progress", "on-hold"}
    assert not set((await chart.visits()).values()) & {"scheduled", "unreported", "suspended"}
    assert all(row.reserved == 0 for row in (await dump(ward))["provider_capacities"])
    assert await chart.checks() == {}
    row = await chart.case_row()
    assert (row.end_reason, row.outcome, row.stage) == (3, "", "closed")
    seqs = [row.seq for row in await chart.rows(timeline)]
    assert seqs == list(range(1, len(chart.written) + 1))
    assert "김복순" not in str([table for name, table in (await dump(ward)).items() if name != "persons"])


async def test_every_letter_of_a_whole_life_is_as_the_contract_says_and_none_names_more_than_its_task_needs(
    ward: Ward,
) -> None:
    chart = await ward.admitted()
    await live_a_whole_life(chart)
    naming = set()
    for receiver in ward.profile.topics():
        letters = await chart.letters(receiver)  # checks each against the contract
        for kind, letter in zip(await chart.kinds(receiver), letters, strict=True):
            if "김복순" in str(letter):
                naming.add(kind)
    assert naming == {"assessment.requested", "referral.confirmed"}


async def test_a_whole_life_can_be_lived_in_a_hurry(ward: Ward) -> None:
    demo = load.load("demo")
    proposing = demo.model_copy(update={"visits": demo.visits.model_copy(update={"first_visit": Namer.ENGINE})})
    chart = await replace(ward, profile=proposing).admitted(profile="demo")
    await live_a_whole_life(chart)
    assert await chart.running() == set()
    assert chart.now - MONDAY < timedelta(minutes=2)


async def test_every_milestone_is_lived_through_in_these_tests(chart: Chart) -> None:
    await live_a_whole_life(chart)
    elsewhere = {"gap_opened", "hold_expired", "consent_refused", "task_settled", "rhythm_changed", "service_end_set"}
    assert {entry.what for entry, _ in chart.written} == WRITERS.keys() - elsewhere


async def test_the_same_name_with_other_content_is_refused_for_good(chart: Chart) -> None:
    entry = chart.entry("case_screened", key="case_screened:discharge.notified#1")
    await chart.together(entry)
    with pytest.raises(ApplicationError) as refused:
        await chart.together(replace(entry, code="expected"))
    assert (refused.value.type, refused.value.non_retryable) == ("KeyReused", True)
    assert [row.code for row in await chart.rows(timeline, what="case_screened")] == [""]


async def test_an_unknown_milestone_or_case_is_refused_and_nothing_of_its_moment_is_written(chart: Chart) -> None:
    with pytest.raises(ApplicationError) as refused:
        await chart.together(chart.entry("case_screened"), chart.entry("moon_landed"))
    assert refused.value.type == "MilestoneUnknown"
    assert await chart.rows(timeline) == []
    with pytest.raises(ApplicationError) as unknown:
        await chart.ward.record.write_milestones(Writing("C-NONE", [chart.entry("noted")]))
    assert unknown.value.type == "CaseUnknown"


async def test_two_entries_of_one_name_in_one_moment_are_one(chart: Chart) -> None:
    entry = chart.entry("case_screened")
    first, second = await chart.together(entry, entry)
    assert first == second
    assert len(await chart.rows(timeline, what="case_screened")) == 1


async def test_the_same_moment_written_twice_at_once_happens_once(chart: Chart) -> None:
    lines = await chart.planned(MEALS, SAFETY)
    entries = [chart.entry("offer_made", line) for line in lines]
    one, other = await asyncio.gather(chart.together(*entries), chart.together(*entries))
    assert one == other
    assert len(await chart.referrals()) == 2


async def test_what_was_written_while_a_moment_waited_for_its_turn_is_seen_by_it(chart: Chart) -> None:
    engine = chart.ward.engine
    async with engine.begin() as conn:
        rows = CaseRows(conn, chart.case, RowsWanted([], [], []))
        case = await rows.read()
        assert case is not None
        rows.tasks.add(TaskRow("T1", chart.case, "contact", "coordinator", MONDAY, MONDAY))
        case.entries += 1
        await rows.write(case, [])
        waiting = asyncio.create_task(chart.write("contact_made", who="kim"))
        async with asyncio.timeout(PATIENCE):
            while not await _somebody_waits(engine):
                continue
    await waiting
    [task] = await chart.rows(tasks, kind="contact")
    assert task.closed_by == "kim"
    assert [row.seq for row in await chart.rows(timeline)] == [case.entries + 1]


async def _somebody_waits(engine: AsyncEngine) -> bool:
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'SELECT ROW(held%%'"
    async with engine.connect() as conn:
        return bool((await conn.exec_driver_sql(waits)).scalar_one())


async def test_a_decision_taken_again_after_it_was_forgotten_finds_its_own_row(chart: Chart) -> None:
    [line] = await chart.planned(MEALS)
    first = await chart.write("offer_made", line, key="offer_made:x")
    chart.passes(minutes=1)
    assert await chart.write("offer_made", line, key="offer_made:x") == first
    assert await chart.referrals() == {first.subject: "requested"}


async def test_a_letter_about_the_person_without_consent_is_a_mistake_of_ours(ward: Ward) -> None:
    chart = await ward.admitted(consent="")
    with pytest.raises(ApplicationError) as raised:
        await chart.write("assessment_requested")
    assert (raised.value.type, raised.value.non_retryable) == ("DisclosureError", False)
    assert await chart.letters("gm-centre-cheolsan") == []


def test_the_hash_of_an_entry_covers_everything_but_its_moment() -> None:
    entry = Milestone("k", "noted", MONDAY)
    assert entry_hash(entry) == entry_hash(replace(entry, at=MONDAY.replace(year=2027)))
    for changed in ({"who": "x"}, {"why": "x"}, {"subject": "x"}, {"code": "x"}, {"quantity": 1}, {"until": MONDAY}):
        assert entry_hash(replace(entry, **changed)) != entry_hash(entry)


async def test_a_milestone_costs_few_statements(chart: Chart) -> None:
    """Issue 4 measures the cost of a case; this keeps it from growing unnoticed."""
    [meals, safety] = await chart.planned(MEALS_BY_TOPIC, SAFETY)
    counted: list[str] = []
    event.listen(chart.ward.engine.sync_engine, "before_cursor_execute", lambda *said: counted.append(said[2]))
    costs = {}
    for entry in (
        chart.entry("noted"),
        chart.entry("offer_made", meals),
        chart.entry("offer_accepted", f"{meals}.O1"),
        chart.entry("visit_planned", meals),
        chart.entry("visit_completed", f"{meals}.V1"),
        chart.entry("offer_made", safety),
    ):
        counted.clear()
        await chart.together(entry)
        costs[entry.subject or entry.what] = len(counted)
    assert costs["noted"] <= 2, costs
    assert max(costs.values()) <= 5, costs
