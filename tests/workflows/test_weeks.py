"""Meals: those that nobody reported missed are confirmed by the week, and cost no more history than before."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from events.intake.inbox import Inbox
from events.weeks import WeeksToConfirm
from handoff.profile.load import load
from handoff.profile.model import Profile
from handoff.rules.weeks import week_of
from handoff.store import outbox, tables
from handoff.store.intake import restores, weeks
from handoff.store.intake.weeks import VisitsSought
from tests.workflows.story import accepted, accepts, approved, visited
from tests.workflows.town import MINUTE, Town

MEALS = {"service": "meal-delivery", "kind": "series", "quantity": 5, "per": "week", "days": 14}
BY_TOPIC, BY_PHONE = "gm-meals-01", "gm-meals-02"
HELP = {**MEALS, "service": "household-help"}  # each visit is reported
# Of the line's first visit, which its provider has not reported when the week ends: on some days of the week, each
# takes a timer's two events, a workflow task's three and one for what is written.
A_WARNING_AND_A_LAPSE = 12
TOLD_BY_PHONE = """
extends = "gwangmyeong"
code = "by-phone"

[[providers]]
code = "gm-meals-02"
channel = "phone"
"""


@pytest.fixture(autouse=True)
async def no_tasks_of_other_towns(town: Town) -> None:
    """Towns share their providers and weeks, and a week of a provider has one task for ever."""
    async with town.desk.engine.begin() as conn:
        await conn.execute(delete(tables.tasks).where(tables.tasks.c.kind == "confirm-week"))


async def asks(town: Town, profile: Profile | None = None) -> None:
    """The municipality asks about the weeks that are over, twice: by two processes."""
    duty = WeeksToConfirm(town.desk.engine, town.desk.vault, lambda: profile or town.profile)
    for _ in range(2):
        await duty.ask(town.now)


async def letters(town: Town, provider: str) -> list[Any]:
    async with town.desk.engine.connect() as conn:
        due = await outbox.due(conn, town.desk.vault, provider, 10_000)
    return [letter for letter in due if letter.kind == "week.to-confirm"]


async def tasks_of_weeks(town: Town, provider: str) -> list[Any]:
    async with town.desk.engine.connect() as conn:
        rows = await conn.execute(select(tables.tasks).where(tables.tasks.c.kind == "confirm-week"))
    return [row for row in rows if row.about["provider"] == provider]


async def weeks_of(town: Town) -> list[str]:
    return list(dict.fromkeys(week_of(visit.planned_at, town.profile).name for visit in await town.visits()))


async def states(town: Town) -> dict[str, int]:
    counted: dict[str, int] = {}
    for visit in await town.visits():
        counted[visit.state] = counted.get(visit.state, 0) + 1
    return counted


async def test_meals_that_nobody_reported_are_not_delivered_until_their_provider_confirms_them(town: Town) -> None:
    provider = await accepted(town, {**MEALS, "prefers": BY_TOPIC})
    assert provider == BY_TOPIC
    await town.passes(days=22)
    assert await states(town) == {"unreported": 10}
    assert (await town.line()).state == "not-reported"
    assert not (await town.state()).support_began
    assert "visit-report" not in await town.open_tasks()
    await asks(town)
    asked = {letter.subject for letter in await letters(town, provider)}
    assert asked >= set(await weeks_of(town))
    missed = max(await town.visits(), key=lambda visit: visit.planned_at)
    for week in await weeks_of(town):
        ids = [missed.visit_id] if week == week_of(missed.planned_at, town.profile).name else []
        await town.tells("visits.confirmed", provider, week, missed=ids)
    assert await states(town) == {"completed": 9, "missed": 1}
    assert (
        "missed-visit" in await town.open_tasks()
    )  # the ladder begins: no later visit has shown that the person is well
    first = min(visit.planned_at for visit in await town.visits())
    assert (await town.record()).support_began_at == first
    assert {visit.reported_by for visit in await town.visits()} == {provider}
    assert (await town.line()).state == "partly-delivered"


async def test_a_fortnight_of_meals_costs_no_more_than_one_whose_visits_are_reported(town: Town) -> None:
    await accepted(town, {**MEALS, "prefers": BY_TOPIC})
    await town.passes(days=22)
    for week in await weeks_of(town):
        await town.tells("visits.confirmed", BY_TOPIC, week)
    assert await states(town) == {"completed": 10}
    by_week, town.case_id, town.passed, town.number = (
        len((await town.history()).events),
        "",
        timedelta(),
        town.number + 5000,
    )
    await accepted(town, HELP)
    for _ in range(10):
        await visited(town)
    await town.passes(days=8)
    assert await states(town) == {"completed": 10}
    assert by_week <= len((await town.history()).events) + A_WARNING_AND_A_LAPSE


async def test_a_week_told_twice_counts_once(town: Town) -> None:
    provider = await accepted(town, {**MEALS, "prefers": BY_TOPIC})
    await town.passes(days=8)
    [week, *_] = await weeks_of(town)
    await town.tells("visits.confirmed", provider, week)
    told, timeline = await states(town), len(await town.rows(tables.timeline))
    await town.arrive(town.word("visits.confirmed", provider, week, {"missed": []}))
    assert (await states(town), len(await town.rows(tables.timeline))) == (told, timeline)


async def rejections(town: Town, provider: str) -> list[tuple[str, str]]:
    """Code and reason of what was refused to a provider about the town's case."""
    refused = [data for kind, data in await town.desk.letters(provider) if kind == "notice.rejected"]
    return [(data["code"], data["reason"]) for data in refused if town.case_id in data["reason"]]


