"""`handoff read --learn`: the entry that an institution's messages need, as lines to paste."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from console import learn as learning
from console.errors import UsageError
from handoff.profile.load import load
from handoff.profile.register import Habits
from handoff.vocabulary.states import Destination, StayClass
from tests.console.cli.test_command_line import handoff
from workers.connections import LazyConnections

EXAMPLES = Path(__file__).parents[2] / "examples"
MESSAGES = EXAMPLES / "habits.hl7"
PERSONAL = ("홍길순", "한가람", "00000101", "철산로", "010-0000", "19480315", "V-101")
LEARNED = Habits(
    event_stamped=True,
    dispositions={"D1": Destination.HOME, "D2": Destination.HOSPITAL, "D9": Destination.DIED},
    classes={"1": StayClass.INPATIENT, "2": StayClass.OUTPATIENT},
    ignored=("R01",),
    zone="UTC",
    charset="cp949",
)


def registered(folder: Path, lines: str) -> Path:
    file = folder / "institutions.toml"
    entry = '[[institutions]]\ncode = "st-mary"\nname = "St. Mary (성모)"\nrole = "hospital"\n'
    file.write_text(f'extends = "gwangmyeong"\n\n{entry}{lines}')
    return file


def test_the_lines_can_be_pasted_and_are_the_habits(tmp_path: Path) -> None:
    before = registered(tmp_path, "").read_text()
    ran = handoff(tmp_path, f"read --learn {MESSAGES} --as st-mary")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (tmp_path / "institutions.toml").read_text() == before  # it writes nothing itself
    file = registered(tmp_path, ran.stdout)
    assert load(file).habits_of("st-mary").model_dump(include=set(Habits.model_fields)) == LEARNED.model_dump()
    again = handoff(tmp_path, f"read --learn {MESSAGES} --as st-mary")
    assert set(tomllib.loads(again.stdout)) == set()
    assert [line for line in again.stdout.splitlines() if '."77"' in line]


def test_each_line_says_on_how_many_messages_it_rests_and_none_names_a_person(tmp_path: Path) -> None:
    registered(tmp_path, "")
    shown = handoff(tmp_path, f"read --learn {MESSAGES} --as st-mary").stdout
    assert [secret for secret in PERSONAL if secret in shown] == []
    assert "# Learned from 24 messages of st-mary. Nothing was stored." in shown
    assert "# Trigger events: A03 7, A01 5, A04 3, R01 3, A02 3, A08 2, A13 1." in shown
    assert 'dispositions."D2" = "another-hospital"  # 2 messages: the text means another-hospital' in shown
    assert (
        '# dispositions."77" = "home|died|another-hospital|still-a-patient|elsewhere"  # 1 message: the standard does '
        "not have the code" in shown
    )
    assert "under the entry of st-mary in institutions.toml" in shown


def test_the_same_as_data(tmp_path: Path) -> None:
    registered(tmp_path, "")
    ran = handoff(tmp_path, f"read --learn {MESSAGES} --as st-mary --json")
    content = json.loads(ran.stdout)
    assert (content["as"], content["messages"], content["unread"], content["few"]) == ("st-mary", 24, 0, False)
    assert content["triggers"]["A03"] == 7
    assert {
        "habit": "classes",
        "code": "1",
        "value": "inpatient",
        "messages": 20,
        "why": "the text means inpatient",
        "sure": True,
    } in content["habits"]
    assert tomllib.loads(content["toml"])["zone"] == "UTC"
    assert [secret for secret in PERSONAL if secret in ran.stdout] == []


def test_the_page_shows_what_is_printed(tmp_path: Path) -> None:
    registered(tmp_path, "")
    shown = handoff(tmp_path, f"read --learn {MESSAGES} --as st-mary").stdout.splitlines()
    page = (EXAMPLES.parent / "docs" / "operations.md").read_text()
    [block] = [block for block in page.split("```toml\n")[1:] if block.startswith("# Learned")]
    lines = block.partition("\n…")[0].splitlines()
    assert lines == shown[: len(lines)]


def one_a_file(folder: Path, count: int) -> str:
    messages = MESSAGES.read_bytes().split(b"\r\n")[:count]
    for number, message in enumerate(messages):
        (folder / f"{number:02}.hl7").write_bytes(message)
    return " ".join(str(folder / f"{number:02}.hl7") for number in range(count))


def test_few_messages_are_called_few_and_no_line_counts_as_it_is(tmp_path: Path) -> None:
    registered(tmp_path, "")
    shown = handoff(tmp_path, f"read --learn {one_a_file(tmp_path, 9)} --as st-mary").stdout
    assert "# Learned from 9 messages of st-mary" in shown
    assert "# These are few: with 20 messages or more, lines can be sure." in shown
    assert tomllib.loads(shown) == {}
    assert '# zone = "UTC"  # 9 messages' in shown


@pytest.mark.parametrize(
    "arrange",
    [
        lambda value: value,
        lambda value: value.replace(b"\r\n", b"\n").replace(b"\r", b"\n"),
        lambda value: value.replace(b"\r\n", b"\r").replace(b"\r", b"\r\n"),
        lambda value: b"".join(b"\x0b" + part + b"\x1c\r" for part in value.split(b"\r\n")),
        lambda value: b"\xef\xbb\xbf" + value,
        lambda value: b"FHS|^~\\&|\rBHS|^~\\&|\r" + value + b"BTS|24\rFTS|1\r",
    ],
)
def test_line_ends_frames_and_batches_of_any_kind_are_read(tmp_path: Path, arrange: Callable[[bytes], bytes]) -> None:
    registered(tmp_path, "")
    (tmp_path / "all.hl7").write_bytes(arrange(MESSAGES.read_bytes()))
    learned = learning.learn(LazyConnections(tmp_path), [tmp_path / "all.hl7"], "st-mary")
    assert (learned.proposal.messages, learned.proposal.unread) == (24, 0)
    assert learned.proposal.habits


def test_progress_is_told_every_two_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registered(tmp_path, "")
    seconds = iter(range(1000))
    monkeypatch.setattr(learning, "monotonic", lambda: next(seconds) / 4)
    lines: list[str] = []
    learning.learn(LazyConnections(tmp_path, say=lines.append), [MESSAGES], "st-mary")
    assert lines == ["8 messages read", "16 messages read", "24 messages read"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (f"read --learn {MESSAGES}", "--learn needs --as"),
        (f"read --learn {MESSAGES} --as nowhere", "--learn needs --as"),
        (f"read --learn {MESSAGES} --as gm-meals-01", "--learn needs --as"),
        (f"read --learn {EXAMPLES / 'broken.hl7'} --as gm-hospital", "No file has an HL7 v2 message"),
        (f"read --learn {EXAMPLES / 'notice.json'} --as gm-hospital", "No file has an HL7 v2 message"),
        (f"read {MESSAGES} {MESSAGES} --as gm-hospital", "Several are read only with --learn"),
    ],
)
def test_what_cannot_be_learned_is_a_matter_of_usage(tmp_path: Path, line: str, says: str) -> None:
    ran = handoff(tmp_path, line)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert says in ran.stderr


def test_where_the_lines_belong_is_said_for_every_kind_of_register(tmp_path: Path) -> None:
    connections = LazyConnections(tmp_path)
    assert (
        "handoff institutions change gm-hospital --name" in learning.learn(connections, [MESSAGES], "gm-hospital").where
    )
    registered(tmp_path, "")
    with pytest.raises(UsageError, match="st-mary"):
        learning.learn(LazyConnections(tmp_path), [MESSAGES], "st-joseph")


def test_the_habits_of_an_institution_are_shown_with_it(tmp_path: Path) -> None:
    registered(tmp_path, 'channel = "phone"\nzone = "UTC"\nignored = ["A08"]\ndispositions."D9" = "died"\n')
    shown = handoff(tmp_path, "institutions show st-mary --json")
    habits = {"dispositions": {"D9": "died"}, "ignored": ["A08"], "zone": "UTC"}
    assert json.loads(shown.stdout)["habits"] == habits
    lines = handoff(tmp_path, "institutions show st-mary").stdout
    assert tomllib.loads("\n".join(line for line in lines.splitlines() if line.startswith("  "))) == habits


def test_a_dry_run_reads_with_the_habits_of_the_sender(tmp_path: Path) -> None:
    one_a_file(tmp_path, 9)
    discharge = tmp_path / "08.hl7"
    registered(tmp_path, "")
    usual = json.loads(handoff(tmp_path, f"read {discharge} --as st-mary --json").stdout)
    registered(tmp_path, 'event_stamped = true\nignored = ["A08"]\n')
    own = json.loads(handoff(tmp_path, f"read {discharge} --as st-mary --json").stdout)
    assert "event-differs" in [doubt["code"] for doubt in usual["doubts"]]
    assert "event-differs" not in [doubt["code"] for doubt in own["doubts"]]
