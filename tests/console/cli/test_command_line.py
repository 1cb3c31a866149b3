"""What a person at the terminal meets: exit codes, words that say what to do, no traceback."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from console.cli.app import parse
from console.cli.institutions import topics
from console.cli.order import Answer, Exit, Order
from console.cli.run import FOLDER, typed

ACTING = (
    "contact C1 --made",
    "contact C1 --failed --channel phone",
    "contact C1 --made --about result",
    "consent C1 --give",
    "consent C1 --refuse",
    "consent C1 --withdraw",
    "consent C1 --give --until 2027-03-31",
    "consent C1 --refuse --scope lookup",
    "consent C1 --refuse --scope provider --provider gm-meals-02",
    "papers C1",
    "line C1.2 --keep",
    "assess C1 --score 4 --complex-need --group family-care-gap",
    "assess C1 --result not-eligible",
    "decide C1 --approve --version 2",
    "decide C1 --reject too-much",
    "answer C1.2.O1 --accept --first-visit 2026-12-01T10:00",
    "answer C1.2.O1 --partly 2",
    "answer C1.2.O1 --decline no-capacity",
    "answer C1.2.O1 --withdraw",
    "gap C1.2 --provider gm-meals-02",
    "gap C1.2 --service meal-delivery",
    "gap C1.2 --wait 3d",
    "gap C1.2 --give-up nobody-left",
    "visit C1.2.V1 --completed",
    "visit C1.2.V1 --missed no-answer",
    "visit C1.2 --request --at 2026-12-01T10:00",
    "check C1.day-3 --ok",
    "check C1.day-3 --failed",
    "discharge C1 --at now",
    "discharge C1 --cancel",
    "admit C1 --at 2026-12-01T10:00",
    "close C1 --reason 3",
    "close C1 --outcome not-eligible",
    "settle T1 --same C1",
    "settle T1 --done",
    "settle T1 --address somewhere",
    "parked retry 3",
    "parked drop 3",
)


def handoff(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("handoff")), *line.split()]
    env = {**os.environ, "HANDOFF_DATA": str(folder), "COLUMNS": "200"}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("line", ACTING)
def test_every_form_of_acting_is_understood(line: str) -> None:
    assert isinstance(parse([*line.split(), "--as", "coordinator"]), Order)


def test_help_needs_neither_temporal_nor_a_database_driver() -> None:
    heavy = "{'sqlalchemy', 'temporalio', 'aiokafka', 'asyncpg', 'rich.table'} & set(sys.modules)"
    code = f"import sys, workers.command; sys.exit(str({heavy}) if {heavy} else 0)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_the_readme_names_every_exit_code() -> None:
    [_, told] = (Path(__file__).parents[3] / "README.md").read_text().split("Exit codes: ")
    assert {int(each) for each in re.findall(r"\b\d+\b", told.split("\n\n")[0])} == set(Exit)


def test_the_help_of_a_plan_names_its_tables(tmp_path: Path) -> None:
    assert "[[lines]]" in handoff(tmp_path, "plan --help").stdout


def test_help_lists_what_people_do(tmp_path: Path) -> None:
    shown = handoff(tmp_path, "--help")
    assert shown.returncode == 0
    for word in ("up", "status", "tasks", "settle", "parked", "notice", "show", "answer", "gap", "close", "publish"):
        assert f" {word} " in shown.stdout


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("contact C1 --made", "--as"),
        ("contact C1 --made --as Kim", "never a name"),
        ("contact C1 --made --as 김복순", "never a name"),
        ("contact C1 --as coordinator", "exactly one of --made, --failed"),
        ("contact C1 --made --failed --as coordinator", "exactly one of --made, --failed"),
        ("assess C1 --score 400 --as coordinator", "100"),
        ("assess C1 --as coordinator", "--score, --result"),
        ("close C1 --reason 6 --as coordinator", "equal to 5"),
        ("close C1 --outcome whatever --as coordinator", "unmet-need"),
        ("discharge C1 --at yesterday --as coordinator", "not a moment"),
        ("show C1 --identity", "logged"),
        ("plan C1 --file no-such.toml --as coordinator", "no-such.toml"),
        ("cases --stage nonsense", "'screening', 'consent', 'assessment', 'plan', 'services', 'follow-up', 'closed'"),
        ("fly C1", "fly"),
    ],
)
def test_a_line_that_cannot_be_is_a_matter_of_usage(tmp_path: Path, line: str, says: str) -> None:
    ran = handoff(tmp_path, line)
    assert ran.returncode == 2
    assert says in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("close C1 --outcome dead --as kim", "Invalid value for '--outcome': 'dead' is not one of"),
        ("answer C1.1.O1 --decline --as kim", "'--decline': it needs one of 'no-capacity', 'waitlist', 'other'"),
        ("notice --as kim --name a --birth-date 1944-13-01 --discharged-at now", "'--birth-date'"),
        ("notice --as kim --name a --discharged-at tomorrow", "'--discharged-at'"),
        ("answer C1.1.O1 --accept --first-visit soon --as kim", "'--first-visit'"),
    ],
)
def test_a_usage_error_names_the_option_and_the_help_of_the_command_at_hand(
    tmp_path: Path, line: str, says: str
) -> None:
    said = handoff(tmp_path, line).stderr
    assert says in said
    assert said.endswith(f"See `handoff {line.split(maxsplit=1)[0]} --help`.\n")


@pytest.mark.parametrize("line", ["--help", "profiles check gwangmyeong", "status --json"])
def test_whoever_has_seen_enough_is_no_failure(tmp_path: Path, line: str) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    ran = subprocess.run(
        [str(Path(sys.executable).with_name("handoff")), *line.split()],
        env={**os.environ, "HANDOFF_DATA": str(tmp_path)},
        stdout=writes,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(writes)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("line", ["publish --from gm-hospital", "read"])
def test_a_message_is_a_file(tmp_path: Path, line: str) -> None:
    gone = handoff(tmp_path, f"{line} {tmp_path / 'gone.hl7'}")
    assert (gone.returncode, "There is no file" in gone.stderr) == (2, True)


@pytest.mark.parametrize(
    "line", ["doors settle {} --not-eligible --as kim", "doors show {} --as kim", "parked show {}"]
)
@pytest.mark.parametrize("number", ["99999999999999999999", "0"])
def test_a_number_that_no_row_can_have_is_a_mistake_of_the_line(tmp_path: Path, line: str, number: str) -> None:
    ran = handoff(tmp_path, line.format(number))
    assert (ran.returncode, "NUMBER" in ran.stderr) == (2, True)


def test_a_folder_without_a_stack_says_how_to_start_one(tmp_path: Path) -> None:
    hospital = f"--from gm-hospital {Path(__file__).parents[3] / 'examples' / 'notice.json'}"
    acting = ("contact C1 --made --as coordinator", f"publish {hospital}", "listen --as gm-hospital --once")
    for line in ("tasks", "cases --json", "show C1", "migrate", *acting):
        ran = handoff(tmp_path, line)
        assert ran.returncode == 4
        assert f"handoff up --data {tmp_path}" in ran.stderr
        assert ran.stdout == ""


def test_the_status_of_a_folder_without_a_stack_is_empty(tmp_path: Path) -> None:
    ran = handoff(tmp_path, "status --json")
    assert (ran.returncode, ran.stdout) == (0, "[]\n")


def test_the_status_of_a_stopped_stack_says_that_nothing_runs(tmp_path: Path) -> None:
    stopped = {"name": "kafka", "pid": None, "port": 1, "log": "", "ready": False, "restarts": 0}
    (tmp_path / "status.json").write_text(json.dumps({"parts": [stopped]}))
    ran = handoff(tmp_path, "status")
    assert (ran.returncode, f"Nothing runs. Start it: handoff up --data {tmp_path}" in ran.stdout) == (0, True)


def test_a_profile_with_a_mistake_is_refused_with_file_key_and_reason(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text('extends = "gwangmyeong"\n[limits.gap]\nwithin = "soon"\n')
    ran = handoff(tmp_path, f"profiles check {broken}")
    assert ran.returncode == 3
    for word in (str(broken), "limits.gap", "not a length"):
        assert word in ran.stderr


def test_the_bundled_profiles_have_no_mistakes(tmp_path: Path) -> None:
    for name in ("gwangmyeong", "demo"):
        assert handoff(tmp_path, f"profiles check {name}").returncode == 0


def test_a_folder_that_the_environment_names_need_not_be_typed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDOFF_DATA", "./.handoff-notices")
    from_outside, from_the_line = parse(["tasks"]), parse(["tasks", "--data", "elsewhere"])
    assert isinstance(from_outside, Order)
    assert isinstance(from_the_line, Order)
    assert (typed(from_outside.folder), typed(from_the_line.folder)) == (None, Path("elsewhere"))


def test_the_folder_is_handoffs_own_unless_named() -> None:
    order = parse(["tasks", "--data", "elsewhere"])
    assert isinstance(order, Order)
    assert (str(order.folder), str(FOLDER)) == ("elsewhere", ".handoff")


@pytest.mark.parametrize("line", ["", "institutions", "parked", "profiles"])
def test_a_line_that_asks_for_nothing_is_shown_the_help_and_nothing_else(tmp_path: Path, line: str) -> None:
    ran = handoff(tmp_path, line)
    assert (ran.returncode, ran.stderr, "Usage:" in ran.stdout) == (2, "", True)


@pytest.mark.parametrize("line", ["up", "tasks", "status"])
def test_a_file_named_as_data_folder_is_refused_in_words(tmp_path: Path, line: str) -> None:
    file = tmp_path / "file"
    file.touch()
    ran = handoff(tmp_path, f"{line} --data {file}")
    assert (ran.returncode, "is a file" in ran.stderr, "--data" in ran.stderr) == (2, True, True)


def test_a_profile_that_nobody_knows_leaves_no_folder(tmp_path: Path) -> None:
    ran = handoff(tmp_path / "new", "up --profile nosuch")
    assert (ran.returncode, "no such profile; known are" in ran.stderr) == (3, True)
    assert list(tmp_path.iterdir()) == []


async def test_a_command_that_prints_json_by_itself_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    async def listens(*_: object, as_json: bool, **__: object) -> Answer:
        asked.append(as_json)
        return Answer()

    monkeypatch.setattr(topics, "listen_as", listens)
    for line in ("listen --as gm-hospital --json", "listen --as gm-hospital"):
        order = parse(line.split())
        assert isinstance(order, Order)
        assert not order.as_json
        await order.does(None)
    assert asked == [True, False]