async def confirms(town: Town, week: str, *missed: str) -> list[str]:
    town.speak()
    return await town.arrive(town.word("visits.confirmed", BY_TOPIC, week, {"missed": missed}))


async def test_a_word_is_not_about_visits_that_were_still_to_come_when_it_was_said(town: Town) -> None:
    await accepted(town, {**MEALS, "prefers": BY_TOPIC})
    first = (await town.visit()).planned_at
    await town.until(first + timedelta(hours=1))
    week = week_of(first, town.profile)
    town.speak()
    word = town.word("visits.confirmed", BY_TOPIC, week.name, {})
    await town.passes(days=21)
    await asks(town)
    assert await town.arrive(word) == ["entered"]
    assert [visit.planned_at for visit in await town.visits() if visit.state == "completed"] == [first]
    [closed_by] = [row.closed_by for row in await tasks_of_weeks(town, BY_TOPIC) if row.about["week"] == week.name]
    assert closed_by == ""  # others of that week are still asked about


@pytest.mark.parametrize("named", ["confirmed before", "reported before", "of another week", "still to come"])
async def test_a_missed_visit_that_is_not_to_be_confirmed_is_refused_with_the_whole_word(
    town: Town, named: str
) -> None:
    await accepted(town, {**MEALS, "days": 28, "prefers": BY_TOPIC})
    await town.passes(days=15)
    first, second, *_ = await weeks_of(town)
    of_week = {
        week: [v for v in await town.visits() if week_of(v.planned_at, town.profile).name == week]
        for week in (first, second)
    }
    visit = of_week[first][0]
    if named == "confirmed before":
        await town.tells("visits.confirmed", BY_TOPIC, first)
    elif named == "reported before":
        await town.tells("visit.completed", BY_TOPIC, visit.visit_id, units=1)
    elif named == "of another week":
        visit = of_week[second][0]
    else:
        visit = max(await town.visits(), key=lambda visit: visit.planned_at)
        assert visit.state == "scheduled"
    before, timeline = await states(town), len(await town.rows(tables.timeline))
    assert await confirms(town, first, visit.visit_id) == ["rejected"]
    assert (await states(town), len(await town.rows(tables.timeline))) == (before, timeline)
    [(code, reason)] = await rejections(town, BY_TOPIC)
    assert visit.visit_id in reason
    assert code == "visit-gone"
    assert "Nothing of this event was taken" in reason


async def test_a_missed_visit_that_was_told_before_is_told_again_without_effect(town: Town) -> None:
    await accepted(town, {**MEALS, "prefers": BY_TOPIC})
    await town.passes(days=8)
    [week, *_] = await weeks_of(town)
    visits = [visit for visit in await town.visits() if week_of(visit.planned_at, town.profile).name == week]
    await town.tells("visit.missed", BY_TOPIC, visits[0].visit_id, reason="no-answer")
    told = [visits[0].visit_id, visits[1].visit_id]
    outcomes = [await confirms(town, week, *told) for _ in range(2)]
    assert outcomes == [["entered"], ["resent"]]
    assert {visit.visit_id for visit in await town.visits() if visit.state == "missed"} == set(told)
    assert await rejections(town, BY_TOPIC) == []


@pytest.fixture
async def restored(town: Town) -> AsyncIterator[Town]:
    """A town with meals that are over, whose record came from a backup and is not compared yet."""
    await accepted(town, {**MEALS, "prefers": BY_TOPIC})
    await town.passes(days=8)
    async with town.desk.engine.begin() as conn:
        await restores.compare_again(conn)
    yield town
    await made_again(town)


async def made_again(town: Town) -> None:
    """All that a restore lost was made again."""
    async with town.desk.engine.begin() as conn:
        await restores.compared(conn, [])
        await conn.execute(update(tables.restores).values(compared_at=func.now() - 11 * MINUTE))


