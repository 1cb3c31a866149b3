"""Moments, weekdays and ends that a person enters: what is done, and what is refused with the reason."""

from datetime import timedelta

import pytest

from console.moments import stamp
from handoff.store import tables
from handoff.timezone import KST
from tests.console.office import Office, shown
from tests.workflows.story import accepted, approved, served
from tests.workflows.town import COMPANY, HELP, Town

TWICE = {**HELP, "quantity": 2}


async def test_one_visit_moves_and_the_series_stays(town: Town, office: Office) -> None:
    await served(town, HELP)
    visit = await town.visit()
    moment = visit.planned_at + timedelta(days=1)
    await office.answers(f"visit {visit.visit_id} --move {moment.isoformat()} --as kim")
    [line] = (await office.answers(f"show {town.case_id} --json"))["lines"]
    assert line["next_visit_at"] == stamp(moment)
    assert line["dates"][0]["planned_at"] == (visit.planned_at + timedelta(days=7)).astimezone(KST).isoformat()


@pytest.mark.parametrize("command", ["visit {line} --move {moment}", "answer {offer} --accept --first-visit {moment}"])
async def test_a_moment_that_has_passed_or_is_before_the_discharge_is_refused_by_name(
    town: Town, office: Office, command: str
) -> None:
    await approved(town, HELP)
    offer, _ = await town.offer()
    moment = (town.now - timedelta(hours=5)).astimezone(KST)
    ran = await office.runs(
        command.format(line=f"{town.case_id}.1", offer=offer, moment=moment.isoformat()) + " --as kim"
    )
    assert ran.code == 3
    assert f"{moment:%Y-%m-%d %H:%M} has passed" in str(ran.error)


async def test_weekdays_number_and_end_of_a_line_are_changed_from_a_day_on(town: Town, office: Office) -> None:
    await accepted(town, TWICE)
    line, day = f"{town.case_id}.1", (town.now + timedelta(days=8)).astimezone(KST).date()
    for change, milestone in (
        ("--weekdays tue,fri", "rhythm_changed"),
        ("--per-week 1", "offer_partly_accepted"),
        ("--end goal-reached", "service_end_set"),
    ):
        done = await office.answers(f"line {line} {change} --from {day} --as kim")
        assert milestone in done["milestones"], change


@pytest.mark.parametrize(
    ("change", "says", "quantity", "weekdays"),
    [
        ("--weekdays tue,fri", "; from {day}: tue, fri: ", 2, ["tue", "fri"]),
        ("--per-week 1", "; from {day}: 1 per week", 1, []),
    ],
)
async def test_a_change_of_a_line_is_shown_before_it_begins(
    town: Town, office: Office, change: str, says: str, quantity: int, weekdays: list[str]
) -> None:
    await accepted(town, TWICE)
    day = (town.now + timedelta(days=8)).astimezone(KST).date()
    await office.answers(f"line {town.case_id}.1 {change} --from {day} --as kim")
    shows = await shown(office, f"show {town.case_id}")
    assert says.format(day=day) in shows
    assert ("per-week" in change) == (f"from {day} 00:00" in shows)
    assert f"first visit {day}" not in shows
    lines = (await office.answers(f"show {town.case_id} --json"))["lines"]
    [coming] = next(line for line in lines if line["line"] == f"{town.case_id}.1")["changes"]
    assert coming["begins_at"].startswith(str(day))
    assert (coming["quantity"], coming["weekdays"]) == (quantity, weekdays)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("--weekdays mon", "has 2 a week"),
        ("--weekdays mon,mon", "has 2 a week"),
        ("--weekdays mon,someday", "is not a weekday"),
        ("--per-week 3", "More needs a new version of the plan"),
        ("--per-week 1 --from 2020-01-01", "is over"),
        ("--per-week 1 --end other", "exactly one"),
    ],
)
async def test_what_a_line_cannot_have_is_refused_with_the_reason(
    town: Town, office: Office, change: str, says: str
) -> None:
    await accepted(town, TWICE)
    ran = await office.runs(f"line {town.case_id}.1 {change} --as kim")
    assert ran.code in (2, 3)
    assert says in str(ran.error)


