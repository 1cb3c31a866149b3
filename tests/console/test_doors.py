"""The list "door not checked": what a coordinator sees of it each morning, and the commands that settle it."""

from typing import Any

import pytest
from sqlalchemy import select

from handoff.store.tables import reads as identity_reads
from handoff.timezone import KST
from tests.console.office import Office, shown
from tests.events.desk import notice, person
from tests.workflows.town import Town

NAMES = ("김복순", "880302", "2345-6789", "철산로")


@pytest.fixture(autouse=True)
async def _nobody_at_the_door(town: Town) -> None:
    await town.desk.forget()


async def young(town: Town, **more: Any) -> None:
    who = person(**{"birth_date": "1988-03-02", "registration_number": "880302-2123456", **more.pop("who", {})})
    [taken] = await town.desk.inbox.take([notice(who=who, **more)], town.now)
    assert taken.outcome == "at-door", taken


async def number(office: Office) -> int:
    return int((await office.answers("doors list --json"))[0]["number"])


async def test_the_list_has_age_and_look_ups_and_no_name(town: Town, office: Office) -> None:
    await young(town)
    [line] = await office.answers("doors list --json")
    assert (line["sender"], line["age"], line["same_person"]) == ("gm-hospital", 38, [])
    assert [look_up["code"] for look_up in line["look_ups"]] == [
        "severe-disability",
        "family-care-gap",
        "no-institutional-support",
        "insufficient-infrastructure",
    ]
    words = await shown(office, "doors list")
    assert f"handoff doors settle {line['number']} --case --severe-disability --as WHO" in words
    assert "the register of persons with disabilities" in words
    assert not [name for name in NAMES if name in words + str(line)]


async def test_the_list_is_of_a_day_and_in_pages(town: Town, office: Office) -> None:
    assert "No notices stand at the door" in await shown(office, "doors list")
    for place in range(3):
        await young(town, discharge={"reference": f"V-{place}"})
    today = f"{town.now.astimezone(KST).date()}"
    assert len(await office.answers(f"doors list --day {today} --json")) == 3
    assert await office.answers("doors list --day 2020-01-01 --json") == []
    first, second, _ = [line["number"] for line in await office.answers("doors list --json")]
    words = await shown(office, f"doors list --day {today} --limit 2")
    assert f"1 more: handoff doors list --day {today} --after {second}" in words
    assert [line["number"] for line in await office.answers(f"doors list --after {first} --limit 1 --json")] == [second]
    assert (await office.runs("doors list --day yesterday")).code == 2


async def test_whom_to_look_up_is_shown_to_nobody_who_is_not_written_down(town: Town, office: Office) -> None:
    await young(town)
    notice_number = await number(office)
    assert (await office.runs(f"doors show {notice_number}")).code == 2
    whole = await office.answers(f"doors show {notice_number} --as kim --json")
    assert (whole["identity"]["name"], whole["identity"]["registration_number"]) == ("김복순", "8803022123456")
    async with town.desk.engine.connect() as conn:
        rows = (await conn.execute(select(identity_reads))).all()
    assert [(row.who, row.case_id, row.fact_id) for row in rows] == [("kim", None, notice_number)]
    missing = await office.runs("doors show 99999 --as kim")
    assert (missing.code, "handoff doors list" in missing.error) == (3, True)


async def test_one_command_makes_it_a_case(town: Town, office: Office) -> None:
    await young(town)
    notice_number = await number(office)
    [done] = await office.answers(f"doors settle {notice_number} --case --severe-disability --as kim --json")
    assert done["outcome"] == "opened"
    case = await office.answers(f"show {done['case']} --json")
    assert case["timeline"][0]["why"] == "disability-registered"
    assert "a severe disability is registered" in await shown(office, f"show {done['case']}")
    assert await office.answers("doors list --json") == []
    again = await office.runs(f"doors settle {notice_number} --not-eligible --as kim")
    assert (again.code, "handoff doors list" in again.error) == (3, True)


async def test_several_are_recorded_as_not_eligible_and_the_record_stays(town: Town, office: Office) -> None:
    await young(town)
    await young(town, sender="gm-long-term-care", who={"registration_number": None})
    numbers = [line["number"] for line in await office.answers("doors list --json")]
    assert [line["same_person"] for line in await office.answers("doors list --json")] == [numbers[1:], numbers[:1]]
    done = await office.answers(f"doors settle {numbers[0]} {numbers[1]} --not-eligible --as kim --json")
    assert [line["outcome"] for line in done] == ["not-eligible", "not-eligible"]
    record = await office.answers(f"doors show {numbers[0]} --as lee --json")
    assert (record["verdict"], record["who"], record["asked"][0]) == ("not-eligible", "kim", "severe-disability")
    async with town.desk.engine.connect() as conn:
        assert (await conn.execute(select(identity_reads))).all() == []  # nothing personal was left to see


async def test_a_line_that_makes_no_sense_says_why(town: Town, office: Office) -> None:
    await young(town)
    notice_number = await number(office)
    for options, code, says in (
        ("", 2, "exactly one of --case, --not-eligible"),
        ("--case --not-eligible", 2, "exactly one of"),
        ("--case", 3, "--severe-disability, or --group CODE"),
        ("--case --group nobody", 2, "family-care-gap"),
        ("--case --severe-disability --group family-care-gap", 2, "one open door is enough"),
        ("--not-eligible --group family-care-gap", 2, "Settle with --case"),
    ):
        ran = await office.runs(f"doors settle {notice_number} {options} --as kim")
        assert (ran.code, says in ran.error) == (code, True), (options, ran.error)
    assert await number(office) == notice_number


async def test_the_list_of_tasks_says_how_many_wait_and_since_when(town: Town, office: Office) -> None:
    assert "at the door" not in await shown(office, "tasks")
    await young(town)
    since = town.now
    words = await shown(office, "tasks")
    assert "There are no open tasks." in words
    assert f"1 notice stands at the door, not checked, the oldest since {since.astimezone(KST):%Y-%m-%d %H:%M}" in words
    assert "handoff doors list" in words
    assert "at the door" not in await shown(office, "tasks --owner team-lead")
    await young(town, discharge={"reference": "V-2"})
    assert "2 notices stand at the door" in await shown(office, "tasks --owner coordinator")
