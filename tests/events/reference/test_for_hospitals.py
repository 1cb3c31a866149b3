"""docs/for-hospitals.md says what the code does."""

import re
import shlex

import pytest

from console.cli.app import parse
from console.cli.order import Order
from events.contract.event_types import EVENT_TYPES, Code
from events.kafka.topics import TOPIC_SETTINGS
from events.reference.for_hospitals import PAGE, written
from handoff.profile.load import load
from workers.embedded.kafka import _SETTINGS

TEXT = PAGE.read_text(encoding="utf-8")
SHELL = [
    line.partition(" #")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    for line in block.splitlines()
]
COMMANDS = [line for line in SHELL if line.startswith("handoff ")]


def test_the_page_is_in_step_with_the_contract() -> None:
    assert written(TEXT) == TEXT, "run: python -m events.reference.for_hospitals"


@pytest.mark.parametrize("code", list(Code))
def test_every_rejection_code_has_its_cause_and_its_cure_on_the_page(code: Code) -> None:
    assert f"| `{code.value}` | {code.cause} | {code.cure} |" in TEXT


def test_every_event_of_the_contract_is_on_the_page() -> None:
    assert [kind for kind in EVENT_TYPES if f"`{kind}`" not in TEXT] == []


def test_every_link_to_a_file_leads_to_one() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", TEXT) if "://" not in link]
    assert len(links) > 30
    assert [link for link in links if not (PAGE.parent / link).is_file()] == []


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_on_the_page_is_one(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PAGE.parent.parent)
    words = [word.replace("my-notice.json", "examples/notice.json") for word in shlex.split(line)[1:]]
    assert isinstance(parse(words), Order)


def test_a_topic_unread_for_a_week_is_kept_as_long_as_the_page_says() -> None:
    days = int(TOPIC_SETTINGS["retention.ms"]) // (24 * 60 * 60 * 1000)
    kept = int(re.findall(r"offsets.retention.minutes=(\d+)", _SETTINGS)[0]) // (24 * 60)
    assert f"Both topics keep records for {days} days" in TEXT
    assert f"is kept for {kept} days." in TEXT
    assert kept > days


def test_the_limits_on_the_page_are_the_profiles() -> None:
    limits = load("gwangmyeong").limits
    assert (str(limits["answer"][0].within), str(limits["urgent-answer"][0].within)) == ("1wd", "4h")
    assert "(1 working day; urgent: 4 hours)" in TEXT
    assert str(limits["early-fact"][0].within) == "7d"
