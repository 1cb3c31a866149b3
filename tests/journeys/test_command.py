"""What the command answers: exit codes, and words that say what to do."""

import json
import signal
from pathlib import Path

import pytest

from tests.cluster.elsewhere import cluster
from tests.journeys import stages
from tests.journeys.city import City, somebody, stay, until


async def test_an_unknown_institution_is_told_the_known_ones(city: City, tmp_path: Path) -> None:
    file = tmp_path / "notice.json"
    file.write_text("{}")
    came = await city.command("publish", "--from", "no-such-hospital", str(file))
    assert came.code == 2
    assert "gm-hospital" in came.error
    assert "Traceback" not in came.error


async def test_an_institution_that_is_called_by_phone_has_no_topic_to_publish_on(city: City, tmp_path: Path) -> None:
    file = tmp_path / "notice.json"
    file.write_text("{}")
    ran = await city.ran(f"handoff publish --from family {file}")
    assert (ran.code, "by phone" in ran.error) == (2, True)


@pytest.mark.parametrize(
    "line", ["consent {case} --give", "consent {case} --give --refuse --as me", "close {case} --reason 9 --as me", "no"]
)
async def test_a_line_that_is_no_command_ends_with_2(city: City, line: str) -> None:
    ran = await city.ran("handoff " + line.format(case="C0000000000"))
    assert (ran.code, bool(ran.error)) == (2, True)


@pytest.mark.parametrize("line", ["show C0000000000", "consent C0000000000 --give --as me", "settle T0 --done --as me"])
async def test_what_is_not_there_ends_with_3(city: City, line: str) -> None:
    ran = await city.ran(f"handoff {line}")
    assert (ran.code, bool(ran.error)) == (3, True)


async def test_what_a_case_refuses_ends_with_3_and_says_what_can_be_done(city: City) -> None:
    case = await stages.asked_consent(city)
    came = await city.command("assess", case, "--score", "3", "--as", "coordinator")
    assert came.code == 3
    assert "consent --give" in came.error
    ran = await city.ran(f"handoff close {case} --reason 3 --as coordinator")
    assert (ran.code, "--outcome" in ran.error) == (3, True)


async def test_where_no_worker_answers_an_action_may_yet_be_done_and_everything_else_goes_on(
    city: City, tmp_path: Path
) -> None:
    case = await stages.asked_consent(city)
    city.signal("worker", signal.SIGSTOP)
    try:
        acting = await city.command("consent", case, "--give", "--as", "coordinator")
        assert acting.code == 4
        assert "may yet be done" in acting.error
        assert "nothing was done" not in acting.error
        await _reads_and_takes_notices(city, case)
    finally:
        city.signal("worker", signal.SIGCONT)
    await city.does(f"handoff consent {case} --give --as coordinator")
    await city.at_stage(case, "assessment")
    told = [each for each in (await city.show(case))["timeline"] if each["what"] == "consent given"]
    assert len(told) == 1


async def test_a_worker_that_dies_under_an_action_is_waited_for_until_the_next_one_does_it(city: City) -> None:
    case = await stages.asked_consent(city)
    restarts = city.part("worker").restarts
    city.signal("worker", signal.SIGKILL)
    acting = await city.command("consent", case, "--give", "--as", "coordinator")
    assert acting.code == 0, acting.error
    await city.back("worker", restarts + 1)
    await city.at_stage(case, "assessment")


async def test_without_temporal_an_action_is_not_done_and_everything_else_goes_on(city: City) -> None:
    case = await stages.asked_consent(city)
    city.signal("temporal", signal.SIGSTOP)
    try:
        acting = await city.command("consent", case, "--give", "--as", "coordinator")
        assert acting.code == 4
        assert "try again" in acting.error
        await _reads_and_takes_notices(city, case)
    finally:
        city.signal("temporal", signal.SIGCONT)

    async def given() -> bool:
        return (await city.ran(f"handoff consent {case} --give --as coordinator")).code in (0, 3)

    await until(given, f"{case} goes on")
    await city.at_stage(case, "assessment")


async def test_a_folder_where_nothing_was_started_says_how_to_start_it(city: City, tmp_path: Path) -> None:
    for line in ("tasks", "consent C0000000000 --give --as me"):
        came = await city.command(*line.split(), folder=tmp_path)
        assert came.code == 4, (line, came)
        assert "handoff up" in came.error


async def test_a_second_up_on_the_folder_is_told_who_holds_it(city: City) -> None:
    came = await city.command("up")
    assert came.code == 3
    assert "in use" in came.error.lower()


async def test_status_names_every_part_with_its_log(city: City) -> None:
    came = await city.command("status", "--json")
    parts = json.loads(came.out)
    elsewhere = {"postgres", "temporal"} if cluster() else set()  # their logs are not ours
    assert {each["name"] for each in parts} == {"postgres", "kafka", "temporal", "worker", "intake", "relay"}
    for each in parts:
        assert set(each) == {"name", "pid", "port", "log", "ready", "restarts"}
        assert each["log"].startswith(str(city.folder)) or each["name"] in elsewhere


async def test_an_identity_is_shown_to_somebody_who_says_why_and_to_nobody_else(city: City) -> None:
    person = somebody()
    case = await city.opened(stay(person))
    assert person.phone not in str(await city.show(case))
    assert (await city.ran(f"handoff show {case} --identity")).code == 2
    shown = await city.does(f"handoff show {case} --identity --as coordinator --why 'first contact' --json")
    assert shown["identity"]["name"] == person.name


async def test_a_profile_with_a_mistake_makes_and_starts_nothing(city: City, tmp_path: Path) -> None:
    file = tmp_path / "town.toml"
    file.write_text('extends = "gwangmyeong"\ncode = "town"\n[limits.presurvey]\nwithin = "soon"\n')
    came = await city.command("up", "--profile", str(file), folder=tmp_path / "data")
    checked = await city.ran(f"handoff profiles check {file}")
    for code, error in ((came.code, came.error), (checked.code, checked.error)):
        assert code == 3, error
        assert str(file) in error
        assert "limits.presurvey.within" in error
        assert "not a length" in error
    assert not (tmp_path / "data").exists()


async def _reads_and_takes_notices(city: City, case: str) -> None:
    """Without Temporal, or a worker: everything is read, and a notice is taken and acknowledged."""
    for line in (f"show {case}", "tasks", "cases", "parked list", "status"):
        await city.does(f"handoff {line}")
    heard = await city.acknowledged("gm-hospital", await city.notifies("gm-hospital", stay(somebody())))
    assert heard.data["status"] == "opened"
