"""`handoff read`: a file looked at before it is sent, with nothing running."""

import json
from pathlib import Path

import pytest

from tests.console.cli.test_command_line import handoff

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_a_notice_is_read_without_a_stack_and_would_open_a_case(tmp_path: Path) -> None:
    ran = handoff(tmp_path, f"read {EXAMPLES / 'notice-a03.hl7'} --json")
    said = json.loads(ran.stdout)
    assert (ran.returncode, said["outcome"], said["asked"]) == (0, "opened", False)
    fields = {each["ours"]: each for each in said["fields"]}
    assert fields["person.name"] == {"ours": "person.name", "place": "PID-5", "raw": "한^가람^^^^^L", "read": "한가람"}
    assert {"place": "MSH-3", "why": "not read"} in said["not_used"]
    assert [each["type"] for each in said["told"]] == ["notice.acknowledged"]
    assert list(tmp_path.iterdir()) == []


def test_what_would_be_rejected_ends_with_3_and_names_code_and_place(tmp_path: Path) -> None:
    ran = handoff(tmp_path, f"read {EXAMPLES / 'broken.hl7'}")
    assert ran.returncode == 3
    assert "unreadable at MSH" in ran.stdout
    assert "could not look up" not in ran.stdout  # it is rejected whatever the store knows


def test_an_answer_is_not_refused_because_nobody_could_be_asked_whether_it_is_awaited(tmp_path: Path) -> None:
    ran = handoff(tmp_path, f"read {EXAMPLES / 'events' / 'referral.accepted.json'}")
    assert ran.returncode == 0
    assert "we could not look up whether this answer is awaited" in ran.stdout


def test_a_change_of_a_strangers_data_is_not_kept_if_the_person_has_no_case(tmp_path: Path) -> None:
    ran = handoff(tmp_path, f"read {EXAMPLES / 'hl7' / 'adt-a31.hl7'}")
    assert ran.returncode == 0
    assert "not kept: it says nothing of a stay or a death, and the person has no open case." in ran.stdout
    assert "we could not look up the person" in ran.stdout


def test_a_message_without_effect_is_ignored_whatever_the_store_knows(tmp_path: Path) -> None:
    transfer = tmp_path / "a02.hl7"
    transfer.write_bytes((EXAMPLES / "hl7" / "adt-a01.hl7").read_bytes().replace(b"A01", b"A02"))
    ran = handoff(tmp_path, f"read {transfer}")
    assert "It is passed over, and not kept: transfer within the hospital." in ran.stdout
    assert "could not look up" not in ran.stdout


def test_an_event_of_a_type_that_nobody_knows_is_shown_by_its_parts_names_alone(tmp_path: Path) -> None:
    unknown = tmp_path / "unknown.json"
    unknown.write_text((EXAMPLES / "notice.json").read_text().replace("discharge.notified", "discharge.dreamt"))
    said = json.loads(handoff(tmp_path, f"read {unknown} --json").stdout)
    assert (said["code"], [each["ours"] for each in said["fields"]]) == (
        "type-unknown",
        ["message_id", "kind", "sender", "occurred_at"],
    )
    assert [each["place"] for each in said["not_used"]] == ["/person", "/discharge", "/consent", "/actor"]


def test_an_empty_file_has_no_fields_and_no_form(tmp_path: Path) -> None:
    empty = tmp_path / "empty.json"
    empty.write_bytes(b"")
    said = json.loads(handoff(tmp_path, f"read {empty} --json").stdout)
    assert (said["code"], said["form"], said["fields"]) == ("unreadable", "unknown", [])


def test_another_institutions_words_would_be_refused(tmp_path: Path) -> None:
    ran = handoff(tmp_path, f"read {EXAMPLES / 'notice.json'} --as seoul-hospital")
    assert ran.returncode == 3
    assert "source-not-yours at ce_source" in ran.stdout


@pytest.mark.parametrize("line", ["read no-such-file.hl7", f"read {EXAMPLES / 'notice.json'} --as nowhere"])
def test_a_file_or_an_institution_that_is_not_there_is_a_matter_of_usage(tmp_path: Path, line: str) -> None:
    ran = handoff(tmp_path, line)
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr


MESSAGE = (EXAMPLES / "notice-a03.hl7").read_bytes()
TAKEN_BACK = MESSAGE.replace(b"ADT^A03", b"ADT^A13").replace(b"EVN|A03", b"EVN|A13")
NAMELESS = MESSAGE.replace("한^가람^^^^^L".encode(), b"")
HEAD, TRAILER = b"FHS|^~\\&|HIS\rBHS|^~\\&|HIS\r", b"BTS|3\rFTS|1\r"


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\xc2\x85"])
@pytest.mark.parametrize(
    ("before", "behind"),
    [(b"", b""), (b"\xef\xbb\xbf", b""), (b"\x0b", b"\x1c\r"), (b"\n\n", b"\n"), (HEAD, b"BTS|1\rFTS|1\r")],
)
def test_a_file_may_have_any_line_ends_mark_and_frame(tmp_path: Path, end: bytes, before: bytes, behind: bytes) -> None:
    file = tmp_path / "notice.hl7"
    file.write_bytes(before + MESSAGE.replace(b"\r\n", b"\r").replace(b"\n", b"\r").replace(b"\r", end) + behind)
    read_as = json.loads(handoff(tmp_path, f"read {file} --json").stdout)
    assert (read_as["outcome"], read_as["doubts"]) == ("opened", [])


@pytest.mark.parametrize("frames", [("", ""), ("\x0b", "\x1c\r")])
def test_each_message_of_a_file_is_shown_in_turn_and_sees_those_before_it(
    tmp_path: Path, frames: tuple[str, str]
) -> None:
    begin, end = (frame.encode() for frame in frames)
    file = tmp_path / "feed.hl7"
    file.write_bytes(HEAD + b"".join(begin + each + end for each in (MESSAGE, NAMELESS, TAKEN_BACK)) + TRAILER)
    ran = handoff(tmp_path, f"read {file} --json")
    assert ran.returncode == 3  # one of them would be refused
    read_as = json.loads(ran.stdout)
    assert [(each["index"], each["outcome"], each["case"]) for each in read_as] == [
        (0, "opened", None),
        (1, "rejected", None),
        (2, "entered", None),
    ]
    shown = handoff(tmp_path, f"read {file}").stdout
    assert [line for line in shown.splitlines() if line.startswith("Message ")] == [
        "Message 0",
        "Message 1",
        "Message 2",
    ]
    assert "It goes to the open case that a message before it opens." in shown


def test_a_batch_without_a_message_is_said_to_be_one(tmp_path: Path) -> None:
    file = tmp_path / "empty.hl7"
    file.write_bytes(HEAD + b"BTS|0\rFTS|1\r")
    ran = handoff(tmp_path, f"read {file}")
    assert ran.returncode == 3
    assert "unreadable at FHS: This is an HL7 batch without a message" in ran.stdout
