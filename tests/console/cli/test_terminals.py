"""Whatever a terminal can show or type: no command ends in a mistake of ours for it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from workers.build import this_build

HANDOFF = str(Path(sys.executable).with_name("handoff"))
WORDS = "이유".encode("euc-kr")


def ran(*words: str | bytes, **env: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([HANDOFF, *words], capture_output=True, env={**os.environ, **env}, timeout=60, check=False)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
@pytest.mark.parametrize("line", ["institutions list", "profiles check gwangmyeong", "--help", "notice --help", "show"])
def test_a_terminal_without_hangul_shows_something_in_its_place(tmp_path: Path, line: str, encoding: str) -> None:
    came = ran(*line.split(), HANDOFF_DATA=str(tmp_path), PYTHONIOENCODING=encoding)
    usual = ran(*line.split(), HANDOFF_DATA=str(tmp_path), PYTHONIOENCODING="utf-8")
    assert came.returncode == usual.returncode
    assert b"bug of the engine" not in came.stderr
    assert cell_len(came.stdout.decode(encoding)) == cell_len(usual.stdout.decode())


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "utf-8"])
def test_json_loses_nothing_where_there_is_no_hangul(tmp_path: Path, encoding: str) -> None:
    register = 'extends = "gwangmyeong"\n[[institutions]]\ncode = "st-mary"\nname = "성모병원"\nrole = "hospital"\n'
    (tmp_path / "institutions.toml").write_text(register)
    came = ran("institutions", "list", "--json", HANDOFF_DATA=str(tmp_path), PYTHONIOENCODING=encoding)
    assert "성모병원" in [each["name"] for each in json.loads(came.stdout.decode(encoding))]


def test_brackets_in_a_name_are_printed_as_they_stand(tmp_path: Path) -> None:
    name = "St Mary [old] [/ward] :house:"
    register = f'extends = "gwangmyeong"\n[[institutions]]\ncode = "st-mary"\nname = "{name}"\nrole = "hospital"\n'
    (tmp_path / "institutions.toml").write_text(register)
    assert name in ran("institutions", "list", HANDOFF_DATA=str(tmp_path)).stdout.decode()


@pytest.mark.parametrize(
    ("line", "option"),
    [
        ([b"notice", b"--as", b"kim", b"--name", WORDS], b"--name"),
        ([b"notice", b"--as", b"kim", b"--name=" + WORDS], b"--name"),
        ([b"show", b"C1", b"--identity", b"--as", b"kim", b"--why", WORDS], b"--why"),
        ([b"show", WORDS], b"Word 2"),
        ([b"tasks", b"--data", WORDS], b"--data"),
        ([WORDS], b"Word 1"),
    ],
)
def test_words_that_are_no_utf8_are_refused_by_the_options_name(
    tmp_path: Path, line: list[bytes], option: bytes
) -> None:
    came = ran(*line, HANDOFF_DATA=str(tmp_path))
    assert came.returncode == 2
    assert came.stderr.startswith(option + b": the text is not UTF-8.")
    assert WORDS not in came.stderr


@pytest.mark.parametrize("name", ["HANDOFF_DATA", "HANDOFF_PROFILE", "HANDOFF_POSTGRES_URL", "HANDOFF_BUILD"])
def test_a_variable_that_is_no_utf8_is_no_mistake_of_ours(tmp_path: Path, name: str) -> None:
    env = {**os.environ, "HANDOFF_DATA": str(tmp_path)}
    given = {os.fsencode(key): os.fsencode(value) for key, value in env.items()}
    given[name.encode()] = os.fsencode(tmp_path) + b"/" + WORDS if name == "HANDOFF_DATA" else WORDS
    for line in (["tasks"], ["institutions", "list"], ["status"]):
        came = subprocess.run([HANDOFF, *line], capture_output=True, env=given, timeout=60, check=False)
        assert b"bug of the engine" not in came.stderr, (line, came.stderr)


def test_the_version_names_the_build_too() -> None:
    came = ran("--version")
    assert (came.returncode, came.stdout.decode().split()[-1]) == (0, this_build())