async def test_a_line_without_a_provider_is_not_changed(town: Town, office: Office) -> None:
    await approved(town, TWICE)
    ran = await office.runs(f"line {town.case_id}.1 --weekdays mon,thu --as kim")
    assert "no provider has accepted it" in str(ran.error)


@pytest.mark.parametrize(
    "change",
    [
        "line {line} --weekdays tue,fri --from {day}",
        "line {line} --weekdays tue,fri",
        "line {line} --per-week 1 --from {day}",
        "line {line} --per-week 1",
        "line {line} --end other --from {day}",
        "visit {visit} --move {moment}",
        "visit {line} --move {moment}",
        "answer {offer} --accept --first-visit {first}",
    ],
)
async def test_a_plain_repeat_writes_nothing_and_says_so(town: Town, office: Office, change: str) -> None:
    await approved(town, TWICE)
    offer, _ = await town.offer()
    first = (town.now + timedelta(days=1)).astimezone(KST).replace(microsecond=0)
    await office.answers(f"answer {offer} --accept --first-visit {first.isoformat()} --as kim")
    command = change.format(
        line=f"{town.case_id}.1",
        offer=offer,
        first=first.isoformat(),
        visit=(await town.visit()).visit_id,
        day=(town.now + timedelta(days=8)).astimezone(KST).date(),
        moment=(first + timedelta(hours=20)).isoformat(),
    )
    done = [await office.answers(f"{command} --as kim")]
    stored = {table: await town.rows(table) for table in (tables.timeline, tables.facts)}
    letters = await town.desk.letters((await town.line()).provider)
    town.speak()
    done += [await office.answers(f"{command} --as {who}") for who in ("kim", "lee")]
    assert [again["milestones"] for again in done[1:]] == [[], []]
    assert done[1]["recorded"]
    assert {table: await town.rows(table) for table in stored} == stored
    assert await town.desk.letters((await town.line()).provider) == letters


async def test_the_same_change_after_another_one_is_no_repeat(town: Town, office: Office) -> None:
    await accepted(town, TWICE)
    line, day = f"{town.case_id}.1", (town.now + timedelta(days=8)).astimezone(KST).date()
    for change, milestone in (
        (f"--weekdays tue,fri --from {day}", "rhythm_changed"),
        (f"--weekdays mon,thu --from {day}", "rhythm_changed"),
        (f"--weekdays tue,fri --from {day}", "rhythm_changed"),
        (f"--weekdays tue,fri --from {day + timedelta(days=1)}", None),
        (f"--weekdays mon,thu --from {day + timedelta(days=1)}", "rhythm_changed"),
        (f"--weekdays tue,fri --from {day}", "rhythm_changed"),  # it replaces the later change
        (f"--end other --from {day}", "service_end_set"),
        (f"--end refused --from {day}", "service_end_set"),
        (f"--end refused --from {day + timedelta(days=1)}", "service_end_set"),
    ):
        town.speak()
        done = await office.answers(f"line {line} {change} --as kim")
        assert (done["milestones"] or [None])[0] == milestone, change


@pytest.mark.parametrize("named", [False, True])
async def test_an_acceptance_with_another_first_visit_is_refused_with_the_command_that_names_it(
    town: Town, office: Office, *, named: bool
) -> None:
    await approved(town, HELP)
    offer, _ = await town.offer()
    first, other = ((town.now + timedelta(hours=hours)).astimezone(KST).replace(microsecond=0) for hours in (20, 26))
    await office.answers(f"answer {offer} --accept{f' --first-visit {first.isoformat()}' if named else ''} --as kim")
    before = await town.rows(tables.timeline)
    ran = await office.runs(f"answer {offer} --accept --first-visit {other.isoformat()} --as kim")
    assert ran.code == 3
    assert await town.rows(tables.timeline) == before
    command = str(ran.error).rpartition("`handoff ")[2].partition("`")[0]
    await office.answers(f"{command} --as kim")
    [line] = (await office.answers(f"show {town.case_id} --json"))["lines"]
    await town.quiet()
    assert [visit.planned_at for visit in await town.visits()] == [other], line
    again = await office.answers(f"answer {offer} --accept --first-visit {other.isoformat()} --as kim")
    assert again["milestones"] == []


