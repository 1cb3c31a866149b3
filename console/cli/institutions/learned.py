"""The habits that messages show, as lines of TOML to paste into an institution's entry."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from console.cli.order import Answer
from console.connections import Connections
from console.learn import Learned, learn
from events.readers.learning.proposal import ENOUGH, Proposal, ProposedHabit
from handoff.vocabulary.states import Destination, StayClass

_ASK = {"dispositions": "|".join(Destination), "classes": "|".join(StayClass)}


def read_to_learn(connections: Connections, files: list[Path], sender: str | None) -> Answer:
    """Propose the habits of an institution from its messages; nothing is sent or stored.

    Raises:
        UsageError: no such institution, or no HL7 v2 message.
    """
    learned = learn(connections, files, sender)
    content = {"as": learned.institution, "where": learned.where, **asdict(learned.proposal), "toml": _toml(learned)}
    return Answer(content, [_toml(learned)])


def _toml(learned: Learned) -> str:
    """Lines of TOML. What they rest on stands in comments, and so does a line that is not sure."""
    return "\n".join((*_head(learned), *map(_line, learned.proposal.habits)))


def _head(learned: Learned) -> Iterator[str]:
    proposal = learned.proposal
    yield f"# Learned from {_messages(proposal.messages)} of {learned.institution}. Nothing was stored."
    if proposal.few:
        yield f"# These are few: with {ENOUGH} messages or more, lines can be sure."
    yield from _counts(proposal)
    if not proposal.habits:
        yield "# No habits: the messages are read right as they are."
        return
    yield f"# {learned.where}"
    if any(not habit.sure for habit in proposal.habits):
        yield "# Lines that begin with # are not sure. Ask the institution, complete them and take the # away."


def _counts(proposal: Proposal) -> Iterator[str]:
    yield f"# Trigger events: {', '.join(f'{event} {count}' for event, count in proposal.triggers.items())}."
    if proposal.unread:
        yield f"# Not HL7 v2, and left out: {proposal.unread}."
    for place, count in proposal.not_shown.items():
        yield f"# {place}: in {_messages(count)} it is too long for a code. It may name a person, and is not shown."


def _line(habit: ProposedHabit) -> str:
    code = f".{json.dumps(habit.code, ensure_ascii=False)}" if habit.code else ""
    value = _ASK[habit.habit] if habit.value is None else habit.value
    written = f"{habit.habit}{code} = {json.dumps(value, ensure_ascii=False)}"
    return f"{'' if habit.sure else '# '}{written}  # {_messages(habit.messages)}: {habit.why}"


def _messages(count: int) -> str:
    return f"{count} message{'' if count == 1 else 's'}"
