"""Learns the habits of an institution from files with its HL7 v2 messages. Nothing is sent or stored."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from console.connections import Connections
from console.errors import UsageError
from events.publishing import publication
from events.readers import InboundRecord
from events.readers.learning.evidence import Evidence
from events.readers.learning.proposal import Proposal, propose
from handoff.profile.register import Institution

_BEGINS = re.compile(rb"(?:^|(?<=[\r\n\x0b\xbf]))[ \t]*(?=MSH[^A-Za-z0-9\s])")  # after a line, a frame or a mark
_SECONDS = 2  # between two lines about the progress


@dataclass(frozen=True)
class Learned:
    """What an institution's messages show.

    Attributes:
        institution: its code.
        proposal: the proposed habits.
        where: a sentence that says where they are to be written.
    """

    institution: str
    proposal: Proposal
    where: str


def learn(connections: Connections, files: Sequence[Path], institution: str | None) -> Learned:
    """Read messages as if an institution had sent them, and propose its habits.

    Args:
        connections: to the profile.
        files: each with one or more messages.
        institution: the code of their sender.

    Raises:
        UsageError: there is no such institution, or no file has an HL7 v2 message.
    """
    profile = connections.profile
    body = profile.institution(institution) if institution else None
    if not institution or not isinstance(body, Institution):
        codes = ", ".join(body.code for body in profile.institutions if profile.has_topic(body.code))
        raise UsageError(f"--learn needs --as with the institution that sends these messages. Registered are: {codes}.")
    evidence, habits, spoke = Evidence(), profile.habits_of(institution), monotonic()
    for file in files:
        for record in _records(file, institution):
            evidence.add(record, connections.now(), habits)
            if (now := monotonic()) - spoke >= _SECONDS:
                spoke = now
                connections.say(f"{evidence.messages} messages read")
    if not evidence.messages:
        raise UsageError("No file has an HL7 v2 message. Habits are learned from HL7 v2 only.")
    return Learned(institution, propose(evidence, habits), _where(connections, body))


def _records(file: Path, institution: str) -> Iterator[InboundRecord]:
    """The messages of a file, one record each. A file without the beginning of a message is one record."""
    sent = publication(file)
    messages = [part for part in _BEGINS.split(sent.value) if part.startswith(b"MSH")]
    for value in messages or [sent.value]:
        yield InboundRecord(institution, value, sent.headers)


def _where(connections: Connections, body: Institution) -> str:
    register, code = connections.register, body.code
    if named := register.named_by_a_setting():
        file = named if named.endswith(".toml") else f"a TOML file that extends {named}"
        return f"Paste them under the entry of {code} in [[institutions]] of {file}."
    entries = tomllib.loads(register.text() or "").get("institutions", ())
    if any(entry.get("code") == code for entry in entries):
        return f"Paste them under the entry of {code} in institutions.toml in the data folder. They count at once."
    return (
        f'Run `handoff institutions change {code} --name "{body.name}"`, which gives {code} an entry in '
        "institutions.toml in the data folder, then paste them under it. They count at once."
    )