async def test_a_line_that_has_ended_is_not_ended_again(town: Town, office: Office) -> None:
    await accepted(town, TWICE)
    await office.answers(f"line {town.case_id}.1 --end other --as kim")
    before = await town.rows(tables.timeline)
    ran = await office.runs(f"line {town.case_id}.1 --end other --as kim")
    assert "it has ended. Nothing was done" in str(ran.error)
    assert await town.rows(tables.timeline) == before


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ([("--per-week 1", 8), ("--per-week 2", 8)], ""),  # it takes the first back
        ([("--per-week 1", 8), ("--per-week 2", 9)], "has 1 a week then"),
        ([("--per-week 1", 9), ("--per-week 1", 8)], ""),
        ([("--per-week 1", 9), ("--per-week 1", 0)], ""),
        ([("--weekdays tue,fri", 40)], "is over on"),
        ([("--per-week 1", 40)], "is over on"),
        ([("--end other", 40)], "is over on"),
        ([("--end other", 9), ("--weekdays tue,fri", 9)], "is over on"),
        ([("--end other", 9), ("--end other", 12)], ""),
    ],
)
async def test_a_change_that_changes_nothing_is_refused(
    town: Town, office: Office, steps: list[tuple[str, int]], says: str
) -> None:
    await accepted(town, TWICE)
    await town.visit()
    line, today = f"{town.case_id}.1", town.now.astimezone(KST).date()
    for change, ahead in steps[:-1]:
        await office.answers(f"line {line} {change} --from {today + timedelta(days=ahead)} --as kim")
    town.speak()
    before = await town.rows(tables.timeline)
    change, ahead = steps[-1]
    ran = await office.runs(f"line {line} {change} --from {today + timedelta(days=ahead)} --as kim")
    assert (ran.code, says in str(ran.error)) == (3 if says else 0, True), ran
    assert (await town.rows(tables.timeline) == before) == bool(says)


async def test_a_visit_is_requested_once_and_for_a_moment_to_come(town: Town, office: Office) -> None:
    await accepted(town, COMPANY)
    line, first = f"{town.case_id}.1", (town.now + timedelta(days=3)).astimezone(KST)

    async def asked(moment: str, says: str) -> None:
        before = await town.rows(tables.timeline)
        ran = await office.runs(f"visit {line} --request{moment} --as kim")
        assert (ran.code, says in str(ran.error)) == (3, True), ran
        assert await town.rows(tables.timeline) == before

    await asked(f" --at {(town.now - timedelta(days=1)).isoformat()}", "has passed")
    await office.answers(f"visit {line} --request --at {first.isoformat()} --as kim")
    visit = await town.visit()
    for moment in ("", f" --at {first.isoformat()}", f" --at {(first + timedelta(days=1)).isoformat()}"):
        await asked(moment, f"Visit {visit.visit_id} is planned on {first:%Y-%m-%d %H:%M}")


async def test_a_request_that_waits_is_named(town: Town, office: Office) -> None:
    await accepted(town, COMPANY)
    await office.answers(f"admit {town.case_id} --as kim")
    line = f"{town.case_id}.1"
    first = await office.runs(f"visit {line} --request --as kim")
    again = await office.runs(f"visit {line} --request --as kim")
    assert (first.code, again.code) == (0, 3), first
    assert "was requested on" in str(again.error)
