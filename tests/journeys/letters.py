"""Records as institutions should not send them."""

from dataclasses import replace

from simulation.records import WrittenRecord, told_as_json
from tests.journeys.city import sent, somebody, stay

HOSPITAL = "gm-hospital"


def notice(message_id: str, sender: str = HOSPITAL) -> WrittenRecord:
    """A good notice about somebody new."""
    return told_as_json(sent(sender, message_id), "discharge.notified", stay(somebody()))


def with_header(written: WrittenRecord, name: str, value: bytes) -> WrittenRecord:
    """The same with another attribute."""
    return replace(written, headers=(*((each, is_) for each, is_ in written.headers if each != name), (name, value)))


def with_text(written: WrittenRecord, before: str, after: str) -> WrittenRecord:
    """The same with other words in its data."""
    assert before.encode() in written.value
    return replace(written, value=written.value.replace(before.encode(), after.encode()))
