"""The day of a whole hospital's feed: its files are those of its generator, and hold every trigger and class."""

import re

from events.readers.hl7v2.reading import NO_STAY
from events.readers.hl7v2.triggers import Trigger
from simulation.feed.__main__ import FOLDER, readme
from simulation.feed.day import DAY, MESSAGES, day
from simulation.feed.patients import STRANGERS_GIVEN

MADE = day()


def test_the_files_are_in_step_with_what_writes_them() -> None:
    files = sorted(FOLDER.glob("*.hl7"))
    assert b"".join(file.read_bytes() for file in files) == b"".join(MADE.messages)
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == readme(MADE, DAY)


def test_two_thousand_messages_of_every_trigger_and_class() -> None:
    text = b"".join(MADE.messages).decode()
    assert len(MADE.messages) == MESSAGES == text.count("MSH|")
    assert set(re.findall(r"\|\|(?:ADT|REF)\^(\w+)\|", text)) == set(Trigger)
    assert set(re.findall(r"PV1\|1\|(\w)\|", text)) == {"I", *NO_STAY}


def test_no_resident_has_a_name_of_a_stranger() -> None:
    strangers = {patient.name for patient in MADE.strangers}
    names = set(re.findall(r"\^\^\^GMH\^PI\|\|([^|]+?)\^\^\^\^\^L\|", b"".join(MADE.messages).decode()))
    assert len(strangers) == len(MADE.strangers) > 1000
    assert names > strangers
    assert not [name for name in names - strangers if name.split("^")[1].startswith(STRANGERS_GIVEN)]