async def test_a_word_about_a_week_waits_for_the_end_of_a_restore(restored: Town) -> None:
    town = restored
    [week, *_] = await weeks_of(town)
    [visit, *_] = await town.visits()
    before = await states(town)
    assert await confirms(town, week, f"{town.case_id}.1.V99") == ["kept"]
    assert await confirms(town, week, visit.visit_id) == ["kept"]
    assert (await states(town), await rejections(town, BY_TOPIC)) == (before, [])
    await made_again(town)
    assert await Inbox(town.desk.engine, town.desk.vault, town.profile).try_again(town.now) == 2
    await town.tell()
    assert [one.visit_id for one in await town.visits() if one.state == "missed"] == [visit.visit_id]
    assert [code for code, _ in await rejections(town, BY_TOPIC)] == ["subject-unknown"]


async def test_a_provider_without_a_topic_is_called_once_about_all_its_cases(town: Town, tmp_path: Path) -> None:
    (tmp_path / "by-phone.toml").write_text(TOLD_BY_PHONE)
    await approved(town, {**MEALS, "prefers": BY_PHONE})
    await accepts(town)
    await town.passes(days=15)
    await asks(town, load(tmp_path / "by-phone.toml"))
    weeks = {row.about["week"] for row in await tasks_of_weeks(town, BY_PHONE)}
    assert weeks >= set((await weeks_of(town))[:1])
    assert len(await tasks_of_weeks(town, BY_PHONE)) == len(weeks)


@pytest.mark.parametrize("settled", ["reported one by one", "its case has closed"])
async def test_the_task_of_a_week_closes_when_nothing_is_left_to_confirm(town: Town, settled: str) -> None:
    await accepted(town, {**MEALS, "quantity": 1, "prefers": BY_TOPIC})
    await town.passes(days=16)
    await asks(town)
    [week, *_] = await weeks_of(town)
    own = f"{BY_TOPIC}:{week}"
    assert [row.closed_by for row in await tasks_of_weeks(town, BY_TOPIC) if row.subject == own] == [""]
    async with town.desk.engine.connect() as conn:
        listed = await weeks.to_confirm(conn, VisitsSought(town.profile.by_exception, town.now))
    by_case = settled == "its case has closed"
    for visit in (visit for visit in listed if week_of(visit.planned_at, town.profile).name == week):
        if not (by_case and visit.visit_id.startswith(town.case_id)):  # also those of other cases of this town
            await town.arrive(town.word("visit.completed", visit.provider, visit.visit_id, {"units": 1}))
    if by_case:
        await town.closes("outcome-opened-in-error")
        await town.ended()
    await asks(town)
    assert [row.closed_by for row in await tasks_of_weeks(town, BY_TOPIC) if row.subject == own] == ["nothing-left"]


async def test_the_task_of_a_week_opens_again_if_visits_wait_an_hour_after_it_was_closed(town: Town) -> None:
    await accepted(town, {**MEALS, "prefers": BY_TOPIC})
    await town.passes(days=16)
    await asks(town)
    [week, *_] = await weeks_of(town)
    own = f"{BY_TOPIC}:{week}"
    async with town.desk.engine.begin() as conn:
        await weeks.close_task(conn, own, "kim", town.now)
    for hours, closed_by in ((0.5, "kim"), (0.6, "")):
        await town.passes(hours=hours)
        await asks(town)
        assert [row.closed_by for row in await tasks_of_weeks(town, BY_TOPIC) if row.subject == own] == [closed_by]


async def test_an_answer_that_is_late_is_asked_for_by_a_person(town: Town) -> None:
    await accepted(town, {**MEALS, "prefers": BY_TOPIC})
    await town.passes(days=16)
    await asks(town)
    [week, *_] = await weeks_of(town)
    late = {row.about["week"]: row for row in await tasks_of_weeks(town, BY_TOPIC)}
    assert late[week].owner == "coordinator"
    await town.tells("visits.confirmed", BY_TOPIC, week)
    closed = {row.about["week"]: row.closed_by for row in await tasks_of_weeks(town, BY_TOPIC)}
    assert closed[week] == BY_TOPIC
    await asks(town)
    assert {row.about["week"]: row.closed_by for row in await tasks_of_weeks(town, BY_TOPIC)}[week] == BY_TOPIC


@pytest.mark.parametrize(("days", "owner"), [(2, "coordinator"), (9, "team-lead")])
async def test_a_task_of_a_week_that_is_late_is_escalated(town: Town, days: int, owner: str) -> None:
    await accepted(town, {**MEALS, "prefers": BY_TOPIC})
    await town.passes(days=15)
    week = week_of(min(visit.planned_at for visit in await town.visits()), town.profile)
    duty = WeeksToConfirm(town.desk.engine, town.desk.vault, lambda: town.profile)
    for day in (2, days, days):
        await duty.ask(week.ends + timedelta(days=day))
    [task] = [row for row in await tasks_of_weeks(town, BY_TOPIC) if row.about["week"] == week.name]
    assert (task.owner, task.escalated_at is not None) == (owner, owner == "team-lead")
    assert task.due_at > week.ends + timedelta(days=2)
